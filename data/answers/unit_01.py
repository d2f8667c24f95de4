"""Notebook 01, history: the middle of a digit's box, the error rate of a group."""

import numpy as np
from scipy import ndimage

from mnistlab.exercises import exercise


def _picture(*pixels: tuple[int, int, int]) -> np.ndarray:
    """Return a small picture with some pixels of ink: (row, column, value)."""
    picture = np.zeros((8, 10), dtype=np.uint8)
    for row, column, value in pixels:
        picture[row, column] = value
    return picture


@exercise(
    "01-box",
    cases=[
        (_picture((1, 2, 255), (1, 3, 200), (6, 8, 40)),),
        (_picture((2, 1, 90), (5, 1, 255), (5, 2, 255), (5, 7, 9)),),
        (_picture((3, 4, 128)),),
    ],
    mistakes={
        "That is the centre of mass. How dark a pixel is does not matter.": ndimage.center_of_mass,
        "That is half the size of the box. Where in the picture is its middle?": lambda image: (
            (np.ptp(np.nonzero(image), axis=1) + 1) / 2
        ),
    },
    wrong_results={
        "The row comes first, then the column.": lambda r: r[::-1],
        "Half a pixel too far: bottom + 1 is needed for slices, not here.": lambda r: r + 0.5,
    },
)
def box_middle(image: np.ndarray) -> np.ndarray:
    """Return the row and the column halfway between the first and the last one with ink."""
    places = np.argwhere(image)
    return (places.min(axis=0) + places.max(axis=0)) / 2


_WRONG = np.array([True, False, False, True, False, False, False, True])


@exercise(
    "01-group",
    cases=[
        (_WRONG, np.array([True, True, True, True, True, False, False, False])),
        (_WRONG, np.array([False, True, False, False, True, True, False, True])),
        (_WRONG, np.array([True] * 8)),
    ],
    mistakes={
        "Divide by the digits in the group, not by all digits.": lambda w, g: 100 * (w & g).mean(),
        "That is how many are wrong. What share of the group is that?": lambda w, g: w[g].sum(),
        "That is the same for every group: take the group's digits.": lambda w, g: 100 * w.mean(),
    },
    wrong_results={"That is the accuracy: the share of correct answers.": lambda r: 100 - r},
)
def error_rate(wrong: np.ndarray, group: np.ndarray) -> float:
    """Return the error rate of a group, in per cent."""
    return 100 * wrong[group].mean()
