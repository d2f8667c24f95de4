"""Notebook 13, your handwriting: a digit into the middle, and 8 x 8 by counting."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from mnistlab.exercises import exercise
from mnistlab.exercises.unit_01 import box_middle
from mnistlab.exercises.unit_08 import shifted


def _digit(*boxes: tuple[int, int, int, int], ink: int = 200) -> np.ndarray:
    """Return strokes (top, left, bottom, right) of full ink in 28 x 28."""
    image = np.zeros((28, 28), dtype=np.uint8)
    for top, left, bottom, right in boxes:
        image[top:bottom, left:right] = ink
    return image


_SEVEN = _digit((2, 2, 4, 12), (4, 10, 18, 12))
_ONE = _digit((9, 22, 26, 24), (24, 18, 26, 27))
_SPECK = np.maximum(_digit((5, 3, 21, 8)), _digit((26, 25, 27, 27), ink=60))


def _offset(image: np.ndarray, middle: Callable = ndimage.center_of_mass) -> np.ndarray:
    return np.rint(14 - np.array(middle(image))).astype(int)


@exercise(
    "13-centred",
    cases=[(_SEVEN,), (_ONE,), (_SPECK,)],
    mistakes={
        "The middle of the box is not the centre of mass.": lambda image: shifted(
            image, *_offset(image, box_middle)
        ),
        "The digit goes the wrong way: what makes its row 14?": lambda i: shifted(i, *-_offset(i)),
        "Rows and columns are swapped.": lambda image: shifted(image, *_offset(image)[::-1]),
        "What leaves on one side comes in on the other.": lambda i: np.roll(i, _offset(i), (0, 1)),
    },
)
def centred(image: np.ndarray) -> np.ndarray:
    """Return a digit, moved by whole pixels so that its centre of mass is nearest to (14, 14)."""
    return shifted(image, *_offset(image))


def _field(seed: int) -> np.ndarray:
    return ndimage.uniform_filter(np.random.default_rng(seed).random((32, 32)), 5) > 0.5


@exercise(
    "13-eight",
    cases=[(_field(0),), (_field(1),), (np.ones((32, 32), dtype=bool),)],
    mistakes={
        "This is one pixel of each block. All 16 count.": lambda ink: 16 * ink[::4, ::4],
    },
    wrong_results={
        "These are shares from 0 to 1. Counts are wanted, from 0 to 16.": lambda r: r / 16,
        "You count the paper, not the ink.": lambda r: 16 - r,
        "Rows and columns of the result are swapped.": np.transpose,
    },
)
def to_eight(ink: np.ndarray) -> np.ndarray:
    """Return the ink of 32 x 32 counted in blocks of 4 x 4: (8, 8), 0 to 16."""
    return ink.reshape(8, 4, 8, 4).sum(axis=(1, 3))
