"""Store what the notebooks' explorers hold, so that they move on the site: docs/_live/*.json.

A notebook's code is run down to its explorer, and the explorer's state written: what a kernel would
send to the browser. The file notes of which code it comes; a test compares that with the notebook.

    .venv/bin/python tools/store_explorers.py           all
    .venv/bin/python tools/store_explorers.py 05 10     some
"""

import base64
import hashlib
import json
import re
import sys
import zlib
from pathlib import Path

import nbformat

from mnistlab import widgets
from mnistlab.command import course
from mnistlab.formats import whole_file

LIVE = Path(__file__).parents[1] / "docs" / "_live"
EXPLORER = re.compile(r"^explorer = (\w+Explorer)\(", re.MULTILINE)


def code_of(path: Path) -> tuple[str, str]:
    """Return an explorer's class, "" if a notebook has none, and the code down to it."""
    sources = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "solution" not in cell.metadata.get("tags", []):
            sources.append(cell.source)
            if found := EXPLORER.search(cell.source):
                return found[1], "\n".join(sources)
    return "", ""


def digest(code: str) -> str:
    """Return by what code is known."""
    return hashlib.sha256(code.encode()).hexdigest()


def store(path: Path) -> Path:
    """Run a notebook's code down to its explorer, and store what that holds; return the file."""
    widget, code = code_of(path)
    names: dict = {}
    exec(compile(code, path.name, "exec"), names)
    state = {
        name: value
        for name, value in names["explorer"].get_state().items()
        if name in getattr(widgets, widget).class_own_traits()
    }
    text = json.dumps(state, default=lambda part: {"base64": base64.b64encode(part).decode()})
    packed = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    record = {"widget": widget, "code": digest(code), "state": packed}
    LIVE.mkdir(exist_ok=True)
    with whole_file(LIVE / f"{path.stem}.json") as file:
        file.write((json.dumps(record, indent=1) + "\n").encode())
    return LIVE / f"{path.stem}.json"


if __name__ == "__main__":
    for path in course.find_notebooks(sys.argv[1:]):
        if code_of(path)[0]:
            print(store(path))
