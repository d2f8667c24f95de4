"""Run notebooks and store their outputs and minutes: ``make refresh``.

A stored notebook is the same, byte for byte, whenever the same code gave the same outputs. From
what a notebook holds, and the seconds it ran, follow the minutes a learner needs: in course.toml,
in its Time line and in the README's table.

    .venv/bin/python tools/refresh.py 03                # without a number: all
    .venv/bin/python tools/refresh.py --record 03       # note the seconds only (a quiet machine)
    .venv/bin/python tools/refresh.py --all-outputs 03  # store machine-dependent outputs, too
"""

import argparse
import hashlib
import re
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mnistlab.command import course
from mnistlab.formats import whole_file

WORDS_PER_MINUTE = 180  # reading slowly, with code between the lines
MINUTES_PER_EXERCISE = 4
MINUTES_PER_PREDICTION = 1
MINUTES_PER_CELL = 0.25  # to read a code cell, and what came out of it
IGNORED_BY_NBVAL = "nbval-ignore-output"  # the tag of a cell whose output depends on the machine
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# Notes that editors and runners leave in a cell's metadata: they change without the cell changing.
VOLATILE = {
    "ExecuteTime",
    "collapsed",
    "execution",
    "jupytext",
    "lines_to_next_cell",
    "papermill",
    "scrolled",
    "trusted",
}
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
TABLE_START, TABLE_END = "<!-- course table: made by `make refresh` -->", "<!-- end of table -->"


# ------------------------------------------------------------------ storing


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Take out of a notebook what changes although the course has not; change it in place.

    Cell ids follow from the source (`check` knows a solution by its id), metadata of editors and
    runners goes, and so do widget views (random ids, no state). Streams are whole already: nbclient
    joins their pieces.
    """
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen = Counter()
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        if "solution" in cell.metadata.get("tags", []):
            digest = f"solution-{digest}"
        seen[digest] += 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        for key in VOLATILE & cell.metadata.keys():
            del cell.metadata[key]
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            output.pop("transient", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("data", True)]
    return notebook


def store(notebook: NotebookNode, path: Path, *, all_outputs: bool = False) -> bool:
    """Write a notebook in place, unless only machine-dependent outputs differ.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        As executed.
    path : pathlib.Path
        Where it came from.
    all_outputs : bool
        Write it also when only machine-dependent outputs differ.

    Returns
    -------
    bool
        Whether the file was written.
    """
    tidy(notebook)
    old = nbformat.read(path, as_version=4)
    complete = all(cell.execution_count for cell in old.cells if cell.cell_type == "code")
    same = _without_machine(old) == _without_machine(notebook)
    if complete and same and not all_outputs:
        return False
    write(path, nbformat.writes(notebook) + "\n")
    return True


def _without_machine(notebook: NotebookNode) -> str:
    """Return the notebook as text, without the outputs that depend on the machine."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code" and IGNORED_BY_NBVAL in cell.metadata.get("tags", []):
            cell.outputs = []
    return nbformat.writes(copy)


