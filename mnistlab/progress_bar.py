"""A progress bar that leaves a notebook the same on every run.

tqdm prints times and rates, or a widget with a random id: a stored page would differ after each
run. In Jupyter this bar updates one HTML output in place and ends as it began, with a constant
line. In a terminal it is tqdm, on stdout.
"""

import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape

from IPython import get_ipython
from IPython.display import display
from tqdm import tqdm

SECONDS_BETWEEN_UPDATES = 0.1


@dataclass
class ProgressBar:
    """A bar that is told how far the work has come; use it in a ``with`` statement."""

    label: str  # what is being done
    total: int  # of how many steps
    unit: str = "steps"  # what a step is
    done: int = 0
    _drawn_at: float = 0.0

    def __enter__(self) -> "ProgressBar":
        # Only a kernel can update an output in place; IPython in a terminal counts as a terminal.
        self._in_notebook = hasattr(get_ipython(), "kernel")
        if self._in_notebook:
            # nbval compares the first state, the stored page holds the last one: they are the same.
            self._handle = display(self._resting(), raw=True, display_id=True)
        else:
            self._bar = tqdm(desc=self.label, total=self.total, unit=self.unit, file=sys.stdout)
        return self

    def update(self, steps: int = 1, note: str = "") -> None:
        """Move the bar on by some steps; a note, e.g. the loss, stands beside it while it moves."""
        self.done += steps
        if not self._in_notebook:
            self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(steps)
        elif time.monotonic() - self._drawn_at > SECONDS_BETWEEN_UPDATES:
            self._drawn_at = time.monotonic()
            self._handle.update(self._moving(note), raw=True)

    def __exit__(self, *_: object) -> None:
        """Leave one constant line behind, also after an error or an interrupt."""
        if self._in_notebook:
            self._handle.update(self._resting(), raw=True)
        else:
            self._bar.close()

    def _resting(self) -> dict[str, str]:
        line = f"{self.label}: {self.total:,} {self.unit}"
        return {"text/plain": line, "text/html": f"<small>{escape(line)}</small>"}

    def _moving(self, note: str) -> dict[str, str]:
        line = f"{self.label}: {self.done:,} of {self.total:,} {note}".rstrip()
        bar = f'<progress max="{self.total}" value="{self.done}" aria-label="{escape(self.label)}">'
        return {"text/plain": line, "text/html": f"{bar}</progress> <small>{escape(line)}</small>"}


def progress(items: Collection, label: str) -> Iterator:
    """Yield the items of a collection, with a progress bar; `label` says what is being done."""
    with ProgressBar(label, len(items)) as bar:
        for item in items:
            yield item
            bar.update()
