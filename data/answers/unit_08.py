"""Notebook 08, faster and better: a step with momentum, and a shifted picture."""

import numpy as np
from scipy import ndimage

from mnistlab.exercises import exercise


@exercise(
    "08-momentum",
    cases=[
        (np.array([1.0, 2.0]), np.array([0.5, 0.0]), np.array([1.0, -1.0]), 0.1, 0.9),
        (np.eye(2), np.ones((2, 2)), np.array([[1.0, 2.0], [3.0, 4.0]]), 0.5, 0.5),
        (np.array([3.0]), np.array([0.0]), np.array([2.0]), 0.1, 0.9),
    ],
    mistakes={
        "The step goes against the gradient.": lambda W, V, G, *how: momentum_step(W, V, -G, *how),
        "The weights move by the new velocity, not by the old one.": lambda W, V, *more: (
            W + V,
            momentum_step(W, V, *more)[1],
        ),
    },
    wrong_results={"Return the weights first, then the velocity.": lambda r: r[::-1]},
)
def momentum_step(
    W: np.ndarray, V: np.ndarray, G: np.ndarray, rate: float, momentum: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights and the velocity after one step."""
    V = momentum * V - rate * G
    return W + V, V


PICTURE = np.arange(1, 13).reshape(3, 4)
SHIFT_MISTAKES = {
    "What leaves on one side has come back on the other.": lambda p, *by: np.roll(p, by, (0, 1)),
    "Rows come first: down moves rows, right moves columns.": lambda p, d, r: shifted(p, r, d),
    "It moves the other way: up for down, left for right.": lambda p, d, r: shifted(p, -d, -r),
}


@exercise(
    "08-shifted",
    cases=[(PICTURE, 1, 0), (PICTURE, 0, 2), (PICTURE, 2, 1), (PICTURE, 0, 0)],
    mistakes=SHIFT_MISTAKES,
)
def shifted(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return a picture moved by whole pixels, with paper where nothing was."""
    return ndimage.shift(picture, (down, right), order=0)
