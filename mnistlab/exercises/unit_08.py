"""Notebook 08, faster and better: a step with momentum, and a shifted picture."""

import numpy as np

from . import exercise


@exercise(
    "08-momentum",
    cases=[
        (np.array([1.0, 2.0]), np.array([0.5, 0.0]), np.array([1.0, -1.0]), 0.1, 0.9),
        (np.eye(2), np.ones((2, 2)), np.array([[1.0, 2.0], [3.0, 4.0]]), 0.5, 0.5),
        (np.array([3.0]), np.array([0.0]), np.array([2.0]), 0.1, 0.9),
    ],
    mistakes={
        "Against the gradient: the rate times the gradient is subtracted.": lambda W, V, G, r, m: (
            W + m * V + r * G,
            m * V + r * G,
        ),
        "The weights move by the new velocity, not by the old one.": lambda W, V, G, r, m: (
            W + V,
            m * V - r * G,
        ),
        "Return the weights first, then the velocity.": lambda W, V, G, r, m: (
            m * V - r * G,
            W + m * V - r * G,
        ),
    },
)
def momentum_step(
    W: np.ndarray, V: np.ndarray, G: np.ndarray, rate: float, momentum: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights and the velocity after one step."""
    V = momentum * V - rate * G
    return W + V, V


PICTURE = np.arange(1, 13).reshape(3, 4)


@exercise(
    "08-shifted",
    cases=[(PICTURE, 1, 0), (PICTURE, 0, 2), (PICTURE, 2, 1), (PICTURE, 0, 0)],
    mistakes={
        "What leaves on one side has come back on the other.": lambda picture, down, right: np.roll(
            picture, (down, right), (0, 1)
        ),
        "Rows come first: down moves rows, right moves columns.": lambda picture, down, right: (
            shifted(picture, right, down)
        ),
        "It moved up and to the left.": lambda picture, down, right: shifted(
            picture, -down, -right
        ),
    },
)
def shifted(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return a picture moved by whole pixels, with paper where nothing was."""
    height, width = picture.shape
    padded = np.pad(picture, ((height, height), (width, width)))
    return padded[height - down : 2 * height - down, width - right : 2 * width - right]
