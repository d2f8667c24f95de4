"""What nbval leaves unsaid: a notebook's cell that writes to stderr fails, compared or not.

nbval sees stderr only where it compares a cell's outputs: not on the sample, and not in a cell
whose outputs depend on the machine.
"""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test; after a notebook's cell, look at what it wrote."""
    result = yield
    for output in getattr(item, "test_outputs", None) or []:  # nbval's items have it
        if output.get("name") == "stderr":
            item.raise_cell_error(f"The cell wrote to stderr: {output.text}")
    return result
