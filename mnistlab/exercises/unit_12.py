"""Notebook 12, which model: the paired test, the rival of a record, writers on one side only."""

import numpy as np

from . import exercise


def _p(k: int, n: int, **how: str) -> float:
    from scipy.stats import binomtest  # slow to import

    return binomtest(int(k), int(n), **how).pvalue


def _answers(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whether two models are right, for so many digits of each kind, in mixed order."""
    counts = [both, only_a, only_b, neither]
    order = np.random.default_rng(0).permutation(sum(counts))
    return np.repeat([True, True, False, False], counts)[order], (
        np.repeat([True, False, True, False], counts)[order]
    )


@exercise(
    "12-paired",
    cases=[_answers(80, 12, 3, 5), _answers(300, 4, 9, 20), _answers(50, 6, 6, 0)],
    mistakes={
        "Toss only for the digits on which the two differ, not for all.": lambda a, b: _p(
            (a & ~b).sum(), len(a)
        ),
        "Digits that both get right belong to neither side.": lambda a, b: _p(
            a.sum(), a.sum() + b.sum()
        ),
        "Either side may win: ask binomtest for both directions, as it does by itself.": (
            lambda a, b: _p((a & ~b).sum(), (a != b).sum(), alternative="greater")
        ),
    },
)
def paired_p(right_a: np.ndarray, right_b: np.ndarray) -> float:
    """Return the p-value of McNemar's exact test."""
    return _p((right_a & ~right_b).sum(), (right_a != right_b).sum())


def _first(n: int, enough: float, tosses: str) -> int:
    """Return the largest k below n whose p-value is small enough."""
    for k in range(n - 1, -1, -1):
        p = _p(k, n + k) if tosses == "disjoint" else _p(0, n - k)
        if p < enough:
            return k
    return -1


@exercise(
    "12-rival",
    cases=[(70,), (40,), (23,), (9,)],
    mistakes={
        "That is the nested case, the easier one for the rival.": lambda n: _first(
            n, 0.05, "nested"
        ),
        "That is the first number that fails. The one below it is wanted.": lambda n: (
            _first(n, 0.05, "disjoint") + 1
        ),
        "That is the smallest number, not the largest: start near n.": lambda n: 0,
    },
)
def rival(n: int) -> int:
    """Return the most mistakes with which a rival of n is better whichever digits are misread."""
    return _first(n, 0.05, "disjoint")


@exercise(
    "12-absent",
    cases=[
        (np.array([1, 2, 30]), 0.1),
        (np.array([20, 20, 5, 60]), 0.2),
        (np.array([131, 19]), 0.1),
    ],
    mistakes={
        "The mean will not do: writers with few digits count for more.": lambda counts, share: (
            len(counts) * (1 - share) ** counts.mean()
        ),
        "Inside is the probability share. How probable is it to stay outside?": (
            lambda counts, share: (share**counts).sum()
        ),
        "These are the writers who do have a digit there.": lambda counts, share: (
            1 - (1 - share) ** counts
        ).sum(),
        "That is the probability that all writers stay out: add, do not multiply.": (
            lambda counts, share: ((1 - share) ** counts).prod()
        ),
    },
)
def expected_absent(counts: np.ndarray, share: float) -> float:
    """Return the expected number of writers without a digit in the validation part."""
    return ((1 - share) ** counts).sum()
