"""A progress bar that leaves a notebook the same on every run.

tqdm prints times and rates, or a widget with a random id: a stored page would differ after each
run. In Jupyter this bar updates one HTML output in place and ends as it began, with a constant
line. In a terminal it is tqdm, on stdout.
"""

import sys
from collections.abc import Collection, Iterator
from html import escape
from typing import Any

from IPython import get_ipython
from IPython.display import display
from tqdm import tqdm


class ProgressBar(tqdm):
    """A bar that is told how far the work has come; use it in a ``with`` statement.

    `label` says what is being done, `total` of how many steps, `unit` what a step is; `items`, if
    the bar is to count them itself. What `set_postfix_str` notes stands beside it while it moves.
    """

    def __init__(
        self, label: str, total: int, unit: str = "steps", items: Collection | None = None
    ) -> None:
        # Only a kernel can update an output in place; IPython in a terminal counts as a terminal.
        if in_notebook := hasattr(get_ipython(), "kernel"):
            # nbval compares the first state, the stored page holds the last one: they are the same.
            self._resting = _shown(f"{label}: {total:,} {unit}")
            self._handle = display(self._resting, raw=True, display_id=True)
        options = {"unit": unit, "file": sys.stdout, "miniters": 1, "gui": in_notebook}
        super().__init__(items, label, total, **options)
        if in_notebook:
            self._instances.discard(self)  # or tqdm.write would look for its terminal

    def display(self, *arguments: Any, **options: Any) -> None:
        """Draw the bar as it is."""
        if not self.gui:
            return super().display(*arguments, **options)
        line = f"{self.desc}: {self.n:,} of {self.total:,} {self.postfix or ''}".rstrip()
        bar = f'<progress max="{self.total}" value="{self.n}" aria-label="{escape(self.desc)}">'
        self._handle.update(_shown(line, f"{bar}</progress> "), raw=True)

    def close(self) -> None:
        """Leave one line behind, also after an error or an interrupt: in Jupyter the first one."""
        if not getattr(self, "disable", True) and self.gui:  # TQDM_DISABLE leaves gui unset
            self._handle.update(self._resting, raw=True)
        super().close()


def _shown(line: str, bar: str = "") -> dict[str, str]:
    return {"text/plain": line, "text/html": f"{bar}<small>{escape(line)}</small>"}


def progress(items: Collection, label: str) -> Iterator:
    """Yield the items of a collection, with a progress bar; `label` says what is being done."""
    yield from ProgressBar(label, len(items), items=items)
