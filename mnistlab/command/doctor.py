"""Is this machine ready for the course? One line for each thing that has gone wrong for others.

The output fits in an email and names no one (the home folder is written ``~``, the folder that the
course lies in ``COURSE``).
"""

import os
import platform
import shutil
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import joblib
import nbclient
import psutil
import scipy.linalg  # noqa: F401 (it brings a BLAS of its own)
import threadpoolctl
from nbformat.v4 import new_code_cell, new_notebook
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .. import datasets

OLDEST, NEWEST = (3, 11), (3, 14)
KERNEL_SECONDS = 120
LEAST_MEMORY = 1.5e9  # notebook 07 on the full data, with JupyterLab and a browser tab
LEAST_DISK = 0.3e9  # the zipped data, the unzipped data, cached results

# How a line starts. Only WRONG makes the exit code 1.
OK, NOTE, WRONG = "ok", "note", "WRONG"
Findings = Iterator[tuple[str, str]]


def doctor() -> bool:
    """Examine the machine, print a line for each finding, and return whether nothing is wrong."""
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


def _some(findings: list[str], most: int = 4) -> str:
    more = f" and {len(findings) - most} more" if len(findings) > most else ""
    return ", ".join(findings[:most]) + more


def _python() -> Findings:
    here = f"{platform.python_version()} in {sys.prefix}"
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        yield OK, here
    else:
        wanted = " to ".join(f"{major}.{minor}" for major, minor in (OLDEST, NEWEST))
        yield WRONG, f"{here}: the course needs {wanted}; install one and run `make env`"


def _packages() -> Findings:
    """Compare what is installed with what packages need, and with uv.lock where there is one."""
    installed: dict[str, str] = {}
    problems = sorted(set(_unmet(Requirement("mnistlab"), installed)))
    lock = datasets.CHECKOUT / "uv.lock"
    others = _not_as_locked(installed, lock) if lock.is_file() else []
    if problems:
        yield WRONG, f"{_some(problems)}; run `make env` (or `uv sync`)"
    elif others and (Path(sys.prefix) / "conda-meta").is_dir():
        yield NOTE, f"conda's own versions, which fit: {_some(others)}"
    elif others:
        yield WRONG, f"not as in uv.lock: {_some(others)}; run `make env` (or `uv sync`)"
    elif lock.is_file():
        yield OK, f"{len(installed)}, in the versions of uv.lock"
    else:
        yield OK, f"{len(installed)}, all that the course asks for (no uv.lock here to compare)"


def _unmet(needed: Requirement, installed: dict[str, str]) -> Iterator[str]:
    """Follow a requirement; yield what is not met, and note in `installed` what is there.

    `pip check` would look at packages that the course does not need, and uv installs no pip.
    """
    name = canonicalize_name(needed.name)
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        yield f"{needed} is not installed"
        return
    if not needed.specifier.contains(package.version, prereleases=True):
        yield f"{name} is {package.version}, needed {needed.specifier}"
    if name not in installed:
        installed[name] = package.version
        for further in map(Requirement, package.requires or []):
            marker, extras = further.marker, ["", *needed.extras]
            if not marker or any(marker.evaluate({"extra": extra}) for extra in extras):
                yield from _unmet(further, installed)


def _not_as_locked(installed: dict[str, str], lock: Path) -> list[str]:
    locked = defaultdict(set)  # a package may be locked in several versions, for several Pythons
    for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]:
        locked[package["name"]].add(package["version"])
    return [
        f"{name} {version} instead of {' or '.join(sorted(locked[name]))}"
        for name, version in installed.items()
        if name in locked and version not in locked[name]
    ]


def _kernel() -> Findings:
    """Start the kernel that notebooks name, and ask it which Python it is."""
    cell = new_code_cell("import sys, mnistlab\nprint(sys.prefix)")
    options = {"timeout": KERNEL_SECONDS, "startup_timeout": KERNEL_SECONDS}
    options |= {"kernel_name": "python3", "extra_arguments": ["--log-level=ERROR"]}
    try:
        nbclient.execute(new_notebook(cells=[cell]), **options)
    except Exception as error:
        last_line = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        yield WRONG, f"python3 does not start ({last_line}); run `make env` (or `uv sync`)"
        return
    prefix = cell.outputs[0]["text"].strip()
    if Path(prefix).resolve() == Path(sys.prefix).resolve():
        yield OK, "python3 starts and is this Python"
    else:
        hidden = "its kernel.json hides this one's; `jupyter kernelspec list` says where it lies"
        yield WRONG, f"python3 is another Python, in {prefix}: {hidden}, remove it"


def _cores() -> Findings:
    usable, there = joblib.cpu_count(), os.cpu_count()
    yield OK, f"{usable}" if usable == there else f"{usable} of {there} may be used"


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB"


def _memory() -> Findings:
    memory = psutil.virtual_memory()
    finding = f"{_gb(memory.available)} of {_gb(memory.total)} are available"
    if memory.available < LEAST_MEMORY:
        advice = "close other programs, or set MNISTLAB_SOURCE=sample"
        yield WRONG, f"{finding}, {_gb(LEAST_MEMORY)} are needed: {advice}"
    else:
        yield OK, finding


def _disk() -> Findings:
    cache = datasets.cache_dir()
    folder = next(parent for parent in (cache, *cache.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    finding = f"{_gb(free)} free at {cache}"
    if not os.access(folder, os.W_OK):
        yield WRONG, f"{cache} cannot be written: change its permissions, or move the course"
    elif free < LEAST_DISK:
        yield WRONG, f"{finding}, {_gb(LEAST_DISK)} are needed: make room there"
    else:
        yield OK, finding


def _blas() -> Findings:
    pools = {
        f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown')}), "
        f"{pool['num_threads']} thread{'s' * (pool['num_threads'] != 1)}"
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }
    yield OK, "; ".join(sorted(pools)) or "the system's own, which does not say its threads"


def _settings() -> Findings:
    ours = [n for n in os.environ if n.startswith("MNISTLAB_") or n.endswith("_NUM_THREADS")]
    yield OK, ", ".join(f"{name}={os.environ[name]}" for name in sorted(ours)) or "none"


def _data() -> Findings:
    """Read every file of the data that lies somewhere, and compare its digest."""
    sample = datasets.load_mnist("sample")
    yield OK, f"sample: {len(sample.X_train) + len(sample.X_test):,} digits, always there"
    for dataset, files in datasets.registry().items():
        found = [(path, file) for file in files for path in datasets.places(file)]
        damaged = [str(path) for path, file in found if not datasets.is_good(path, file)]
        absent = len(files) - len({file.name for _, file in found})
        ours = dataset in datasets.COURSE
        if damaged:
            advice = "delete it and run `mnistlab download`"
            yield WRONG, f"{dataset}: damaged: {_some(damaged)}; {advice}"
        elif not absent:
            folders = " and ".join(sorted({str(path.parent) for path, _ in found}))
            yield OK, f"{dataset}: all {len(files)} files in {folders}, digests right"
        elif ours or found:  # a relative is fetched when a notebook asks for it
            used = ", so the sample is used" if ours else ""
            ask = "mnistlab download" if ours else f"mnistlab download {dataset}"
            missing = f"not here ({absent} of {len(files)} files missing){used}"
            yield NOTE, f"{dataset}: {missing}; `{ask}` gets all"
