"""Notebook 06, ten digits: a confusion matrix counted by hand, and F1 for every class."""

import numpy as np
from sklearn.metrics import confusion_matrix

from mnistlab.exercises import exercise


@exercise(
    "06-matrix",
    cases=[
        (np.array([4, 4, 9, 4, 9, 0]), np.array([4, 9, 9, 9, 4, 0])),
        (np.array([3, 5, 3, 8, 1, 1, 3]), np.array([5, 5, 5, 3, 1, 7, 3])),
        (np.arange(10), np.array([0, 1, 2, 2, 9, 3, 6, 9, 8, 9])),
    ],
    mistakes={"The matrix has room for all ten digits, seen or not.": confusion_matrix},
    wrong_results={
        "Rows are the truth, columns the answers: yours are swapped.": np.transpose,
        "Where a pair comes more than once, each time counts.": lambda r: np.minimum(r, 1),
        "The wrong answers belong beside the diagonal.": lambda r: np.diag(r.diagonal()),
    },
)
def confusion(truth: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return the 10 x 10 confusion matrix, rows the truth."""
    return confusion_matrix(truth, answers, labels=range(10))


def _shares(matrix: np.ndarray, axis: int) -> np.ndarray:
    return matrix.diagonal() / matrix.sum(axis=axis)


@exercise(
    "06-f1",
    cases=[
        (np.array([[90, 10], [5, 15]]),),
        (np.array([[8, 2, 0], [1, 9, 10], [3, 0, 7]]),),
        (np.diag([3, 1, 4, 1]) + 1,),
    ],
    mistakes={
        "This is the plain mean; F1 lies lower.": lambda m: (_shares(m, 0) + _shares(m, 1)) / 2,
        "This is recall alone.": lambda matrix: _shares(matrix, 1),
        "This is precision alone.": lambda matrix: _shares(matrix, 0),
    },
    wrong_results={"One number for each class is wanted, not their mean.": np.mean},
)
def f1(matrix: np.ndarray) -> np.ndarray:
    """Return the F1 of each class of a confusion matrix whose rows are the truth."""
    precision, recall = _shares(matrix, 0), _shares(matrix, 1)
    return 2 * precision * recall / (precision + recall)
