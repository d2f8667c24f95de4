"""Is this machine ready for the course? One line for each thing that has gone wrong for others.

``mnistlab doctor`` is what to run the day before a workshop, and what to send with a question: its
output fits in an email and names no one (the home folder is written ``~``, the folder that the
course lies in ``COURSE``).
"""

import os
import platform
import shutil
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import joblib
import psutil
import threadpoolctl
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .. import datasets

OLDEST, NEWEST = (3, 11), (3, 14)
KERNEL_SECONDS = 120
GIGABYTE = 1e9
LEAST_MEMORY = 1.5 * GIGABYTE  # notebook 05 on the full data, with JupyterLab and a browser tab
LEAST_DISK = 0.3 * GIGABYTE  # the zipped data, the unzipped data, cached results

# How a line starts. Only WRONG makes the exit code 1.
OK, NOTE, WRONG = "ok", "note", "WRONG"


def doctor() -> bool:
    """Examine the machine and print a line for each finding.

    Returns
    -------
    bool
        Whether nothing is wrong.
    """
    wrong = 0
    print(f"mnistlab {metadata.version('mnistlab')} on {platform.platform(terse=True)}")
    for examine in (_python, _packages, _kernel, _cores, _memory, _disk, _blas, _settings, _data):
        name = examine.__name__.strip("_")
        try:
            for state, finding in examine():
                wrong += state == WRONG
                print(f"{state:<5}  {name:<8}  {_without_home(finding)}", flush=True)
        except Exception as error:  # a doctor that falls over helps nobody
            wrong += 1
            print(f"{WRONG:<5}  {name:<8}  {type(error).__name__}: {_without_home(str(error))}")
    print("Ready." if not wrong else f"{wrong} to put right, see the lines marked {WRONG}.")
    return not wrong


def _without_home(text: str) -> str:
    """Shorten the paths that an email should not show: the course's folder, the home folder."""
    text = text.replace(f"{datasets.CHECKOUT}{os.sep}", f"COURSE{os.sep}")
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _python() -> Iterator[tuple[str, str]]:
    here = f"{platform.python_version()} in {sys.prefix}"
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        yield OK, here
    else:
        wanted = " to ".join(f"{major}.{minor}" for major, minor in (OLDEST, NEWEST))
        yield WRONG, f"{here}: the course needs {wanted}; install one and run `make env`"


def _packages() -> Iterator[tuple[str, str]]:
    """Compare what is installed with uv.lock, or where there is none, with what packages need."""
    problems, installed = _unmet("mnistlab")
    if problems:
        yield WRONG, f"{_some(problems)}; run `make env` (or `uv sync`)"
        return
    lock = datasets.CHECKOUT / "uv.lock"
    if not lock.is_file():
        yield OK, f"{len(installed)}, all that the course asks for (no uv.lock here to compare)"
        return
    locked: dict[str, set[str]] = {}
    for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]:
        # A package may be locked in several versions, for different versions of Python.
        locked.setdefault(package["name"], set()).add(package["version"])
    others = [
        f"{name} {version} instead of {' or '.join(sorted(locked[name]))}"
        for name, version in installed.items()
        if name in locked and version not in locked[name]
    ]
    if not others:
        yield OK, f"{len(installed)}, in the versions of uv.lock"
    elif (Path(sys.prefix) / "conda-meta").is_dir():
        yield NOTE, f"conda's own versions, which fit: {_some(others)}"
    else:
        yield WRONG, f"not as in uv.lock: {_some(others)}; run `make env` (or `uv sync`)"


def _unmet(root: str) -> tuple[list[str], dict[str, str]]:
    """Follow the requirements of a package; return those not met, and what is installed."""
    problems, installed, waiting = [], {}, [Requirement(root)]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            problems.append(f"{requirement} is not installed")
            continue
        if not requirement.specifier.contains(package.version, prereleases=True):
            problems.append(f"{name} is {package.version}, needed {requirement.specifier}")
        if name in installed:
            continue
        installed[name] = package.version
        for line in package.requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in ["", *requirement.extras]
            ):
                waiting.append(needed)
    return sorted(set(problems)), installed


def _some(findings: list[str], most: int = 4) -> str:
    more = f" and {len(findings) - most} more" if len(findings) > most else ""
    return ", ".join(findings[:most]) + more


