"""A search like notebook 16's, one after the other, in threads, in processes and on Dask workers.

Six candidates of two kinds of models, in a short search (900 digits) and in a long one (3,000
digits, trained twice as long). Two cores, two workers of each kind, BLAS on one thread everywhere.
In every round all ways follow each other in an order of its own, and a speed-up is the time of
"one after the other" in that round divided by the way's own; medians of five rounds. Processes and
workers are warm: they have run the short search before. What that saves is measured apart, as are
tasks that do nothing.

Run `python benchmarks/speed_up.py` (about four minutes on two cores); it writes
results/speed_up.json.
"""

import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import distributed
import joblib
import numpy as np
import sklearn
from _mlp import full_mnist
from dask.distributed import Client, LocalCluster
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from mnistlab import MLP

RESULTS = Path(__file__).parent / "results" / "speed_up.json"
WORKERS = 2
ROUNDS = 5
STARTS = 3
N_TASKS = 300
SEARCHES = {"short": (900, 6), "long": (3_000, 12)}  # digits, epochs
ONE, THREADS, PROCESSES, DASK = WAYS = (
    "one after the other",
    "two threads",
    "two processes",
    "two Dask workers",
)


def to_unit(pixels):
    """Return pixels of 0-255 as 0-1, in single precision."""
    return np.divide(pixels, 255, dtype=np.float32)


class Search:
    """A grid search on a part of the training digits, always with the same folds."""

    def __init__(self, mnist, n_digits, epochs):
        rows = np.random.default_rng(0).permutation(len(mnist.X_train))[:n_digits]
        self.X, self.y = mnist.X_train[rows], mnist.y_train[rows]
        self.folds = list(StratifiedKFold(3).split(self.X, self.y))
        self.candidates = [
            {
                "model": [MLP(epochs=epochs, random_state=0)],
                "model__hidden_layer_sizes": [(50,), (100,)],
                "model__learning_rate": [0.01, 0.1],
            },
            {"model": [SVC(gamma=0.02)], "model__C": [1, 10]},
        ]

    def run(self, way):
        """Return the mean scores of all candidates, and how many seconds they took."""
        shared = [self.X, self.y, *(rows for fold in self.folds for rows in fold)]
        backends = {
            ONE: {"backend": "threading", "n_jobs": 1},
            THREADS: {"backend": "threading", "n_jobs": WORKERS},
            PROCESSES: {"backend": "loky", "n_jobs": WORKERS, "inner_max_num_threads": 1},
            DASK: {"backend": "dask", "scatter": shared},
        }
        model = Pipeline([("scale", FunctionTransformer(to_unit)), ("model", MLP())])
        grid = GridSearchCV(model, self.candidates, cv=self.folds, refit=False)
        started = time.perf_counter()
        with threadpool_limits(1), joblib.parallel_config(**backends[way]):
            grid.fit(self.X, self.y)
        return grid.cv_results_["mean_test_score"], time.perf_counter() - started


def local_cluster(folder):
    """Start two workers of one thread each, on this machine."""
    return LocalCluster(
        n_workers=WORKERS,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        local_directory=folder,
    )


def compare(search):
    """Return for each way its seconds, one per round, and whether all scores were the same."""
    seconds, scores = {way: [] for way in WAYS}, []
    for number in range(ROUNDS):
        for way in np.random.default_rng(number).permutation(WAYS):
            found, took = search.run(way)
            seconds[way].append(took)
            scores.append(found)
    return seconds, all(np.array_equal(found, scores[0]) for found in scores)


def rows_of(name, search, seconds):
    """Return the record's rows of one search, a row per way."""
    alone = np.array(seconds[ONE])
    task = statistics.median(alone) / (6 * len(search.folds))
    rows = []
    for way, taken in seconds.items():
        speed_ups = alone / np.array(taken)
        rows.append(
            {
                "search": name,
                "digits": len(search.X),
                "seconds_per_training_run": round(task, 3),
                "way": way,
                "seconds": round(statistics.median(taken), 2),
                "speed_up": round(statistics.median(speed_ups), 2),
                "lowest": round(min(speed_ups), 2),
                "highest": round(max(speed_ups), 2),
            }
        )
    return rows


def first_search(search, way):
    """Return the median seconds of a first search with fresh processes, their start included."""
    taken = []
    for _ in range(STARTS):
        started = time.perf_counter()
        if way == PROCESSES:
            get_reusable_executor().shutdown(wait=True)
            started = time.perf_counter()
            search.run(way)
            taken.append(time.perf_counter() - started)
        else:
            with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                started = time.perf_counter()
                with local_cluster(folder) as cluster, Client(cluster):
                    search.run(way)
                    taken.append(time.perf_counter() - started)
    return round(statistics.median(taken), 2)


def nothing(number):
    """Do nothing: what is left is the price of handing over a task."""
    return number


def empty_task_ms(way, client=None):
    """Return the median milliseconds of a task that does nothing, handed over one by one."""
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        if way == DASK:
            client.gather(client.map(nothing, range(N_TASKS), pure=False))
        else:
            backend = "threading" if way == THREADS else "loky"
            with joblib.Parallel(WORKERS, backend=backend, batch_size=1) as parallel:
                parallel(joblib.delayed(nothing)(number) for number in range(N_TASKS))
        taken.append(time.perf_counter() - started)
    return round(1000 * statistics.median(taken) / N_TASKS, 2)


def main():
    """Measure everything and write the record."""
    mnist = full_mnist()
    searches = {name: Search(mnist, *sizes) for name, sizes in SEARCHES.items()}
    record = {
        "machine": f"{joblib.cpu_count()} cores, {platform.machine()}, BLAS on one thread",
        "versions": {
            module.__name__: module.__version__ for module in (sklearn, joblib, distributed)
        },
        "rounds": ROUNDS,
        "training_runs_in_each_search": 18,
    }
    first = {way: first_search(searches["short"], way) for way in (PROCESSES, DASK)}
    rows, same = [], True
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        local_cluster(folder) as cluster,
        Client(cluster) as client,
    ):
        client.amm.stop()  # what lies on both workers stays there
        for way in (PROCESSES, DASK):
            searches["short"].run(way)
        for name, search in searches.items():
            seconds, equal = compare(search)
            rows += rows_of(name, search, seconds)
            same = same and equal
            print(json.dumps(rows[-len(WAYS) :], indent=1), flush=True)
        record["every_way_gave_the_same_scores"] = same
        record["searches"] = rows
        record["overhead"] = [
            {
                "way": way,
                "first_short_search_seconds": first.get(way),
                "empty_task_ms": empty_task_ms(way, client),
            }
            for way in (THREADS, PROCESSES, DASK)
        ]
    RESULTS.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    if joblib.cpu_count() < WORKERS:
        sys.exit(f"This benchmark needs {WORKERS} cores.")
    os.environ["OMP_NUM_THREADS"] = "1"  # for the processes it starts
    main()
