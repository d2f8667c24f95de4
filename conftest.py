"""What the checks of the notebooks need beyond nbval.

- A cell that writes to stderr fails. nbval sees stderr only where it compares a cell's outputs:
  not on the sample, and not in a cell whose outputs depend on the machine.
- A kernel that dies at its start is started again. Its ports are chosen before it opens them, and
  on a busy machine another program may take one in between.
"""

from collections.abc import Generator

import nbval.kernel
import pytest

START_TRIES = 3

start_kernel_once = nbval.kernel.start_new_kernel


def start_kernel(*args, **kwargs):
    """Start a kernel as nbval does; again when it dies before its first answer."""
    for _ in range(START_TRIES - 1):
        try:
            return start_kernel_once(*args, **kwargs)
        except RuntimeError:
            continue
    return start_kernel_once(*args, **kwargs)


nbval.kernel.start_new_kernel = start_kernel


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test; after a notebook's cell, look at what it wrote."""
    result = yield
    for output in getattr(item, "test_outputs", None) or []:  # nbval's items have it
        if output.get("name") == "stderr":
            item.raise_cell_error(f"The cell wrote to stderr: {output.text}")
    return result
