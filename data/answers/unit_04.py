"""Notebook 04, is it a 5: a baseline, one update of a linear detector, an interval."""

from collections.abc import Callable

import numpy as np

from mnistlab.exercises import exercise

_LABELS = np.array([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
_MOSTLY_ONES = np.array([1, 1, 7, 1, 1, 1, 3, 1])


@exercise(
    "04-baseline",
    cases=[(_LABELS, 5), (_LABELS, 1), (_LABELS, 8), (_MOSTLY_ONES, 1)],
    mistakes={
        "Where most labels are this digit, the dummy says yes.": lambda y, d: np.mean(y != d),
        "This is the digit's share, where the answer no is wrong.": lambda y, d: np.mean(y == d),
        "This counts right answers. Accuracy is their share.": lambda y, digit: max(
            np.sum(y == digit), np.sum(y != digit)
        ),
    },
)
def baseline(y: np.ndarray, digit: int) -> float:
    """Return the accuracy of the more frequent of yes and no, for "is it this digit?"."""
    share = np.mean(y == digit)
    return max(share, 1 - share)


_W = np.array([2.0, -1.0, 0.5])


@exercise(
    "04-update",
    cases=[
        (_W, np.array([1, 3, 0]), True, 0.1),  # a 5 far on the wrong side
        (_W, np.array([0, 0, 1]), True, 0.5),  # right, but not safe
        (_W, np.array([2, 0, 1]), True, 0.1),  # safe
        (_W, np.array([3, 1, 4]), False, 0.1),
        (_W, np.array([1, 3, 1]), False, 0.2),
        (_W, np.array([0, 1, 1]), False, 0.2),
        (_W, np.array([0, 3, 0]), False, 0.1),  # no 5, and safe
    ],
    mistakes={
        "If it is no 5, the picture is subtracted.": lambda w, ink, five, step: (
            w if update(w, ink, five, step) is w else w + step * ink
        ),
        "Some digits that are no 5 are safe as well.": lambda w, ink, five, step: (
            update(w, ink, five, step) if five else w - step * ink
        ),
        "A digit with the loss 0 changes nothing.": lambda *case: update(*case, safe=np.inf),
        "At 0.5 it is right, but not safe: what is the loss?": lambda *case: update(*case, safe=0),
    },
)
def update(w: np.ndarray, ink: np.ndarray, five: bool, step: float, safe: float = 1) -> np.ndarray:
    """Return the weights after one digit, by the hinge loss without intercept and penalty."""
    sign = 1 if five else -1
    return w + sign * step * ink if sign * (w * ink).sum() < safe else w


@exercise(
    "04-interval",
    cases=[(0.95, 1000, 0.965, 1000), (0.9, 400, 0.85, 2500), (0.5, 50, 0.99, 10_000)],
    mistakes={
        "Take the root of the sum of the two variances.": lambda *case: interval(*case, np.add),
        "Add first, then take one root, not two.": (
            lambda *case: interval(*case, error=lambda v, w: v**0.5 + w**0.5)
        ),
        "The second detector's luck counts too.": (
            lambda *case: interval(*case, error=lambda v, w: v**0.5)
        ),
    },
    wrong_results={
        "The sign: the second accuracy minus the first is wanted.": lambda r: [-r[1], -r[0]],
    },
)
def interval(
    p: float, m: int, q: float, n: int, error: Callable = lambda v, w: (v + w) ** 0.5
) -> list[float]:
    """Return the 95 % interval of the difference of two shares of different digits."""
    away = 1.96 * error(p * (1 - p) / m, q * (1 - q) / n)
    return [q - p - away, q - p + away]
