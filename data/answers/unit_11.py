"""Notebook 11, all of MNIST: a forecast of time, the slant of a digit, a shift without a leak."""

import numpy as np

from mnistlab.exercises import exercise
from mnistlab.exercises.unit_08 import PICTURE, SHIFT_MISTAKES, shifted


@exercise(
    "11-forecast",
    cases=[
        (1000, 2.0, 2000, 6.5, 8000),
        (500, 0.4, 2000, 5.0, 10_000),
        (900, 1.0, 2700, 3.0, 5400),
    ],
    mistakes={
        "The time grows faster than in proportion.": lambda n1, s1, n2, s2, n: s2 * n / n2,
        "You took 2 as the power. Work it out.": lambda n1, s1, n2, s2, n: s2 * (n / n2) ** 2,
        "From where do you start? Seconds and digits must be of the same fit.": (
            lambda n1, s1, n2, s2, n: s2 * (n / n1) ** (np.log2(s2 / s1) / np.log2(n2 / n1))
        ),
        "That is b only where the digits were doubled. Divide by the logarithm of their ratio.": (
            lambda n1, s1, n2, s2, n: s2 * (n / n2) ** np.log2(s2 / s1)
        ),
    },
)
def forecast(n1: float, s1: float, n2: float, s2: float, n: float) -> float:
    """Return the seconds for `n` digits, by a power law through two measurements."""
    return s2 * (n / n2) ** (np.log(s2 / s1) / np.log(n2 / n1))


_RANDOM = np.random.default_rng(11)


@exercise(
    "11-slope",
    cases=[
        (np.array([[0.0, 0, 1], [0, 2, 0], [1, 0, 0], [1, 0, 0]]),),
        (np.triu(_RANDOM.random((6, 5)).round(1)),),
        (_RANDOM.random((28, 28)).round(2) * (np.arange(28) < 9),),
    ],
    mistakes={
        "Below the line stand the rows, not the columns.": lambda ink: slope(ink.T),
        "A pixel's ink is its weight; you treat all pixels alike.": lambda ink: slope(ink > 0),
        "The mean row and column are weighted, too.": lambda ink: slope(ink, np.ones_like(ink)),
    },
    wrong_results={
        "The sign is turned: a positive slope goes to the right on the way down.": np.negative,
    },
)
def slope(ink: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return how many columns ink moves to the right for each row down."""
    weights = ink if weights is None else weights
    rows, columns = np.indices(ink.shape)
    down = rows - (rows * weights).sum() / weights.sum()
    across = columns - (columns * weights).sum() / weights.sum()
    return (ink * down * across).sum() / (ink * down**2).sum()


exercise(
    "11-shifted",
    cases=[(PICTURE, *by) for by in [(1, 0), (-1, 0), (0, 2), (1, -1), (0, 0)]],
    mistakes={
        **SHIFT_MISTAKES,
        "A step of 0 must change nothing: from 0 on is the whole picture.": (
            lambda picture, down, right: shifted(picture, down, right) * bool(down and right)
        ),
    },
)(shifted)
