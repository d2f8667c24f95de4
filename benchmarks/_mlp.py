"""What the benchmarks of the MLP share: the data, the limit, the record."""

import json
import os
import platform
import statistics
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from mnistlab import datasets

RESULTS = Path(__file__).with_name("results")


def full_mnist():
    """Load the full data or end with a clear line."""
    os.environ["MNISTLAB_OFFLINE"] = "1"
    try:
        return datasets.load_mnist("full")
    except datasets.DataNotFound as error:
        sys.exit(f"This benchmark needs the full data. {error}")


def seconds(function):
    """Return wall seconds and CPU seconds (of all threads) of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - wall, time.process_time() - cpu


def median(values):
    return statistics.median(values)


def bare_products(sizes, batch_size, n_images, epochs=1):
    """Do the float32 matrix products of training, and nothing else: the limit of any NumPy code.

    Forward through every layer, the gradient of every weight matrix, the error back to every layer
    but the first. The operands are ready in memory and the results are thrown away.
    """
    rng = np.random.default_rng(0)
    layers = [
        (
            rng.random((batch_size, n_in), dtype=np.float32),
            rng.random((n_in, n_out), dtype=np.float32),
            rng.random((batch_size, n_out), dtype=np.float32),
            np.empty((batch_size, n_in), np.float32),
            np.empty((n_in, n_out), np.float32),
            np.empty((batch_size, n_out), np.float32),
        )
        for n_in, n_out in pairwise(sizes)
    ]
    for _ in range(epochs * -(-n_images // batch_size)):
        for inputs, weights, _, _, _, output in layers:
            np.matmul(inputs, weights, out=output)
        for number, (inputs, weights, error, back, gradient, _) in enumerate(layers):
            np.matmul(inputs.T, error, out=gradient)
            if number > 0:
                np.matmul(error, weights.T, out=back)


def write_record(name, **content):
    """Write results/NAME.json: what was measured, on what."""
    versions = {"python": platform.python_version()}
    for package in ("numpy", "scipy", "scikit-learn", "torch"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    blas = [
        f"{library['internal_api']} {library['version']} ({library.get('architecture', '')}), "
        f"{library['num_threads']} threads"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]
    record = {
        "benchmark": name,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "cores used": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "blas": blas,
        "versions": versions,
        **content,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def read_record(name):
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
