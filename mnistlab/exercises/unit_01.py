"""Notebook 01, history: the middle of a digit's box, the error rate of a group."""

import numpy as np

from . import exercise


def _picture(*pixels: tuple[int, int, int]) -> np.ndarray:
    """Return a small picture with some pixels of ink: (row, column, value)."""
    picture = np.zeros((8, 10), dtype=np.uint8)
    for row, column, value in pixels:
        picture[row, column] = value
    return picture


def _mass(image: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(image)
    ink = image[rows, columns]
    return float(np.average(rows, weights=ink)), float(np.average(columns, weights=ink))


def _size(image: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(image)
    return (rows.max() - rows.min() + 1) / 2, (columns.max() - columns.min() + 1) / 2


@exercise(
    "01-box",
    cases=[
        (_picture((1, 2, 255), (1, 3, 200), (6, 8, 40)),),
        (_picture((2, 1, 90), (5, 1, 255), (5, 2, 255), (5, 7, 9)),),
        (_picture((3, 4, 128)),),
    ],
    mistakes={
        "That is the centre of mass: how dark a pixel is does not matter here.": _mass,
        "The row comes first, then the column.": lambda image: box_middle(image)[::-1],
        "That is half the size of the box. Where in the picture is its middle?": _size,
        "Half a pixel too far: bottom + 1 is needed for slices, not here.": lambda image: tuple(
            middle + 0.5 for middle in box_middle(image)
        ),
    },
)
def box_middle(image: np.ndarray) -> tuple[float, float]:
    """Return the row and the column halfway between the first and the last one with ink."""
    rows, columns = np.nonzero(image)
    return (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2


_WRONG = np.array([True, False, False, True, False, False, False, True])


@exercise(
    "01-group",
    cases=[
        (_WRONG, np.array([True, True, True, True, True, False, False, False])),
        (_WRONG, np.array([False, True, False, False, True, True, False, True])),
        (_WRONG, np.array([True] * 8)),
    ],
    mistakes={
        "Divide by the number of digits in the group, not of all digits.": lambda w, g: (
            100 * (w & g).mean()
        ),
        "That is how many are wrong. What share of the group is that?": lambda w, g: w[g].sum(),
        "That is the accuracy: the share of correct answers.": lambda w, g: 100 * (~w[g]).mean(),
        "That is the same for every group: choose the group's digits first.": lambda w, g: (
            100 * w.mean()
        ),
    },
)
def error_rate(wrong: np.ndarray, group: np.ndarray) -> float:
    """Return the error rate of a group, in per cent."""
    return 100 * wrong[group].mean()
