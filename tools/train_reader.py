"""Train the reader that comes with the package and write ``mnistlab/reader.npz``.

Half an hour on two cores that are free::

    .venv/bin/python tools/train_reader.py

A convolutional network learns the first 55,000 training digits, and beside them what MNIST lacks
(`training_digits.py`): other forms, other pens, photos, and an eleventh class, ``NO_DIGIT``, for
what is none. All are distorted anew in every epoch: turned, bent, shifted, strokes thicker and
thinner, blurred; much at first, less at the end.

The last 5,000 training digits, and other things drawn from them, are held back. On them the last
layer is calibrated: the score of ``NO_DIGIT`` is lowered until hardly a digit is taken for it, and
all are divided by the temperature that makes the answers likeliest (Guo et al. 2017, "On
Calibration of Modern Neural Networks"). There the probability from which the network is sure
(``mnistlab.imaging.SURE``) is looked at. The test set is scored once, at the end. Weights are
stored in float16. What was measured goes into ``mnistlab/reader.toml``, with the file's digest.

The weights in the package were trained in three runs, one for each of `PHASES`.
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
# In each phase the learning rate falls along half a cosine; the distortions become milder.
# fmt: off
PHASES = [  # epochs, learning rate at first and at last, distortions
    (36, 0.002, 0.0007, dict(elastic=1.1, rotation=12, scale=0.13, shear=0.15, shift=1.2,
                             stroke=0.6, blur=0.6)),
    (36, 0.0012, 0, dict(elastic=0.7, rotation=8, scale=0.08, shear=0.1, shift=1.0, stroke=0.4,
                         blur=0.3)),
    (12, 0.0006, 0, dict(elastic=0.5, rotation=6, scale=0.06, shear=0.08, shift=0.7, stroke=0.3,
                         blur=0.2)),
]
# fmt: on
N_LEARN = 55_000
MISTAKEN = 0.001  # share of MNIST's digits that may be taken for no digit
LEARNT = {"forms": 12_000, "retraced": 4_000, "photos": 1_000, "no digits": 12_000}
HELD_BACK = {"forms": 1_000, "retraced": 1_000, "photos": 200, "no digits": 1_000}


def main() -> None:
    """Train, calibrate, store, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    mnist = load_mnist("full")
    X, y = together(kinds(mnist.X_train[:N_LEARN], mnist.y_train[:N_LEARN], LEARNT, seed=0))
    model = CNN(LAYERS, label_smoothing=0.02, random_state=0)
    start = time.perf_counter()
    for n_epochs, first, last, distortions in PHASES:
        model.set_params(augment=Augment(**distortions))
        for epoch in range(n_epochs):
            rate = last + (first - last) * (1 + np.cos(np.pi * epoch / n_epochs)) / 2
            model.set_params(learning_rate=rate).partial_fit(X, y)
            print(f"epoch {len(model.loss_curve_)}: loss {model.loss_curve_[-1]:.4f}", flush=True)
    store(model, mnist, time.perf_counter() - start, arguments.target)


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


def calibrate(model: CNN, held_back: dict) -> tuple[float, float]:
    """Adjust the network's last layer on pictures it has not seen.

    The score of "no digit" is lowered until one of MNIST's digits in a thousand is taken for it.
    Then all scores are divided by the temperature that makes the right answers likeliest.
    """
    X, y = held_back["mnist"]
    scores = np.log(np.maximum(model.predict_proba(X), 1e-30))
    margin = scores[:, NO_DIGIT] - scores[:, :NO_DIGIT].max(axis=1)
    lowered = max(0.0, np.quantile(margin, 1 - MISTAKEN))
    model.biases_[-1][NO_DIGIT] -= lowered

    X, y = together(held_back)
    scores = np.log(np.maximum(model.predict_proba(X), 1e-30))

    def loss(temperature: float) -> float:
        powers = np.exp(scores / temperature)
        return -np.log(powers[np.arange(len(y)), y] / powers.sum(axis=1)).mean()

    temperature = min(np.geomspace(0.3, 3, 93), key=loss)
    model.weights_[-1] /= temperature
    model.biases_[-1] /= temperature
    return lowered, temperature


def store(model: CNN, mnist, fit_seconds: float, target: Path) -> None:
    """Calibrate, write in float16, read it back as everybody will, and note what it can do."""
    held_back = kinds(mnist.X_train[N_LEARN:], mnist.y_train[N_LEARN:], HELD_BACK, seed=1)
    lowered, temperature = calibrate(model, held_back)
    model.weights_ = [weights.astype(np.float16) for weights in model.weights_]
    model.save(target)
    reader = CNN.load(target)

    lines = [
        "# Written by tools/train_reader.py. Shares of pictures, from 0 to 1.",
        f"fit_seconds = {fit_seconds:.0f}",
        f'sha256 = "{hashlib.sha256(target.read_bytes()).hexdigest()}"',
        f"test_accuracy = {reader.score(mnist.X_test, mnist.y_test):.4f}",
        f"sure_from = {SURE}",
        f"no_digit_lowered_by = {lowered:.3f}",
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
