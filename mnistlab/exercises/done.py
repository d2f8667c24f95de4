"""Which exercises a learner has done: their names, in one small file in the learner's home."""

import os
from contextlib import suppress
from pathlib import Path

from ..formats import whole_file


def done_file() -> Path | None:
    """Return the file, or None where nothing is kept (``MNISTLAB_DONE`` is set, and empty)."""
    named = os.environ.get("MNISTLAB_DONE", Path.home() / ".mnistlab-done")
    return Path(named) if named else None


def done() -> set[str]:
    """Return the names of the exercises that were answered right once."""
    file = done_file()
    with suppress(OSError, ValueError):
        return set(file.read_text(encoding="utf-8").split()) if file else set()
    return set()


def keep(name: str) -> None:
    """Note an exercise as done. Where the file can't be written, nothing happens."""
    file, names = done_file(), done()
    if file and name not in names:
        with suppress(OSError), whole_file(file) as out:
            out.write("".join(f"{n}\n" for n in sorted({*names, name})).encode())
