"""Train the reader that comes with the package and write ``mnistlab/reader.npz``.

Five minutes on two cores::

    .venv/bin/python tools/train_reader.py

A network of 450 and 200 hidden units learns the first 55,000 training digits, distorted anew in
every epoch: turned, bent, shifted, strokes thicker and thinner, blurred. MNIST's writers were
Americans, who hardly ever give a 1 the flag it has elsewhere, and a distorted 7 looks much like it:
so 2,000 of MNIST's own 1s are learnt a second time, with a flag drawn on.

The last 5,000 training digits are held back: the probability from which it is sure
(``mnistlab.imaging.SURE``) is looked at on them. The test set is scored once, at the end. Weights
are stored in float16: half the size, and on the 10,000 test digits the same answers. What was
measured goes into ``mnistlab/reader.toml``, together with the file's digest.
"""

import hashlib
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mnistlab import MLP, Augment, load_mnist
from mnistlab.imaging import SURE, place

TARGET = Path(__file__).parents[1] / "mnistlab" / "reader.npz"
DISTORTIONS = {
    "elastic": 1.1,
    "rotation": 12,
    "scale": 0.13,
    "shear": 0.15,
    "shift": 1.2,
    "stroke": 0.6,
    "blur": 0.6,
}
N_LEARN = 55_000
N_FLAGS = 2_000


def main() -> None:
    """Train, store, measure."""
    mnist = load_mnist("full")
    X, y = mnist.X_train[:N_LEARN], mnist.y_train[:N_LEARN]
    rng = np.random.default_rng(0)
    flagged = [with_flag(one.reshape(28, 28), rng).ravel() for one in X[y == 1][:N_FLAGS]]
    model = MLP(
        (450, 200),
        epochs=60,
        label_smoothing=0.02,
        augment=Augment(**DISTORTIONS),
        random_state=0,
        verbose=True,
    )
    start = time.perf_counter()
    model.fit(np.vstack([X, flagged]), np.append(y, np.ones(N_FLAGS, dtype=y.dtype)))
    store(model, mnist, time.perf_counter() - start)


def with_flag(one: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a flag on one of MNIST's 1s, and on every fourth a base: (28, 28) uint8."""
    sheet = Image.new("L", (224, 224))
    sheet.paste(Image.fromarray(one).resize((112, 112), Image.Resampling.BICUBIC), (56, 56))
    rows, columns = np.nonzero(np.asarray(sheet) > 128)
    height = np.ptp(rows) + 1
    pen = len(rows) / np.hypot(height, np.ptp(columns))
    top = np.array([columns[rows == rows.min()].mean(), rows.min() + pen / 2])
    foot = np.array([columns[rows == rows.max()].mean(), rows.max() - pen / 2])
    lean = np.degrees(np.arctan2(top[0] - foot[0], foot[1] - top[1]))
    angle = np.radians(rng.uniform(25, 58) + np.clip(lean, -20, 20) / 2)
    flag = top + rng.uniform(0.18, 0.55) * height * np.array([-np.sin(angle), np.cos(angle)])
    draw = ImageDraw.Draw(sheet)
    width = max(3, round(pen * rng.uniform(0.75, 1)))
    draw.line([tuple(top), tuple(flag)], fill=255, width=width)
    if rng.random() < 0.25:
        half = np.array([rng.uniform(0.12, 0.3) * height, 0])
        draw.line([tuple(foot - half), tuple(foot + half)], fill=255, width=width)
    return place(np.asarray(sheet) / 255)


def store(model: MLP, mnist, fit_seconds: float) -> None:
    """Write the network in float16, read it back as everybody will, and note what it can do."""
    model.verbose = False
    model.weights_ = [weights.astype(np.float16) for weights in model.weights_]
    model.save(TARGET)
    reader = MLP.load(TARGET)

    probabilities = reader.predict_proba(mnist.X_train[N_LEARN:])
    right = probabilities.argmax(axis=1) == mnist.y_train[N_LEARN:]
    sure = probabilities.max(axis=1) >= SURE
    digest = hashlib.sha256(TARGET.read_bytes()).hexdigest()
    TARGET.with_suffix(".toml").write_text(
        "# Written by tools/train_reader.py. Shares of right answers, from 0 to 1.\n"
        f"fit_seconds = {fit_seconds:.0f}\n"
        f'sha256 = "{digest}"\n'
        f"test_accuracy = {reader.score(mnist.X_test, mnist.y_test):.4f}\n"
        f"validation_accuracy = {right.mean():.4f}\n"
        f"sure_from = {SURE}\n"
        f"validation_share_sure = {sure.mean():.4f}\n"
        f"validation_accuracy_where_sure = {right[sure].mean():.4f}\n",
        encoding="utf-8",
    )
    print(TARGET.with_suffix(".toml").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
