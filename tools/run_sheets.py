"""Write the run sheets of docs/instructors.md: minutes per section, from what was measured.

A section's minutes are reading (as the course counts it), half a minute for each code cell, its
predictions and exercises, and the seconds its cells took. The seconds were measured on two cores
with the full data and are kept in docs/section_seconds.json::

    .venv/bin/python tools/run_sheets.py --measure 03   # run a notebook, note its sections' seconds
    .venv/bin/python tools/run_sheets.py                 # write the sheets

`tests/notebooks/test_instructors.py` says when a sheet is out of date.
"""

import argparse
import json
import re
import time
import tomllib
from math import ceil
from pathlib import Path

import nbformat
import refresh
from nbclient import NotebookClient

from mnistlab.command import course

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "instructors.md"
SHEETS = ROOT / "docs" / "run_sheets.toml"
SECONDS = ROOT / "docs" / "section_seconds.json"
# A room needs twice as long as somebody alone.
MINUTES_PER_CELL = 0.5  # somebody says what it does, it runs, everybody looks
MINUTES_PER_PREDICTION = 2  # ask, let everybody write a number down, collect
CLOSING = ("What you saw", "Traps", "Next", "Sources")  # read at home
OPENING = "(opening)"


def sections(notebook):
    """Return {heading: list of cells} of a notebook, in order; the closing ones are left out."""
    found, heading = {OPENING: []}, OPENING
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := re.search(r"^## (.+)$", cell.source, re.M)):
            heading = match[1]
        if heading in CLOSING:
            break
        found.setdefault(heading, []).append(cell)
    return found


def measure(path):
    """Run a notebook and return the seconds of each section."""
    notebook = nbformat.read(path, as_version=4)
    taken, started = {}, {}

    def begin(cell, **_):
        started["cell"] = time.perf_counter()

    def end(cell, **_):
        taken[cell.id] = time.perf_counter() - started["cell"]

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=course.SECONDS_PER_CELL,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=begin,
        on_cell_executed=end,
    )
    client.execute()
    return {
        heading: round(sum(taken.get(cell.id, 0) for cell in cells), 1)
        for heading, cells in sections(notebook).items()
    }


def minutes(cells, seconds, exercises):
    """Return the minutes a room needs for a section, at least 1."""
    prose = [nbformat.v4.new_markdown_cell(c.source) for c in cells if c.cell_type == "markdown"]
    text = "\n".join(cell.source for cell in prose)
    found = len(re.findall(r"^### Exercise", text, re.M))
    words = refresh.words(text)
    total = words / refresh.WORDS_PER_MINUTE + seconds / 60
    total += MINUTES_PER_PREDICTION * text.count("**Predict first.**")
    total += MINUTES_PER_CELL * sum(map(refresh.is_read, cells))
    return max(1, ceil(total + refresh.MINUTES_PER_EXERCISE * found * exercises))


def rows(blocks):
    """Yield (minutes, what, from where) for each block of a sheet."""
    measured = json.loads(SECONDS.read_text(encoding="utf-8"))
    for block in blocks:
        if "notebook" not in block:
            yield block["minutes"], block["what"], ""
            continue
        (path,) = course.find_notebooks([block["notebook"]])
        there = sections(nbformat.read(path, as_version=4))
        if unknown := set(block.get("leave_out", [])) - set(there):
            raise KeyError(f"{path.stem} has no section {', '.join(unknown)} to leave out")
        for heading in block.get("sections", there):
            if heading in block.get("leave_out", []):
                continue
            spent = minutes(
                there[heading], measured[path.stem][heading], block.get("exercises", True)
            )
            spent += block.get("hands_on", 0)
            yield spent, block.get("how", "together"), f"{path.stem[:2]} · {heading}"


def sheet(name):
    """Return one run sheet as a Markdown table with a running clock, and its length in minutes."""
    plan = tomllib.loads(SHEETS.read_text(encoding="utf-8"))[name]
    lines = ["| from | minutes | section | how |", "|---:|---:|---|---|"]
    clock = total = 0
    for spent, what, where in rows(plan["block"]):
        if what == "next day":
            lines.append("| | | **Second day** | |")
            clock = 0
            continue
        place, how = (where, what) if where else (f"*{what}*", "")
        lines.append(f"| {clock // 60}:{clock % 60:02} | {spent} | {place} | {how} |")
        clock += spent
        total += spent
    return "\n".join(lines), total


def guide():
    """Return docs/instructors.md with its sheets renewed."""
    text = GUIDE.read_text(encoding="utf-8")
    for name in tomllib.loads(SHEETS.read_text(encoding="utf-8")):
        table, total = sheet(name)
        start, end = f"<!-- sheet {name} -->", f"<!-- end of sheet {name} -->"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        spent = f"{total // 60} h {total % 60:02} min" if total > 120 else f"{total} minutes"
        text = f"{before}{start}\n{table}\n\nTogether {spent}.\n{end}{after}"
    return text


def main():
    """Measure notebooks, or write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", nargs="+", metavar="NOTEBOOK")
    names = parser.parse_args().measure
    if names:
        for path in course.find_notebooks(names):
            seconds = measure(path)
            record = json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.is_file() else {}
            record = dict(sorted({**record, path.stem: seconds}.items()))
            refresh.write(SECONDS, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
            print(path.stem, sum(seconds.values()), flush=True)
    else:
        refresh.write(GUIDE, guide())


if __name__ == "__main__":
    main()
