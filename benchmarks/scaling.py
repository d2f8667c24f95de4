"""What scaling does to SGD on all training digits: "is it a 5?", notebook 04's table in full.

The notebook compares the scalings on 10,000 digits because StandardScaler is slow; this is the same
question put to all 60,000. Three stratified folds, each trained on 40,000 digits; `passes` is how
often training went through them. Time is the CPU seconds of one fit on one core, and its ratio to
raw pixels within the same run (median over the folds). The test set is not touched.

Run `python benchmarks/scaling.py` (about eight minutes; writes results/scaling.json).
"""

import json
import platform
import statistics
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from mnistlab import load_mnist

RESULTS = Path(__file__).parent / "results" / "scaling.json"
RARE = 0.01  # a pixel is rare when it holds ink in fewer digits than this share


def to_unit(pixels):
    return np.divide(pixels, 255, dtype=np.float32)


def shortened(standardised):
    return standardised / 28


def variants(X):
    """Return name -> untrained detector. Which pixels are rare is counted without any label."""
    often = np.mean(X > 0, axis=0) >= RARE
    without_rare = FunctionTransformer(lambda pixels: pixels[:, often])

    def sgd(**settings):
        return SGDClassifier(random_state=42, **settings)

    divide, shorten = FunctionTransformer(to_unit), FunctionTransformer(shortened)
    return {
        "raw pixels": make_pipeline("passthrough", sgd()),
        "divided by 255": make_pipeline(divide, sgd()),
        "divided by 255, averaged": make_pipeline(divide, sgd(average=True)),
        "StandardScaler": make_pipeline(StandardScaler(), sgd()),
        "StandardScaler without rare pixels": make_pipeline(without_rare, StandardScaler(), sgd()),
        "StandardScaler, shortened 28-fold": make_pipeline(StandardScaler(), shorten, sgd()),
        "both": make_pipeline(without_rare, StandardScaler(), shorten, sgd()),
    }


def main():
    mnist = load_mnist("full")
    X, y = mnist.X_train, mnist.y_train == 5
    folds = list(StratifiedKFold(3).split(X, y))
    rows = {}
    for name, model in variants(X).items():
        fits = []
        for learn, held in folds:
            detector, pixels = clone(model), X[learn]
            started = time.process_time()
            detector.fit(pixels, y[learn])
            seconds = time.process_time() - started
            fits.append((seconds, int(detector[-1].n_iter_), detector.score(X[held], y[held])))
        seconds, passes, right = (list(values) for values in zip(*fits, strict=True))
        rows[name] = {
            "right": [round(value, 4) for value in right],
            "right_mean": round(statistics.mean(right), 4),
            "passes": passes,
            "cpu_seconds": [round(value, 2) for value in seconds],
        }
        raw = rows["raw pixels"]["cpu_seconds"]
        ratio = statistics.median(s / r for s, r in zip(seconds, raw, strict=True))
        rows[name]["time_against_raw"] = round(ratio, 2)
        print(f"{name:36} {statistics.mean(right):.4f} right, passes {passes}, {ratio:5.2f} x raw")
    record = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": f"NumPy {np.__version__}, scikit-learn {sklearn.__version__}",
        "question": "y == 5, MNIST training set, 3 stratified folds in the data's order",
        "rows": rows,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(1):
        main()
