"""Notebook 03, first look: shares of labels, and arithmetic with bytes."""

import numpy as np

from mnistlab.exercises import exercise

_DARK = np.array([[0, 200, 255], [7, 130, 90]], dtype=np.uint8)
_LIGHT = np.array([[9, 100, 255], [0, 125, 90]], dtype=np.uint8)


@exercise(
    "03-shares",
    cases=[(np.array([3, 1, 3, 9]),), (np.array([0, 1, 1, 0, 2]),), (np.arange(10).repeat(3),)],
    mistakes={
        "These are counts. Of how many labels in all?": lambda y: np.bincount(y, minlength=10),
    },
    wrong_results={
        "The digits above the last one that occurs are missing.": lambda r: np.trim_zeros(r, "b"),
        "Only the digits that occur are there: ten numbers are wanted.": lambda r: r[r > 0],
    },
)
def shares(labels: np.ndarray) -> np.ndarray:
    """Return the share of each of the ten digits."""
    return np.bincount(labels, minlength=10) / len(labels)


@exercise(
    "03-overlay",
    cases=[(_DARK, _LIGHT), (_DARK, _DARK), (_LIGHT, np.zeros((2, 3), np.uint8))],
    mistakes={
        "A byte starts again at 0 after 255: it had no room for the sum.": lambda a, b: a + b,
        "That is the darker of the two, not their sum.": np.maximum,
        "Nothing was cut off: more than 255 should be 255.": lambda a, b: a.astype(np.int16) + b,
        "Right numbers, but no bytes.": lambda a, b: np.clip(a.astype(np.int16) + b, 0, 255),
    },
)
def overlay(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return two pictures drawn on one sheet."""
    return np.clip(first.astype(np.int16) + second, 0, 255).astype(np.uint8)
