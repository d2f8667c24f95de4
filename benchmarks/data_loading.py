"""How long the digits take to load, and how much memory, against what people would use instead.

    python benchmarks/data_loading.py

needs the full data (MNISTLAB_DATA or the cache), about 300 MB in the temporary folder and two to
three minutes. Every comparison is made within one run, alternating; times are medians. Memory is
what Linux says of a fresh process, so those rows are measured on Linux only.

The record goes to results/data_loading.json. The exit code is 1 if a target is missed.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from mnistlab import datasets, formats

# The module; in the package its name is taken by the function registry().
registry_module = import_module("mnistlab.datasets.registry")

REPEATS = 5
KERNELS = 4
MB = 1e6

# Run in fresh processes: what one step adds to the memory of a process that has imported all.
MEMORY_CHILD = """
import ctypes, re, sys
from pathlib import Path
import numpy, pandas
from importlib import import_module
from mnistlab import datasets

def memory():
    # Private_Dirty is what this process alone holds. Pages of a mapped file that only one process
    # happens to look at count as Private_Clean: they are the disk cache and are shared on demand.
    text = Path("/proc/self/smaps_rollup").read_text() + Path("/proc/self/status").read_text()
    kinds = ("VmHWM", "Private_Dirty", "Pss")
    return [int(re.search(rf"^{kind}:\\s+(\\d+) kB", text, re.M)[1]) * 1024 for kind in kinds]

what, folder = sys.argv[1:]
import_module("mnistlab.datasets.registry")._cache_dirs = lambda: [Path(folder)]
ctypes.CDLL(None).malloc_trim(0)  # or freed memory of the imports would be used again, uncounted
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
before = memory()
if what == "read_csv":
    digits = pandas.read_csv(folder + "/train.csv", header=None)
else:
    mnist = datasets.load_mnist("full")
    if what == "load and look at every pixel":
        print(mnist.X_train.sum() + mnist.X_test.sum())
