"""A search shared out by Dask: the same answer as alone, also when a worker dies half-way."""

import json
import logging
import os
import signal
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.svm import SVC

from mnistlab import MLP, Augment, load_mnist

distributed = pytest.importorskip("distributed", reason="needs the extra: mnistlab[scale]")
dask = pytest.importorskip("dask")

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds, for a worker on a busy machine


@pytest.fixture(scope="module")
def digits():
    mnist = load_mnist("sample")
    rows = np.random.default_rng(0).permutation(len(mnist.X_train))[:600]
    return mnist.X_train[rows], mnist.y_train[rows]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    # A dead worker's place is given up when the next one is not there after 15 s: too soon where
    # many tests share a few cores.
    settings = {
        "distributed.deploy.lost-worker-timeout": f"{PATIENCE}s",
        "distributed.worker.profile.enabled": False,  # a hundred looks a second at each thread
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # any free port
            silence_logs=logging.CRITICAL,
            local_directory=str(tmp_path_factory.mktemp("dask")),
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster.scheduler_address) as client:  # as from another computer
        client.wait_for_workers(2, timeout=PATIENCE)
        client.amm.stop()
        yield client


def search(X, y, **options):
    folds = list(StratifiedKFold(3).split(X, y))
    settings = {"hidden_layer_sizes": [(20,), (40,)], "learning_rate": [0.01, 0.05, 0.1]}
    shared = [X, y, *(rows for fold in folds for rows in fold)]
    grid = GridSearchCV(MLP(epochs=3, random_state=0), settings, cv=folds, refit=False, **options)
    return grid, shared


def scores(grid):
    return grid.cv_results_["mean_test_score"]


def test_dask_gives_the_answer_of_one_core_through_an_address(client, digits):
    grid, shared = search(*digits)
    alone = scores(grid.fit(*digits))
    with joblib.parallel_config(backend="dask", scatter=shared):
        assert np.array_equal(scores(grid.fit(*digits)), alone)
    machine = SVC(gamma=0.02)
    settings = {"C": [1, 10]}
    X, y = digits[0] / 255, digits[1]
    alone = scores(GridSearchCV(machine, settings, cv=3, refit=False).fit(X, y))
    with joblib.parallel_config(backend="dask"):
        assert np.array_equal(
            scores(GridSearchCV(machine, settings, cv=3, refit=False).fit(X, y)), alone
        )


class Watched:
    """Scores as a classifier does, and leaves a mark for each run, seen from outside."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, model, X, y):
        (self.folder / f"{time.time_ns()}-{os.getpid()}").touch()
        time.sleep(0.2)  # so that there is a half-way
        return model.score(X, y)


@pytest.mark.parametrize("after", [1, 9])
def test_a_worker_killed_from_outside_changes_nothing(client, digits, tmp_path, after):
    grid, shared = search(*digits, scoring=Watched(tmp_path))
    alone = scores(search(*digits)[0].fit(*digits))
    workers = set(client.run(os.getpid).values())
    killed = []

    def kill_one():
        deadline = time.monotonic() + PATIENCE
        while len(list(tmp_path.iterdir())) < after and time.monotonic() < deadline:
            time.sleep(0.01)
        last = max(tmp_path.iterdir()).name
        killed.append(int(last.partition("-")[2]))
        os.kill(killed[0], getattr(signal, "SIGKILL", signal.SIGTERM))

    killer = threading.Thread(target=kill_one)
    killer.start()
    with joblib.parallel_config(backend="dask", scatter=shared):
        found = scores(grid.fit(*digits))
    killer.join()
    assert killed[0] in workers, "the search ran in this process, not on the workers"
    assert np.array_equal(found, alone)
    runs = [path.name.partition("-")[2] for path in tmp_path.iterdir()]
    assert len(runs) >= 18  # what the dead worker had begun was done again
    client.wait_for_workers(2, timeout=PATIENCE)
    assert killed[0] not in client.run(os.getpid).values()


def test_digits_distorted_by_workers_are_those_distorted_here(client, digits):
    def distorted(images, seed):
        return Augment.mild(random_state=seed).fit_transform(images)

    there = client.scatter(digits[0], broadcast=True)
    blocks = client.gather([client.submit(distorted, there, seed) for seed in range(4)])
    for seed, block in enumerate(blocks):
        assert np.array_equal(block, distorted(digits[0], seed))
    assert not np.array_equal(blocks[0], blocks[1])


def test_the_record_of_the_learning_curve_is_whole():
    record = json.loads((ROOT / "benchmarks" / "results" / "training_size.json").read_text())
    wrong = {}
    for row in record["rows"]:
        assert 0 < row["wrong"] < record["held_out"]
        assert row["distorted"] == (row["pictures"] > record["originals"])
        wrong.setdefault(row["pictures"], []).append(row["wrong"])
    assert list(wrong) == [500, 2_000, 10_000, 50_000, 200_000, 800_000, 3_200_000]
    assert {len(seeds) for seeds in wrong.values()} == {2}
    means = [np.mean(seeds) for seeds in wrong.values()]
    assert means[:6] == sorted(means[:6], reverse=True)  # then it flattens, as the notebook says
    assert abs(means[6] - means[5]) < 0.2 * means[5]


def test_the_record_of_speed_ups_is_whole():
    record = json.loads((ROOT / "benchmarks" / "results" / "speed_up.json").read_text())
    assert record["every_way_gave_the_same_scores"] is True
    ways = {}
    for row in record["searches"]:
        assert row["lowest"] <= row["speed_up"] <= row["highest"]
        ways.setdefault(row["search"], []).append(row["way"])
    assert set(ways) == {"short", "long"}
    assert all(found[0] == "one after the other" and len(found) == 4 for found in ways.values())
    alone = [row for row in record["searches"] if row["way"] == "one after the other"]
    assert [row["speed_up"] for row in alone] == [1, 1]
    assert alone[1]["seconds_per_training_run"] > 5 * alone[0]["seconds_per_training_run"]
    first = {row["way"]: row["first_short_search_seconds"] for row in record["overhead"]}
    short = {row["way"]: row["seconds"] for row in record["searches"] if row["search"] == "short"}
    for way in ("two processes", "two Dask workers"):  # the notebook says so
        assert first[way] > short[way]
