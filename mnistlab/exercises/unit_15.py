"""Notebook 15, hiragana: rare classes, weighed and measured."""

import numpy as np

from . import exercise


@exercise(
    "15-weights",
    cases=[(np.array([1208, 261]),), (np.array([10, 40, 20]),), (np.array([7, 7, 7]),)],
    mistakes={
        "Upside down: the rare class must weigh more.": lambda counts: counts / counts.max(),
        "These are shares of all pictures, turned over. Compare with the largest class.": (
            lambda counts: counts.sum() / counts
        ),
        "The smallest class must not have the weight 1.": lambda counts: counts.min() / counts,
    },
)
def class_weights(counts: np.ndarray) -> np.ndarray:
    """Return the weight of each class: the largest count divided by its own."""
    return counts.max() / counts


_TRUTH = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])
_ANSWERS = np.array([0, 0, 0, 0, 2, 2, 1, 0, 2, 2])


def _average(truth: np.ndarray, answers: np.ndarray, by: np.ndarray) -> float:
    """Return the average, over the classes, of the share right among those where `by` has it."""
    right = truth == answers
    return np.mean([right[by == label].mean() for label in np.unique(truth)])


@exercise(
    "15-balanced",
    cases=[(_TRUTH, _ANSWERS), (_TRUTH + 5, _ANSWERS + 5), (_TRUTH[::-1], np.sort(_ANSWERS))],
    mistakes={
        "That is the accuracy: the largest class counts most.": (
            lambda truth, answers: (truth == answers).mean()
        ),
        "You divide by the answers of a class: that is precision.": (
            lambda truth, answers: _average(truth, answers, answers)
        ),
        "You add the recalls; their average is wanted.": (
            lambda truth, answers: 3 * _average(truth, answers, truth)
        ),
    },
)
def balanced(truth: np.ndarray, answers: np.ndarray) -> float:
    """Return the average of the classes' recalls."""
    return _average(truth, answers, truth)
