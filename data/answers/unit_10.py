"""Notebook 10, support vector machines: the loudest vote, and strangers."""

from collections.abc import Callable

import numpy as np

from mnistlab.exercises import exercise

_VECTORS = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 3.0], [1.0, 2.0]])


@exercise(
    "10-loudest",
    cases=[
        (np.array([0.5, 0.2]), _VECTORS, np.array([0.3, -1.0, 5.0, 0.6]), 1.0),
        (np.array([2.0, 2.0]), _VECTORS, np.array([2.0, -1.0, -0.2, 0.5]), 0.5),
        (np.array([1.0, 0.9]), _VECTORS, np.array([-4.0, 0.2, 9.0, 0.5]), 0.1),
    ],
    mistakes={
        "You found the largest vote. Far away, even a large vote says nothing.": (
            lambda x, vectors, votes, gamma: np.abs(votes).argmax()
        ),
        "You found the most similar one, which may have a small vote.": (
            lambda x, vectors, votes, gamma: ((vectors - x) ** 2).sum(axis=1).argmin()
        ),
        "A vote that pulls the score down counts, too.": lambda *case: loudest(*case, np.argmax),
        "That is how much it changes the score. Its position is wanted.": (
            lambda *case: loudest(*case, best=lambda parts: np.abs(parts).max())
        ),
        "You use the page's gamma. Use the one you are given.": lambda *case: loudest(*case[:3], 1),
    },
)
def loudest(
    x: np.ndarray,
    vectors: np.ndarray,
    votes: np.ndarray,
    gamma: float,
    best: Callable = lambda parts: np.abs(parts).argmax(),
) -> int:
    """Return the position of the support vector that changes the score of `x` most."""
    return best(votes * np.exp(-gamma * ((vectors - x) ** 2).sum(axis=1)))


_WRITER = np.array([1, 1, 1, 2, 2, 3, 3, 3, 3, 4])


@exercise(
    "10-strangers",
    cases=[
        (_WRITER, np.arange(7), np.arange(7, 10)),
        (_WRITER, np.array([0, 1, 2, 9]), np.array([3, 4, 5, 6, 7])),
        (_WRITER, np.array([0, 3, 5]), np.array([1, 2, 4, 6, 7, 8, 9, 9])),
    ],
    mistakes={
        "That is a count. A share of the tested digits is wanted.": lambda writer, learn, test: (
            ~np.isin(writer[test], writer[learn])
        ).sum(),
        "The other way round: the tested digits are asked for.": lambda w, l, t: strangers(w, t, l),
        "You count writers. Count their digits.": lambda writer, learn, test: (
            ~np.isin(np.unique(writer[test]), writer[learn])
        ).mean(),
    },
    wrong_results={"That is the share by writers the model knows.": lambda r: 1 - r},
)
def strangers(writer: np.ndarray, learn: np.ndarray, test: np.ndarray) -> float:
    """Return the share of tested digits whose writer is not among those to learn from."""
    return (~np.isin(writer[test], writer[learn])).mean()
