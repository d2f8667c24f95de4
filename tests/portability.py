"""Do the stored outputs hold on other processors? `make portability` runs this.

Every notebook runs on the full data and is compared with its stored outputs, under several thread
counts and under several of OpenBLAS's kernels, each of which adds up in another order. A kernel
that this processor cannot execute, or uses anyway, is named and left out: run this on two
different machines to cover them all.
"""

import os
import subprocess
import sys

from run_all import compare_on_full_data, full_data_problem

THREADS = ["1", "2", "4"]
KERNELS = ["Haswell", "SkylakeX", "Sandybridge", "Nehalem"]

MULTIPLY_AND_NAME_KERNEL = """
import numpy, scipy.linalg, threadpoolctl
numpy.ones((300, 300)) @ numpy.ones((300, 300))
numpy.ones((300, 300), "f4") @ numpy.ones((300, 300), "f4")
pools = threadpoolctl.threadpool_info()
print(*sorted({pool["architecture"] for pool in pools if "architecture" in pool}))
"""


def kernel_in_use(wanted: str = "") -> str | None:
    """Return the kernel OpenBLAS uses when `wanted` is asked for; None when it cannot run."""
    settings = {"OPENBLAS_CORETYPE": wanted} if wanted else {}
    done = subprocess.run(
        [sys.executable, "-c", MULTIPLY_AND_NAME_KERNEL],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else None


def main() -> int:
    """Compare under every setting that means something here, and print one line for each."""
    problem = full_data_problem()
    if problem:
        print(f"make portability needs the full data. {problem}")
        return 1
    default = kernel_in_use()
    lines, failed = [f"this processor's own kernel: {default or 'not OpenBLAS'}"], False
    settings = [{"OMP_NUM_THREADS": count} for count in THREADS]
    for kernel in KERNELS:
        used = kernel_in_use(kernel)
        if used is None:
            lines.append(f"{kernel}: NOT run, this processor lacks its instructions")
        elif used == default and kernel != default:
            lines.append(f"{kernel}: NOT run, OpenBLAS falls back to {used} here")
        elif used == default:
            lines.append(f"{kernel}: this processor's own, covered by the thread counts")
        else:
            settings.append({"OPENBLAS_CORETYPE": kernel})
    for setting in settings:
        name = " ".join(f"{key}={value}" for key, value in setting.items())
        passed = compare_on_full_data(name, setting)
        failed |= not passed
        lines.append(f"{name}: {'same outputs' if passed else 'outputs DIFFER'}")
    print("\n=== portability", *lines, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
