"""Train eight models of the course and store their answers to the 10,000 test digits.

Run once, on a quiet machine, about eight minutes::

    OMP_NUM_THREADS=1 .venv/bin/python tools/store_predictions.py

Writes ``data/predictions/test_digits.npz``, which notebook 12 compares:

- ``names`` (8,) str; ``unit`` (8,) str, the notebook that teaches the model;
- ``answers`` (8, 10,000) uint8, a row a model; ``truth`` (10,000,) uint8;
- ``train_seconds``, ``read_seconds`` (8,): processor seconds to fit, and to read the test digits;
- ``megabytes`` (8,): the model as Python's ``pickle`` writes it.

All in one run, by one clock: ``time.process_time``, the seconds of all threads added up. BLAS has
one thread. The settings were chosen on training digits held out: by `choose_neighbours` below, and
by ``--validate`` or ``--choose`` of ``mlp_targets.py``, ``cnn.py`` and ``support_vectors.py`` in
``benchmarks/``.
The linear model and the forest have their defaults (but for averaged weights). Each model is asked
about the test digits once.
"""

import pickle
import sys
from pathlib import Path
from time import process_time

import numpy as np
from fast_svc import predict_svc
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from mnistlab import CNN, MLP, load_mnist
from mnistlab.formats import whole_file

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "data" / "predictions" / "test_digits.npz"
sys.path.insert(0, str(ROOT / "benchmarks"))
import cnn  # noqa: E402
import mlp_targets  # noqa: E402
import support_vectors  # noqa: E402


def divide(pixels):
    """Return pixels of 0-255 as 0-1, in single precision."""
    return pixels.astype(np.float32) / 255


class Upright(ClassifierMixin, BaseEstimator):
    """A support vector machine on upright digits; `virtual`: trained again on shifted copies."""

    def __init__(self, virtual=False):
        self.virtual = virtual

    def fit(self, X, y):
        """Train, and with `virtual` train again on the support vectors, each shifted four ways."""
        self.features = support_vectors.rbf_features(45)
        self.machine = support_vectors.rbf(10, 3).fit(self.features.fit_transform(X), y)
        if self.virtual:
            offsets = support_vectors.ONE_PIXEL
            X, y = support_vectors.with_virtual(X, y, self.machine.support_, offsets)
            self.machine = support_vectors.rbf(10, 3).fit(self.features.transform(X), y)
        return self

    def predict(self, X):
        """Return the digits that pixels of 0-255 show."""
        return predict_svc(self.machine, self.features.transform(X))


def models(neighbours: int) -> dict:
    """Return name -> (notebook, model), in the order of the course."""
    _, _, network = mlp_targets.ROWS["98.5"]
    _, _, distorted = mlp_targets.ROWS["99.35"]
    _, _, convolution = cnn.ROWS["99.0"]
    linear = SGDClassifier(average=True, random_state=42)
    return {
        "nearest neighbours": ("00", KNeighborsClassifier(neighbours)),
        "linear": ("04", make_pipeline(FunctionTransformer(divide), linear)),
        "forest": ("04", RandomForestClassifier(random_state=42)),
        "MLP": ("08", MLP(**mlp_targets.RECIPE, **network, random_state=0)),
        "MLP, distorted": ("08", MLP(**mlp_targets.RECIPE, **distorted, random_state=0)),
        "CNN": ("09", CNN(**cnn.SHARED, **convolution, random_state=0)),
        "SVC": ("11", Upright()),
        "SVC, shifted": ("11", Upright(virtual=True)),
    }


def choose_neighbours(X, y) -> int:
    """Return the number of neighbours that is best on the last 10,000 training digits."""
    known, labels, asked, truth = X[:-10_000], y[:-10_000], X[-10_000:], y[-10_000:]
    right = {}
    for k in (1, 3, 5):
        model = KNeighborsClassifier(k).fit(known, labels)
        right[k] = (model.predict(asked) == truth).mean()
        print(f"{k} neighbours: {right[k]:.4f} on validation digits", flush=True)
    return max(right, key=right.get)


def measure(model, mnist) -> tuple[np.ndarray, float, float, float]:
    """Return the answers, seconds to train, seconds to read, megabytes."""
    start = process_time()
    model.fit(mnist.X_train, mnist.y_train)
    trained = process_time()
    answers = model.predict(mnist.X_test)
    read = process_time()
    return answers, trained - start, read - trained, len(pickle.dumps(model)) / 1e6


def main() -> None:
    """Train, ask, and write the file."""
    mnist = load_mnist(source="full")
    with threadpool_limits(1):
        chosen = models(choose_neighbours(mnist.X_train, mnist.y_train))
        rows = []
        for name, (_, model) in chosen.items():
            rows.append(measure(model, mnist))
            share = (rows[-1][0] == mnist.y_test).mean()
            print(f"{name:20} {share:.4f}, {rows[-1][1:]}", flush=True)
    answers, train_seconds, read_seconds, megabytes = zip(*rows, strict=True)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(TARGET) as file:
        np.savez_compressed(
            file,
            names=np.array(list(chosen)),
            unit=np.array([unit for unit, _ in chosen.values()]),
            answers=np.array(answers, dtype=np.uint8),
            truth=mnist.y_test.astype(np.uint8),
            train_seconds=np.array(train_seconds).round(1),
            read_seconds=np.array(read_seconds).round(2),
            megabytes=np.array(megabytes).round(2),
        )
    print(f"wrote {TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
