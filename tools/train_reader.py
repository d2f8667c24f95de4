"""Train the reader that comes with the package and write ``mnistlab/reader.npz``.

Half an hour on two cores::

    .venv/bin/python tools/train_reader.py

A convolutional network learns the first 55,000 training digits, and beside them what MNIST lacks
(`training_digits.py`): other forms, other pens, photos, and an eleventh class, ``NO_DIGIT``, for
what is none. All are distorted anew in every epoch: turned, bent, shifted, strokes thicker and
thinner, blurred.

The last 5,000 training digits, and other things drawn from them, are held back. On them the network
is calibrated: its scores are divided by the temperature that makes its probabilities likeliest
(Guo et al. 2017, "On Calibration of Modern Neural Networks"), and the probability from which it is
sure (``mnistlab.imaging.SURE``) is looked at. The test set is scored once, at the end. Weights are
stored in float16. What was measured goes into ``mnistlab/reader.toml``, with the file's digest.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np
from training_digits import no_digits, retraced, written_forms

from mnistlab import CNN, Augment, load_mnist
from mnistlab.imaging import NO_DIGIT, SURE

TARGET = Path(__file__).parents[1] / "mnistlab" / "reader.npz"
LAYERS = ((16, 5, 2), (32, 3), "pool", (64, 3), 128)
EPOCHS = 60
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
LEARNT = {"forms": 12_000, "retraced": 4_000, "photos": 1_000, "no digits": 12_000}
HELD_BACK = {"forms": 1_000, "retraced": 1_000, "photos": 200, "no digits": 1_000}


def main() -> None:
    """Train, calibrate, store, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    mnist = load_mnist("full")
    learnt = kinds(mnist.X_train[:N_LEARN], mnist.y_train[:N_LEARN], LEARNT, seed=0)
    model = untrained(arguments.epochs)
    start = time.perf_counter()
    model.fit(*together(learnt))
    store(model, mnist, time.perf_counter() - start, arguments.target)


def untrained(epochs: int) -> CNN:
    """Return the network before its training."""
    distortions = Augment(**DISTORTIONS)
    return CNN(
        LAYERS,
        epochs=epochs,
        label_smoothing=0.02,
        augment=distortions,
        random_state=0,
        verbose=True,
    )


def kinds(X: np.ndarray, y: np.ndarray, numbers: dict[str, int], seed: int) -> dict:
    """Return pictures and labels by their kind: MNIST's own, and so many of each that is drawn."""
    rng = np.random.default_rng(seed)
    nothing = no_digits(X, numbers["no digits"], rng)
    return {
        "mnist": (X, y),
        "forms": written_forms(numbers["forms"], rng),
        "retraced": retraced(X, y, numbers["retraced"], rng, photo=False),
        "photos": retraced(X, y, numbers["photos"], rng, photo=True),
        "no digits": (nothing, np.full(len(nothing), NO_DIGIT)),
    }


def together(kinds: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return all pictures and all labels."""
    return tuple(np.concatenate(parts) for parts in zip(*kinds.values(), strict=True))


def calibrate(model: CNN, X: np.ndarray, y: np.ndarray) -> float:
    """Divide the network's scores by the temperature that makes the right answers likeliest."""
    scores = np.log(np.maximum(model.predict_proba(X), 1e-30))

    def loss(temperature: float) -> float:
        powers = np.exp(scores / temperature)
        return -np.log(powers[np.arange(len(y)), y] / powers.sum(axis=1)).mean()

    temperature = min(np.geomspace(0.3, 3, 93), key=loss)
    model.weights_[-1] /= temperature
    model.biases_[-1] /= temperature
    return temperature


def store(model: CNN, mnist, fit_seconds: float, target: Path) -> None:
    """Calibrate, write in float16, read it back as everybody will, and note what it can do."""
    held_back = kinds(mnist.X_train[N_LEARN:], mnist.y_train[N_LEARN:], HELD_BACK, seed=1)
    temperature = calibrate(model, *together(held_back))
    model.verbose, model.loss_curve_ = False, [round(loss, 4) for loss in model.loss_curve_]
    model.weights_ = [weights.astype(np.float16) for weights in model.weights_]
    model.save(target)
    reader = CNN.load(target)

    lines = [
        "# Written by tools/train_reader.py. Shares of pictures, from 0 to 1.",
        f"fit_seconds = {fit_seconds:.0f}",
        f'sha256 = "{hashlib.sha256(target.read_bytes()).hexdigest()}"',
        f"test_accuracy = {reader.score(mnist.X_test, mnist.y_test):.4f}",
        f"sure_from = {SURE}",
        f"temperature = {temperature:.3f}",
    ]
    for kind, (X, y) in held_back.items():
        probabilities = reader.predict_proba(X)
        read = probabilities.argmax(axis=1)
        sure = (probabilities.max(axis=1) >= SURE) & (read != NO_DIGIT)
        lines += [
            f'\n["held back: {kind}"]',
            f"n = {len(y)}",
            f"accuracy = {(read == y).mean():.4f}",
            f"taken_for_no_digit = {(read == NO_DIGIT).mean():.4f}",
            f"sure = {sure.mean():.4f}",
            f"sure_and_wrong = {(sure & (read != y)).mean():.4f}",
        ]
    target.with_suffix(".toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(target.with_suffix(".toml").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
