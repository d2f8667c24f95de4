"""Notebook 12, which model: the paired test, and writers on one side only."""

import numpy as np
from scipy.stats import binomtest

from mnistlab.exercises import exercise


def _answers(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whether two models are right, for so many digits of each kind."""
    counts = [both, only_a, only_b, neither]
    return np.repeat([True, True, False, False], counts), np.repeat([True, False] * 2, counts)


@exercise(
    "12-paired",
    cases=[_answers(80, 12, 3, 5), _answers(300, 4, 9, 20), _answers(50, 6, 6, 0)],
    mistakes={
        "Toss only for the digits on which the two differ, not for all.": lambda a, b: (
            binomtest((a & ~b).sum(), len(a)).pvalue
        ),
        "Digits that both get right belong to neither side.": lambda a, b: (
            binomtest(a.sum(), a.sum() + b.sum()).pvalue
        ),
        "Either side may win: ask in both directions, as binomtest does by itself.": lambda a, b: (
            binomtest((a & ~b).sum(), (a != b).sum(), alternative="greater").pvalue
        ),
    },
)
def paired_p(right_a: np.ndarray, right_b: np.ndarray) -> float:
    """Return the p-value of McNemar's exact test."""
    return binomtest((right_a & ~right_b).sum(), (right_a != right_b).sum()).pvalue


@exercise(
    "12-absent",
    cases=[(np.array(n), p) for n, p in [([1, 2, 30], 0.1), ([20, 5, 60], 0.2), ([131, 19], 0.1)]],
    mistakes={
        "The mean will not do: writers with few digits count for more.": lambda n, share: (
            len(n) * (1 - share) ** n.mean()
        ),
        "Inside has the probability share. How probable is outside?": lambda n, p: (p**n).sum(),
        "These are the writers who do have a digit there.": lambda n, p: (1 - (1 - p) ** n).sum(),
    },
)
def expected_absent(counts: np.ndarray, share: float) -> float:
    """Return the expected number of writers without a digit in the validation part."""
    return ((1 - share) ** counts).sum()
