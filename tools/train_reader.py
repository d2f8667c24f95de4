"""Train the reader that comes with the package and write ``mnistlab/reader.npz``.

Three quarters of an hour on two cores that are free; needs npm, which fetches fonts::

    .venv/bin/python tools/train_reader.py

A convolutional network learns the first 55,000 training digits, and beside them what MNIST lacks:
other forms and other pens, photos (`training_digits.py`), digits of fonts that were made from
somebody's handwriting (`font_digits.py`), of people from another country (UCI's, which scikit-learn
brings along), and an eleventh class, ``NO_DIGIT``, for what is none. All are distorted anew in
every epoch: turned, bent, shifted, strokes thicker and thinner, blurred; much at first, less at the
end. The learning rate stays high enough to wander about, and the weights are averaged over
the last epochs (Izmailov et al. 2018).

Two teachers, four times as large as a page can run, learn this first. From their answers to ever
new distortions the reader learns which digits are nearly others (`normalised.py`).

The last 5,000 training digits, other fonts, other people and other things are held back. On them
the last layer is calibrated: the score of ``NO_DIGIT`` is lowered until hardly a digit is taken for
it, and all are divided by the temperature that makes the answers likeliest (Guo et al. 2017, "On
Calibration of Modern Neural Networks"). There the probability from which the network is sure
(``mnistlab.imaging.SURE``) is looked at. The test set is scored once, at the end. Weights are
stored in float16. What was measured goes into ``mnistlab/reader.toml``, with the file's digest.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np
from font_digits import font_digits, handwriting_fonts, written
from normalised import NormalisedCNN
from training_digits import LETTERS, no_digits, retraced, stack, uci_digits, written_forms

from mnistlab import CNN, Augment, imaging, load_mnist
from mnistlab.imaging import NO_DIGIT, SURE

TARGET = Path(__file__).parents[1] / "mnistlab" / "reader.npz"
FONTS = Path(__file__).parents[1] / "build" / "fonts"
LAYERS = ((16, 5, 2), (32, 3), "pool", (64, 3), 128)
TEACHER = ((32, 5, 2), (64, 3), "pool", (128, 3), 256)
N_TEACHERS, DROPOUT = 2, 0.3
EPOCHS = {"teacher": 22, "reader": 32}
AVERAGED = 0.4  # of the epochs: over them the weights are averaged
SETTLED = 10_000  # pictures over which the sums of the layers are normalised in the end
LEARNING_RATE, LEAST = 0.002, 0.3  # falls along half a cosine, down to that share of it
STRONG = dict(elastic=1.1, rotation=12, scale=0.13, shear=0.15, shift=1.2, stroke=0.6, blur=0.6)
MILD = dict(elastic=0.5, rotation=6, scale=0.06, shear=0.08, shift=0.7, stroke=0.3, blur=0.2)
FROM, TO = 0.4, 0.9  # of the training: distortions become milder
N_LEARN = 55_000
MISTAKEN = 0.001  # share of MNIST's digits that may be taken for no digit
LEARNT = {"forms": 20_000, "retraced": 4_000, "photos": 1_000, "no digits": 16_000,
          "fonts": 16_000, "letters": 6_000}  # fmt: skip
HELD_BACK = {"forms": 1_000, "retraced": 1_000, "photos": 200, "no digits": 1_000,
             "fonts": 2_000, "letters": 500}  # fmt: skip


def main() -> None:
    """Train, calibrate, store, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    mnist = load_mnist("full")
    fonts, other_fonts = handwriting_fonts(FONTS)
    people, other_people = uci_digits()
    learnt = kinds(mnist.X_train[:N_LEARN], mnist.y_train[:N_LEARN], fonts, LEARNT, seed=0)
    X, y = together([*learnt.values(), people, people, people])
    start = time.perf_counter()
    rounds = range(N_TEACHERS)
    teachers = [train(X, y, "teacher", TEACHER, random_state=k, dropout=DROPOUT) for k in rounds]
    model = train(X, y, "reader", LAYERS, random_state=0, teachers=tuple(teachers))
    seconds = time.perf_counter() - start
    rest = mnist.X_train[N_LEARN:], mnist.y_train[N_LEARN:]
    held_back = kinds(*rest, other_fonts, HELD_BACK, seed=1) | {"people": other_people}
    store(model, mnist, held_back, seconds, arguments.target)


def kinds(X: np.ndarray, y: np.ndarray, fonts: list[Path], n: dict[str, int], seed: int) -> dict:
    """Return pictures and labels by their kind: MNIST's own, and so many of each that is drawn."""
    rng = np.random.default_rng(seed)
    signs = [(rng.choice(LETTERS), fonts[rng.integers(len(fonts))]) for _ in range(n["letters"])]
    nothing = {
        "no digits": no_digits(X, n["no digits"], rng),
        "letters": stack(imaging.place(written(sign, font, rng)) for sign, font in signs),
    }
    return {
        "mnist": (X, y),
        "forms": written_forms(n["forms"], rng),
        "retraced": retraced(X, y, n["retraced"], rng, photo=False),
        "photos": retraced(X, y, n["photos"], rng, photo=True),
        "fonts": font_digits(n["fonts"], fonts, rng),
    } | {kind: (pictures, np.full(len(pictures), NO_DIGIT)) for kind, pictures in nothing.items()}


def together(parts: list) -> tuple[np.ndarray, np.ndarray]:
    """Return all pictures and all labels."""
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def train(X: np.ndarray, y: np.ndarray, who: str, layers: tuple, **options) -> CNN:
    """Return a network that has learned the pictures (n, 784); its weights are averages."""
    model = NormalisedCNN(layers, label_smoothing=0.02, **options)
    epochs, averages = EPOCHS[who], []
    for epoch in range(epochs):
        done = epoch / epochs
        milder = np.interp(done, (FROM, TO), (0, 1))
        model.augment = Augment(**{k: STRONG[k] + milder * (MILD[k] - STRONG[k]) for k in STRONG})
        model.learning_rate = LEARNING_RATE * max(LEAST, (1 + np.cos(np.pi * done)) / 2)
        model.partial_fit(X, y)
        print(f"{who}, epoch {epoch + 1}: loss {model.loss_curve_[-1]:.4f}", flush=True)
        if done >= 1 - AVERAGED:
            averages.append(np.concatenate([a.ravel() for a in model.weights_ + model.biases_]))
    model.weights_, model.biases_ = model._views(np.mean(averages, axis=0))
    rng = np.random.default_rng(0)
    some = X[rng.permutation(len(X))[:SETTLED]]
    return model.plain(model.augment.distort(some, rng))


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

    X, y = together(list(held_back.values()))
    scores = np.log(np.maximum(model.predict_proba(X), 1e-30))

    def loss(temperature: float) -> float:
        powers = np.exp(scores / temperature)
        return -np.log(powers[np.arange(len(y)), y] / powers.sum(axis=1)).mean()

    temperature = min(np.geomspace(0.3, 3, 93), key=loss)
    model.weights_[-1] /= temperature
    model.biases_[-1] /= temperature
    return lowered, temperature


def store(model: CNN, mnist, held_back: dict, fit_seconds: float, target: Path) -> None:
    """Calibrate, write in float16, read it back as everybody will, and note what it can do."""
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
