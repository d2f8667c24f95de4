"""The digit passport: ten digits drawn once by the learner, read by every model of the course.

One small file in the cache folder, with room for hiragana, too. Digits that were not drawn yet are
taken from a ready set of recorded strokes, so everything runs before anybody has drawn.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .. import formats, imaging
from ..datasets import cache_dir, load
from ..simulated_hand import frame

PAD = 280  # side of the drawing field, in pixels
PEN = 18  # width of a line drawn on it
THIN = 0.12  # of the longest stroke: no line is read thicker, or a small digit would be a blot
KEPT = "passport.npz"  # in the cache folder
FINE = 4  # drawn so many times larger, then averaged: soft edges


@dataclass
class Passport:
    """Ten digits by one hand, in the order 0 to 9.

    ``pictures`` are uint8 (10, 280, 280), as drawn, ``images`` uint8 (10, 28, 28), in MNIST's
    format: 0 is paper, 255 is ink. ``mine``, bool (10,): drawn by you, not from the ready set.
    """

    pictures: np.ndarray
    images: np.ndarray
    mine: np.ndarray

    @property
    def X(self) -> np.ndarray:
        """The images as rows, (10, 784) uint8: what models read."""
        return self.images.reshape(len(self.images), -1)

    def __repr__(self) -> str:
        return f"Passport: {self.mine.sum()} of {len(self.mine)} digits are yours"


def draw(strokes: Sequence[Sequence]) -> np.ndarray:
    """Draw strokes, lists of (x, y) in the pad's pixels (0 to 280), as they are read.

    Small digits get a thinner pen than the pad shows. A stroke is where the pen went between
    touching and leaving the field; a ValueError if it is not a list of pairs of numbers.
    Returns uint8 (280, 280), 0 is paper, 255 is ink.
    """
    large = Image.new("L", (FINE * PAD, FINE * PAD))
    pen = ImageDraw.Draw(large)
    try:
        lines = [np.asarray_chkfinite(s, dtype=float).reshape(len(s), 2) for s in strokes]
    except (TypeError, ValueError):
        message = "a stroke must be a list of (x, y), two numbers for each point"
        raise ValueError(message) from None
    lines = [FINE * points.clip(-PAD, 2 * PAD) for points in lines]
    longest = max((np.ptp(points, axis=0).max() for points in lines if len(points)), default=0)
    radius = max(3 * FINE, min(FINE * PEN, THIN * longest)) / 2
    for points in lines:
        pen.line([tuple(point) for point in points], fill=255, width=round(2 * radius))
        for x, y in points:  # round ends and corners
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(large.reduce(FINE))


def main_digit(picture: np.ndarray) -> np.ndarray | None:
    """Bring the largest digit of a drawing, as `draw` returns it, to MNIST's format.

    Returns uint8 (28, 28), or None where nothing is drawn.
    """
    digits = imaging.drawing_digits(picture / np.float32(255))
    areas = [np.subtract(digit.box[2:], digit.box[:2]).prod() for digit in digits]
    return digits[np.argmax(areas)].image if digits else None


def stamp(name: int | str, picture: np.ndarray) -> None:
    """Save a drawing, as `draw` returns it, as the learner's own digit (0 to 9) or hiragana.

    ValueError if nothing is drawn, or it is neither of these.
    """
    if name not in range(10) and name not in load("kana").class_names:
        raise ValueError(f"a passport holds the digits 0 to 9 and hiragana, not {name!r}")
    if main_digit(picture) is None:
        raise ValueError(f"nothing is drawn that could be saved as your {name}")
    path = cache_dir() / KEPT
    path.parent.mkdir(parents=True, exist_ok=True)
    saved = _saved() | {str(name): frame(picture) if isinstance(name, str) else picture}
    with formats.whole_file(path) as file:
        np.savez_compressed(file, **saved)


def own_digits() -> dict[str, np.ndarray]:
    """Return the saved drawings by digit: ``{"3": picture, ...}``, empty before the first one."""
    return {name: picture for name, picture in _saved().items() if name.isdigit()}


def own_characters() -> tuple[np.ndarray, np.ndarray]:
    """Return the learner's hiragana, uint8 (n, 1600) by `simulated_hand.frame`, and str (n,)."""
    own = {name: picture for name, picture in _saved().items() if not name.isdigit()}
    return np.array(list(own.values()), np.uint8).reshape(-1, 1600), np.array(list(own), str)


def _saved() -> dict[str, np.ndarray]:
    path = cache_dir() / KEPT
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as saved:
        return {name: saved[name] for name in saved.files}


def load_passport(ready: str | Path) -> Passport:
    """Load the learner's digits; those not drawn yet come from a ready set.

    That is a JSON file, ``[{"label": 3, "strokes": [[[x, y], ...], ...]}, ...]``; of each label
    the first drawing is taken.
    """
    recorded, own = json.loads(Path(ready).read_text(encoding="utf-8")), own_digits()
    drawn = {str(entry["label"]): draw(entry["strokes"]) for entry in reversed(recorded)} | own
    pictures = np.stack([drawn[digit] for digit in "0123456789"])
    images = np.stack([main_digit(picture) for picture in pictures])
    return Passport(pictures, images, np.isin([*"0123456789"], [*own]))