def write(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with whole_file(path) as file:
        file.write(text.encode())


# ------------------------------------------------------------------ minutes, in every place


def words(prose: str) -> int:
    """Count the words a reader reads in Markdown: tags and addresses are none."""
    prose = re.sub(r"<[^>]+>|\]\([^)]*\)|https?://\S+", " ", prose)
    return len(re.findall(r"\w+(?:[-'’]\w+)*", prose))


def is_read(cell: NotebookNode) -> bool:
    """Say whether a cell is code to be read: no exercise or solution, whose minutes count alone."""
    return cell.cell_type == "code" and not re.search(r"^check\(", cell.source, re.MULTILINE)


def minutes(notebook: NotebookNode, run_seconds: float) -> int:
    """Estimate how long a learner needs for a notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook.
    run_seconds : float
        Measured seconds to run it from top to bottom.

    Returns
    -------
    int
        Reading, running, predictions and exercises in minutes, to the nearest five (at least five).
    """
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    exercises = len(re.findall(r"^#+ Exercise", prose, flags=re.MULTILINE))
    total = words(prose) / WORDS_PER_MINUTE + run_seconds / 60 + MINUTES_PER_EXERCISE * exercises
    total += MINUTES_PER_PREDICTION * prose.count("**Predict first.**")
    total += MINUTES_PER_CELL * sum(map(is_read, notebook.cells))
    return max(5, 5 * round(total / 5))


def course_table() -> str:
    """Return the README's table of the course, in Markdown."""
    lines = ["| Notebook | What you do | Needs | Minutes |", "|---|---|---|---|"]
    for entry in course.read_course():
        link = f"[{Path(entry['file']).stem}](notebooks/{entry['file']})"
        lines.append(
            f"| {link} | **{entry['title']}**<br>{entry['summary']} | {entry['needs']} "
            f"| {entry['minutes']} |"
        )
    return "\n".join(lines)


def write_minutes(paths: list[Path]) -> None:
    """Bring the minutes of some notebooks up to date: ``course.toml``, Time line, README's table.

    Notebooks that ``course.toml`` does not list are left out.
    """
    folder = course.notebooks_dir()
    for entry in course.read_course():
        path = folder / entry["file"]
        if path in paths:
            estimate = minutes(nbformat.read(path, as_version=4), entry["run_seconds"])
            set_in_toml(folder / "course.toml", entry["file"], "minutes", estimate)
            line = f"**Time** about {estimate} minutes"
            replace_in(path, r"\*\*Time\*\* about \d+ minutes", line)
    if (readme := folder.parent / "README.md").is_file():
        table = f"{TABLE_START}\n{course_table()}\n{TABLE_END}"
        replace_in(readme, f"{TABLE_START}.*?{TABLE_END}", table.replace("\\", r"\\"))


def replace_in(path: Path, pattern: str, new: str) -> bool:
    """Replace what matches first in a text file, as `re.sub` does; return whether any did."""
    text = path.read_text(encoding="utf-8")
    changed, found = re.subn(pattern, new, text, count=1, flags=re.DOTALL | re.MULTILINE)
    if changed != text:
        write(path, changed)
    return bool(found)


def set_in_toml(toml: Path, file: str, key: str, value: int) -> None:
    """Change one number in one entry of ``course.toml``; comments and order stay."""
    entry = rf'(file = "{re.escape(file)}"(?:(?!\[\[).)*?^{key} = )\d+'
    if not replace_in(toml, entry, rf"\g<1>{value}"):
        raise ValueError(f"{toml}: the entry of {file} has no line '{key} = <number>'")


# ------------------------------------------------------------------ the command


def _record(path: Path, _: NotebookNode, seconds: float) -> str:
    toml = course.notebooks_dir() / "course.toml"
    set_in_toml(toml, path.name, "run_seconds", round(seconds))
    return "recorded"


def _store(path: Path, notebook: NotebookNode, _: float, *, all_outputs: bool) -> str:
    return "stored" if store(notebook, path, all_outputs=all_outputs) else "nothing changed"


def refresh(names: list[str], *, record: bool = False, all_outputs: bool = False) -> bool:
    """Run notebooks and store their outputs; return whether all ran to their end.

    Parameters
    ----------
    names : list of str
        As typed: numbers, names or paths; nothing means the whole course.
    record : bool
        Store the measured seconds, and the minutes that follow from them, but no outputs.
    all_outputs : bool
        Store a notebook even when only outputs differ that depend on the machine.
    """
    paths = course.find_notebooks(names)
    if record:
        done = course.run(names, _record)
        write_minutes(paths)
        return done
    write_minutes(paths)  # before the first run: notebook 00 shows the minutes of all
    return course.run(names, partial(_store, all_outputs=all_outputs))


def main() -> int:
    """Read what was typed, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="e.g. 03; all if left out")
    parser.add_argument(
        "--record", action="store_true", help="store the measured seconds, no outputs"
    )
    parser.add_argument(
        "--all-outputs",
        action="store_true",
        help="store also where only outputs that depend on the machine are new",
    )
    options = parser.parse_args()
    done = refresh(options.notebooks, record=options.record, all_outputs=options.all_outputs)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
