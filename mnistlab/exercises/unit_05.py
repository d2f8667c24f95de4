"""Notebook 05, metrics: precision and recall, and a bug that passes its own test."""

import numpy as np

from . import exercise

_TRUE = np.array([1, 1, 1, 0, 0, 0, 0, 0, 1, 0], dtype=bool)
_CALLED = np.array([1, 0, 1, 0, 0, 1, 0, 0, 0, 0], dtype=bool)
_HALF = np.array([0, 0, 1, 1], dtype=bool)


def _found(y_true: np.ndarray, y_pred: np.ndarray) -> int:
    return (y_true & y_pred).sum()


@exercise(
    "05-precision-recall",
    cases=[(_TRUE, _CALLED), (_CALLED, np.ones(10, dtype=bool)), (_HALF, _HALF[::-1])],
    mistakes={
        "The two are swapped: precision comes first.": lambda y_true, y_pred: [
            _found(y_true, y_pred) / y_true.sum(),
            _found(y_true, y_pred) / y_pred.sum(),
        ],
        "You divide by all digits. Each number has a smaller group below the line.": (
            lambda y_true, y_pred: 2 * [_found(y_true, y_pred) / len(y_true)]
        ),
        "The first number is the accuracy: it counts the right answers of both kinds.": (
            lambda y_true, y_pred: [
                (y_true == y_pred).mean(),
                _found(y_true, y_pred) / y_true.sum(),
            ]
        ),
    },
)
def precision_and_recall(y_true: np.ndarray, y_pred: np.ndarray) -> list[float]:
    """Return [precision, recall] of answers True and False."""
    found = (y_true & y_pred).sum()
    return [found / y_pred.sum(), found / y_true.sum()]


def _case(seed: int, n: int, wanted: float) -> tuple[np.ndarray, np.ndarray, float]:
    random = np.random.default_rng(seed)
    y_true = np.arange(n) % 4 == 0
    return y_true, (random.normal(size=n) + 1.5 * y_true).round(3), wanted


def _recalls(y_true: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each score as a threshold, rising, and the recall there."""
    thresholds = np.unique(scores)
    return thresholds, np.array([(scores[y_true] >= t).mean() for t in thresholds])


def _colleague(y_true: np.ndarray, scores: np.ndarray, wanted: float) -> float:
    thresholds, recalls = _recalls(y_true, scores)
    return thresholds[(recalls >= wanted).argmax()]


def _one_too_far(y_true: np.ndarray, scores: np.ndarray, wanted: float) -> float:
    thresholds, recalls = _recalls(y_true, scores)
    return thresholds[(recalls < wanted).argmax()]


def _place(y_true: np.ndarray, scores: np.ndarray, wanted: float) -> int:
    return int(np.flatnonzero(_recalls(y_true, scores)[1] >= wanted)[-1])


@exercise(
    "05-bug",
    cases=[_case(0, 40, 0.90), _case(1, 60, 0.5), _case(2, 200, 0.75)],
    mistakes={
        "That is still the lowest threshold of all: everything is called a 5.": _colleague,
        "One step too far: this is the first threshold that finds too few.": _one_too_far,
        "That is a place in the array. The threshold at that place is wanted.": _place,
    },
)
def mended(y_true: np.ndarray, scores: np.ndarray, wanted: float) -> float:
    """Return the highest threshold that still finds the wanted share."""
    thresholds, recalls = _recalls(y_true, scores)
    return thresholds[recalls >= wanted].max()
