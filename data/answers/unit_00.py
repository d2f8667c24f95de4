"""Notebook 00, start here: the counting of mistakes."""

import numpy as np

from mnistlab.exercises import exercise


@exercise(
    "00-mistakes",
    cases=[
        (np.array([7, 2, 1, 0, 9]), np.array([7, 2, 1, 0, 4])),
        (np.array([3, 3, 3, 8]), np.array([8, 5, 3, 3])),
        (np.array([6, 1]), np.array([6, 1])),
    ],
    mistakes={
        "That counts the correct answers.": lambda answers, labels: (answers == labels).sum(),
        "That is the share of mistakes. Count them.": lambda a, b: float((a != b).mean()),
        "A 9 for a 4 is one mistake, not five: compare them.": lambda a, b: abs(a - b).sum(),
    },
)
def count_mistakes(answers: np.ndarray, labels: np.ndarray) -> int:
    """Return how many answers are wrong."""
    return (answers != labels).sum()
