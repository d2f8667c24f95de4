"""Notebook 16, beyond one machine: work back from a speed-up, a search on Dask, the straggler."""

import multiprocessing

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV

from mnistlab.exercises import exercise


@exercise(
    "16-serial",
    cases=[(5, 8), (1.8, 2), (12.5, 64)],
    mistakes={
        "That is how far it is from ideal. Which s gives these times in Amdahl's formula?": (
            lambda times, cores: 1 - times / cores
        ),
    },
    wrong_results={
        "That is the share that can be shared out. The serial share is the rest.": lambda r: 1 - r,
    },
)
def serial_share(times: float, cores: int) -> float:
    """Return s of Amdahl's law from a speed-up (Karp and Flatt 1990)."""
    return (1 / times - 1 / cores) / (1 - 1 / cores)


def where(model: DummyClassifier, X: np.ndarray, y: np.ndarray) -> float:
    """Score by place: 0 in the notebook's process, 1 in another one, 2 on a Dask worker."""
    from distributed import get_worker  # slow to import; no part of the course's bare minimum

    try:
        get_worker()
    except ValueError:
        return float(multiprocessing.current_process().name != "MainProcess")
    return 2.0


def _search(n: int) -> tuple[GridSearchCV, np.ndarray, np.ndarray]:
    settings = {"constant": list(range(n))}
    model = DummyClassifier(strategy="constant")
    search = GridSearchCV(model, settings, cv=2, refit=False, scoring=where)
    return search, np.zeros((2 * n, 3)), np.tile(np.arange(n), 2)


@exercise(
    "16-dask",
    cases=[_search(2), _search(3), _search(5)],
    wrong_results={
        "The trainings were done in this notebook: fit in a block with the backend.": np.zeros_like,
        "These were processes, not Dask's workers: which backend hands out to them?": np.ones_like,
    },
)
def on_dask(search: GridSearchCV, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return what a search on Dask's workers gives with the score `where`."""
    return np.full(len(search.param_grid["constant"]), 2.0)


@exercise(
    "16-straggler",
    cases=[(np.array(seconds),) for seconds in ([50, 50, 50, 600], [10.0, 10.0], [1, 2, 3, 4])],
    mistakes={"Every core is paid until the end, not only one.": lambda s: s.sum() / s.max()},
    wrong_results={"That is the share that is wasted.": lambda r: 1 - r},
)
def busy_share(seconds: np.ndarray) -> float:
    """Return the share of paid core seconds that is spent computing."""
    return seconds.mean() / seconds.max()
