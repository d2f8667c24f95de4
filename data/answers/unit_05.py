"""Notebook 05, metrics: precision and recall, and a bug that passes its own test."""

import numpy as np

from mnistlab.exercises import exercise

_TRUE = np.array([1, 1, 1, 0, 0, 0, 0, 0, 1, 0], dtype=bool)
_CALLED = np.array([1, 0, 1, 0, 0, 1, 0, 0, 0, 0], dtype=bool)
_HALF = np.array([0, 0, 1, 1], dtype=bool)


@exercise(
    "05-precision-recall",
    cases=[(_TRUE, _CALLED), (_CALLED, np.ones(10, dtype=bool)), (_HALF, _HALF[::-1])],
    mistakes={
        "You divide by all digits: both groups are smaller.": lambda t, p: 2 * [(t & p).mean()],
        "The first number is the accuracy: it counts the right answers of both kinds.": (
            lambda y_true, y_pred: [(y_true == y_pred).mean(), y_pred[y_true].mean()]
        ),
    },
    wrong_results={"The two are swapped: precision comes first.": lambda r: r[::-1]},
)
def precision_and_recall(y_true: np.ndarray, y_pred: np.ndarray) -> list[float]:
    """Return [precision, recall] of answers True and False."""
    return [y_true[y_pred].mean(), y_pred[y_true].mean()]


def _case(seed: int, n: int, wanted: float) -> tuple[np.ndarray, np.ndarray, float]:
    random = np.random.default_rng(seed)
    y_true = np.arange(n) % 4 == 0
    return y_true, (random.normal(size=n) + 1.5 * y_true).round(3), wanted


@exercise(
    "05-bug",
    cases=[_case(0, 40, 0.90), _case(1, 60, 0.5), _case(2, 200, 0.75)],
    mistakes={
        "That is the lowest threshold: all are called a 5.": lambda y, scores, wanted: scores.min(),
        "One step too far: this is the first threshold that finds too few.": (
            lambda y_true, scores, wanted: min(scores[scores > mended(y_true, scores, wanted)])
        ),
        "That is a place in the array. The threshold at that place is wanted.": (
            lambda *case: np.unique(case[1]).searchsorted(mended(*case))
        ),
    },
)
def mended(y_true: np.ndarray, scores: np.ndarray, wanted: float) -> float:
    """Return the highest threshold that still finds the wanted share."""
    return max(t for t in scores if (scores[y_true] >= t).mean() >= wanted)
