"""All checks, as `make test` runs them (Windows: `uv run python tests/run_all.py`).

1. pytest: the package, the pattern of the notebooks, the course in a real browser.
2. Every notebook runs without errors on the bundled sample, offline; solutions must pass their
   checks.
3. Where the full data is on disk, every notebook runs on it and gives the outputs stored in it,
   to the letter (nbval has no tolerance for numbers).
4. In CI, the same once more with another BLAS kernel: other roundings, the same outputs.

Exit code 1 when one of them fails; the others still run.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from joblib import cpu_count

from mnistlab.command import course

ROOT = Path(__file__).parents[1]
# The slowest first, so that none is left over for one core at the end.
NOTEBOOKS = [
    ROOT / "notebooks" / entry["file"]
    for entry in sorted(course.read_course(), key=lambda entry: -entry["run_seconds"])
]
OFFLINE = {"MNISTLAB_OFFLINE": "1", "MNISTLAB_CHECK_STRICT": "1"}
SAMPLE = {"MNISTLAB_SOURCE": "sample", **OFFLINE}
FULL = {"MNISTLAB_SOURCE": "full", **OFFLINE}
OTHER_KERNEL = {"OPENBLAS_CORETYPE": "Sandybridge", "OMP_NUM_THREADS": "1"}

WORKERS = min(4, cpu_count())
PYTEST = [
    *(sys.executable, "-m", "pytest", "-q", "-n", str(WORKERS)),
    *("--dist", "loadfile", "--no-loadscope-reorder"),  # a file is for one worker; in this order
]
NBVAL = [
    "--nbval-current-env",
    "--nbval-cell-timeout=1800",
    "--nbval-kernel-startup-timeout=300",
    "--durations=5",
]


def run_pytest(title: str, arguments: list, settings: dict[str, str]) -> bool:
    """Run pytest with some environment variables set, and say what passed and how long it took."""
    # Two kernels with as many BLAS threads as cores each would fight for the cores.
    threads = {"OMP_NUM_THREADS": str(max(1, cpu_count() // WORKERS))}
    print(f"\n=== {title}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        [*PYTEST, *map(str, arguments)], cwd=ROOT, env={**threads, **os.environ, **settings}
    )
    passed = done.returncode == 0
    minutes = (time.monotonic() - started) / 60
    print(f"=== {title}: {'passed' if passed else 'FAILED'}, {minutes:.1f} min", flush=True)
    return passed


def compare_on_full_data(title: str, settings: dict[str, str]) -> bool:
    """Run every notebook on the full data and compare its outputs with the stored ones."""
    return run_pytest(title, ["--nbval", *NBVAL, *NOTEBOOKS], {**FULL, **settings})


LOADING = """
import sys
from mnistlab import datasets
try:
    datasets.{}
except OSError as error:
    sys.exit(str(error).splitlines()[0])
"""


def data_problem(call: str) -> str:
    """Return why some data cannot be loaded here, in one line; nothing when it can."""
    done = subprocess.run(
        [sys.executable, "-c", LOADING.format(call)],
        cwd=ROOT,
        env={**os.environ, **FULL},
        capture_output=True,
        text=True,
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def full_data_problem() -> str:
    """Return why the full data cannot be used here, in one line; nothing when it can."""
    return data_problem("load_mnist('full')") or data_problem("load_qmnist_labels()")


def main() -> int:
    """Run the checks and return the exit code."""
    results = {}
    results["tests"] = run_pytest("package, pattern and browser", ["tests"], {})
    results["sample"] = run_pytest(
        "notebooks on the sample", ["--nbval-lax", *NBVAL, *NOTEBOOKS], SAMPLE
    )
    problem = full_data_problem()
    if problem:
        print(f"\n=== notebooks on the full data: NOT compared. {problem}")
    else:
        results["full"] = compare_on_full_data("notebooks on the full data, strict", {})
        if os.environ.get("CI"):
            results["other kernel"] = compare_on_full_data(
                f"notebooks on the full data, strict, {OTHER_KERNEL}", OTHER_KERNEL
            )
    failed = [name for name, passed in results.items() if not passed]
    print(f"\n=== {'FAILED: ' + ', '.join(failed) if failed else 'all passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
