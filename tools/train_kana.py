"""Train the reader of hiragana and write ``mnistlab/kana.npz``.

About ten minutes of two idle cores (26 where others worked on them)::

    OMP_NUM_THREADS=1 .venv/bin/python tools/train_kana.py

Half of what it learns is written by `mnistlab.simulated_hand`, from KanjiVG's strokes;
half are pictures from fonts, bent. All are distorted anew in every epoch. It is measured on what it
never learned from: other fonts, and two other simulated hands. None of these is handwriting.

The strokes are under CC BY-SA 3.0, and so are the weights: see ``data/kana/README.md``. They are
stored in float16. What was measured goes into ``mnistlab/kana.toml``.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np

from mnistlab import CNN, Augment, load
from mnistlab.datasets import Kana
from mnistlab.simulated_hand import frame, n_marks, write
from mnistlab.web.export import KANA_SURE

TARGET = Path(__file__).parents[1] / "mnistlab" / "kana.npz"
BENT = Augment(
    elastic=2.2, smoothness=6, rotation=8, scale=0.2, shear=0.25, shift=1, stroke=1, random_state=0
)
AGAIN = Augment(elastic=1.2, rotation=8, scale=0.12, shear=0.15, shift=1.5, stroke=0.4, blur=0.5)


def main() -> None:
    """Train, store, measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=360, help="pictures of a character, per kind")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    kana, start = load("kana"), time.perf_counter()
    names = np.array(kana.class_names)
    X, y = pictures(kana, options.each)
    print(f"{len(X):,} pictures in {time.perf_counter() - start:.0f} s", flush=True)
    model = CNN(
        ((16, 5, 2), (32, 3), (32, 3), "pool", 80),
        epochs=options.epochs,
        learning_rate=0.003,
        label_smoothing=0.01,
        augment=AGAIN,
        random_state=0,
        callback=lambda model: print(f"{model.loss_curve_[-1]:.3f}", flush=True),
    )
    model.fit(X, names[y])
    store(model, kana, options.target, time.perf_counter() - start)


def pictures(kana: Kana, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Make n pictures of each character from strokes, and n from fonts: X, y."""
    rng = np.random.default_rng(0)
    written = [
        write(kana.strokes[name], rng, n_marks(name), wild=rng.choice([0.7, 1, 1.4]))
        for name in kana.class_names
        for _ in range(n)
    ]
    rows = [rng.choice(np.flatnonzero(kana.y_train == label), n) for label in range(73)]
    bent = BENT.fit_transform(kana.X_train[np.concatenate(rows)])
    printed = [frame(image.reshape(40, 40)) for image in bent]
    return np.array(written + printed).reshape(-1, 1600), np.tile(np.arange(73).repeat(n), 2)


def store(model: CNN, kana: Kana, target: Path, seconds: float) -> None:
    """Write the network in float16, read it back as everybody will, and note what it can do."""
    model.callback = None
    model.weights_ = [weights.astype(np.float16) for weights in model.weights_]
    model.save(target)
    reader = CNN.load(target)
    names, looks_written = np.array(kana.class_names), kana.written_test
    lines = [f"fit_seconds = {seconds:.0f}", f"sure_from = {KANA_SURE}"]
    lines.append(f'sha256 = "{hashlib.sha256(target.read_bytes()).hexdigest()}"')
    for key, X, y in [
        ("printed_fonts", kana.X_test[~looks_written], kana.y_test[~looks_written]),
        ("written_fonts", kana.X_test[looks_written], kana.y_test[looks_written]),
        ("other_hands", kana.X_hands, kana.y_hands),
    ]:
        probabilities = reader.predict_proba(X)
        right = reader.classes_[probabilities.argmax(axis=1)] == names[y]
        sure = probabilities.max(axis=1) >= KANA_SURE
        lines.append(f"{key}_accuracy = {right.mean():.4f}")
        lines.append(f"{key}_share_sure = {sure.mean():.4f}")
        lines.append(f"{key}_accuracy_where_sure = {right[sure].mean():.4f}")
    note = (
        "# Written by tools/train_kana.py, on pictures it did not learn from. Shares from 0 to 1.\n"
    )
    target.with_suffix(".toml").write_text(note + "\n".join(lines) + "\n", encoding="utf-8")
    print(target.with_suffix(".toml").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
