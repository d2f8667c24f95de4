"""Notebook 15, hiragana: rare classes, weighed and measured."""

import numpy as np
from sklearn.metrics import recall_score

from mnistlab.exercises import exercise


@exercise(
    "15-weights",
    cases=[(np.array([1208, 261]),), (np.array([10, 40, 20]),), (np.array([7, 7, 7]),)],
    mistakes={
        "Upside down: the rare class must weigh more.": lambda counts: counts / counts.max(),
        "Compare with the largest class, not all pictures.": lambda counts: counts.sum() / counts,
        "The smallest class must not have the weight 1.": lambda counts: counts.min() / counts,
    },
)
def class_weights(counts: np.ndarray) -> np.ndarray:
    """Return the weight of each class: the largest count divided by its own."""
    return counts.max() / counts


_TRUTH = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])
_ANSWERS = np.array([0, 0, 0, 0, 2, 2, 1, 0, 2, 2])


@exercise(
    "15-balanced",
    cases=[(_TRUTH, _ANSWERS), (_TRUTH + 5, _ANSWERS + 5), (_TRUTH[::-1], np.sort(_ANSWERS))],
    mistakes={
        "That is the accuracy: the largest class counts most.": lambda t, a: (t == a).mean(),
        "You divide by the answers of a class: that is precision.": lambda t, a: balanced(a, t),
    },
    wrong_results={"You add the recalls; their average is wanted.": lambda r: 3 * r},
)
def balanced(truth: np.ndarray, answers: np.ndarray) -> float:
    """Return the average of the classes' recalls."""
    return recall_score(truth, answers, average="macro")