def _kernel() -> Iterator[tuple[str, str]]:
    """Start the kernel that notebooks name, and ask it which Python it is."""
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    cell = new_code_cell("import sys, mnistlab\nprint(sys.prefix)")
    client = NotebookClient(
        new_notebook(cells=[cell]),
        kernel_name="python3",
        timeout=KERNEL_SECONDS,
        startup_timeout=KERNEL_SECONDS,
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        client.execute()
    except Exception as error:
        last_line = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        yield WRONG, f"python3 does not start ({last_line}); run `make env` (or `uv sync`)"
        return
    prefix = cell.outputs[0]["text"].strip()
    if Path(prefix).resolve() == Path(sys.prefix).resolve():
        yield OK, "python3 starts and is this Python"
    else:
        yield (
            WRONG,
            f"python3 is another Python, in {prefix}: its kernel.json hides this one's; "
            "`jupyter kernelspec list` says where it lies, remove it",
        )


def _cores() -> Iterator[tuple[str, str]]:
    usable, there = joblib.cpu_count(), os.cpu_count()
    yield OK, f"{usable}" if usable == there else f"{usable} of {there} may be used"


def _memory() -> Iterator[tuple[str, str]]:
    memory = psutil.virtual_memory()
    finding = (
        f"{memory.available / GIGABYTE:.1f} GB of {memory.total / GIGABYTE:.1f} GB are available"
    )
    if memory.available < LEAST_MEMORY:
        yield (
            WRONG,
            f"{finding}, {LEAST_MEMORY / GIGABYTE:.1f} GB are needed: close other programs, "
            "or set MNISTLAB_SOURCE=sample",
        )
    else:
        yield OK, finding


def _disk() -> Iterator[tuple[str, str]]:
    cache = folder = datasets.cache_dir()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    finding = f"{free / GIGABYTE:.1f} GB free at {cache}"
    if not os.access(folder, os.W_OK):
        yield WRONG, f"{cache} cannot be written: change its permissions, or move the course"
    elif free < LEAST_DISK:
        yield WRONG, f"{finding}, {LEAST_DISK / GIGABYTE:.1f} GB are needed: make room there"
    else:
        yield OK, finding


def _blas() -> Iterator[tuple[str, str]]:
    import scipy.linalg  # noqa: F401 (it brings a BLAS of its own)

    pools = {
        f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown')}), "
        f"{pool['num_threads']} thread{'s' * (pool['num_threads'] != 1)}"
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }
    yield OK, "; ".join(sorted(pools)) or "the system's own, which does not say its threads"


def _settings() -> Iterator[tuple[str, str]]:
    ours = sorted(name for name in os.environ if name.startswith("MNISTLAB_"))
    threads = [name for name in os.environ if name.endswith("_NUM_THREADS")]
    said = [f"{name}={os.environ[name]}" for name in [*ours, *sorted(threads)]]
    yield OK, ", ".join(said) or "none"


def _data() -> Iterator[tuple[str, str]]:
    """Read every file of the data that lies somewhere, and compare its digest."""
    sample = datasets.load_mnist("sample")
    yield OK, f"sample: {len(sample.X_train) + len(sample.X_test):,} digits, always there"
    for dataset, files in datasets.registry().items():
        found = {file.name: list(datasets.places(file)) for file in files}
        damaged = [
            path for file in files for path in found[file.name] if not datasets.is_good(path, file)
        ]
        absent = [name for name, paths in found.items() if not paths]
        folders = sorted({str(path.parent) for paths in found.values() for path in paths})
        if dataset not in datasets.COURSE and len(absent) == len(files):
            continue  # a relative, fetched when a notebook asks for it
        if damaged:
            names = _some([str(path) for path in damaged])
            yield WRONG, f"{dataset}: damaged: {names}; delete it and run `mnistlab download`"
        elif absent:
            missing = f"{dataset}: not here ({len(absent)} of {len(files)} files missing)"
            if dataset in datasets.COURSE:
                yield NOTE, f"{missing}, so the sample is used; `mnistlab download` gets all"
            else:
                yield NOTE, f"{missing}; `mnistlab download {dataset}` gets all"
        else:
            yield OK, f"{dataset}: all {len(files)} files in {' and '.join(folders)}, digests right"