print("ready", flush=True)
sys.stdin.readline()
print(*(after - start for after, start in zip(memory(), before)), flush=True)
sys.stdin.readline()
"""

# A later load in a new kernel, imports not counted: read_csv's are not counted either.
LATER_CHILD = """
import sys, time
from pathlib import Path
from importlib import import_module
from mnistlab import datasets
import_module("mnistlab.datasets.registry")._cache_dirs = lambda: [Path(sys.argv[1])]
start = time.perf_counter()
mnist = datasets.load_mnist("full")
print(time.perf_counter() - start)
"""


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def child(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def memory_of(what, folder, processes=1):
    """Bytes that a step adds to each of several simultaneous processes: peak, private, share."""
    kernels = [child(MEMORY_CHILD, what, folder) for _ in range(processes)]
    for kernel in kernels:
        while kernel.stdout.readline().strip() != "ready":
            pass
    numbers = []
    for kernel in kernels:  # measured one after the other, while all hold on to their digits
        kernel.stdin.write("\n")
        kernel.stdin.flush()
        numbers.append([int(number) for number in kernel.stdout.readline().split()])
    for kernel in kernels:
        kernel.communicate()
    return np.array(numbers)


def first_load(folder):
    """Time loading from the .gz files into an empty cache."""
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        registry_module._cache_dirs = lambda: [Path(cache)]
        return seconds(lambda: datasets.load_mnist("full"))


def measure(folder, repeats=REPEATS):
    """Measure everything; return medians by name."""
    median = statistics.median
    zipped = [(folder / "mnist" / file.name).read_bytes() for file in datasets.registry()["mnist"]]
    times = {"zlib.decompress": [], "first load": [], "read_csv": [], "later load": []}
    for _ in range(repeats):
        times["zlib.decompress"].append(
            seconds(lambda: [zlib.decompress(data, wbits=31) for data in zipped])
        )
        times["first load"].append(first_load(folder))
        times["read_csv"].append(seconds(lambda: pd.read_csv(folder / "train.csv", header=None)))
        # The first of these leaves the unzipped files in folder, as a first load does.
        later = child(LATER_CHILD, folder).communicate()[0]
        if len(times["zlib.decompress"]) == 1:
            later = child(LATER_CHILD, folder).communicate()[0]
        times["later load"].append(float(later))
    measured = {f"{name}, s": median(values) for name, values in times.items()}
    if sys.platform == "linux":
        csv = np.median([memory_of("read_csv", folder)[0] for _ in range(repeats)], axis=0)
        measured["read_csv, peak MB"] = csv[0] / MB
        later = [memory_of("load and look at every pixel", folder)[0] for _ in range(repeats)]
        measured["later load and every pixel, private MB"] = np.median(later, axis=0)[1] / MB
        four = [memory_of("load and look at every pixel", folder, KERNELS) for _ in range(repeats)]
        measured["four kernels, sum of their shares MB"] = median(f[:, 2].sum() for f in four) / MB
        first = []
        for _ in range(repeats):
            for file in datasets.registry()["mnist"]:
                (folder / "mnist" / file.unzipped).unlink()
            first.append(memory_of("load", folder)[0])
        measured["first load, peak MB"] = np.median(first, axis=0)[0] / MB
    return measured


def verdicts(measured):
    """The targets: name, ratio or megabytes, limit, and whether it is kept."""
    rows = [
        (
            "first load / zlib.decompress of the same four files",
            measured["first load, s"] / measured["zlib.decompress, s"],
            "<=",
            1.3,
        ),
        (
            "read_csv / later load",
            measured["read_csv, s"] / measured["later load, s"],
            ">=",
            500,
        ),
    ]
    if "read_csv, peak MB" in measured:
        rows += [
            (
                "first load / read_csv, peak memory",
                measured["first load, peak MB"] / measured["read_csv, peak MB"],
                "<=",
                0.1,
            ),
            (
                "later load, every pixel read: private MB",
                measured["later load and every pixel, private MB"],
                "<=",
                10,
            ),
            (
                "four kernels / one copy of the pixels, memory",
                measured["four kernels, sum of their shares MB"] / (70_000 * 784 / MB),
                "<=",
                2,
            ),
        ]
    return [
        {"what": what, "value": value, "target": f"{sign} {limit}",
         "kept": bool(value <= limit if sign == "<=" else value >= limit)}
        for what, value, sign, limit in rows
    ]  # fmt: skip


def main():
    os.environ["MNISTLAB_OFFLINE"] = "1"
    try:
        mnist = datasets.load_mnist("full")
    except datasets.DataNotFound as error:
        sys.exit(f"This benchmark needs the full data. {error}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mnist").mkdir()
        for file, array in zip(
            datasets.registry()["mnist"],
            [mnist.images_train, mnist.y_train, mnist.images_test, mnist.y_test],
            strict=True,
        ):
            original = next((p for p in datasets.places(file) if p.suffix == ".gz"), None)
            if original is None:
                formats.write_idx(folder / "mnist" / file.name, array.astype(np.uint8))
            else:
                (folder / "mnist" / file.name).write_bytes(original.read_bytes())
        formats.write_csv(folder / "train.csv", mnist.X_train, mnist.y_train)
        os.environ["MNISTLAB_DATA"] = name
        measured = measure(folder)
    rows = verdicts(measured)
    for what, value in measured.items():
        print(f"{what:55} {value:10.4f}")
    for row in rows:
        kept = "kept" if row["kept"] else "MISSED"
        print(f"{row['what']:55} {row['value']:10.3f} {row['target']:>8} {kept}")
    record = {
        "benchmark": "data_loading",
        "repeats": REPEATS,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
        },
        "measured": {what: round(value, 5) for what, value in measured.items()},
        "targets": [row | {"value": round(row["value"], 3)} for row in rows],
    }
    results = Path(__file__).with_name("results")
    results.mkdir(exist_ok=True)
    path = results / "data_loading.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if all(row["kept"] for row in rows) else 1)


if __name__ == "__main__":
    main()
