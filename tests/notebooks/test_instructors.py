"""The instructor's guide says what the notebooks say, and its sheets fit the time they promise."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import refresh
import run_sheets

from mnistlab.command import course

ROOT = Path(__file__).parents[2]

GUIDE = run_sheets.GUIDE.read_text(encoding="utf-8")
PLANS = tomllib.loads(run_sheets.SHEETS.read_text(encoding="utf-8"))


def rows_under(heading):
    table = GUIDE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def read(number):
    (path,) = course.find_notebooks([number])
    return path.stem, nbformat.read(path, as_version=4)


def test_sheets_are_those_of_the_notebooks_as_they_are():
    assert run_sheets.guide() == GUIDE, "run `python tools/run_sheets.py`"


@pytest.mark.parametrize("name", PLANS)
def test_a_sheet_fits_its_time(name):
    _, total = run_sheets.sheet(name)
    planned = PLANS[name]["plan"]["minutes"]
    assert 0.8 * planned <= total <= 0.97 * planned, (total, planned)


def test_a_longer_notebook_makes_a_longer_sheet(monkeypatch):
    before = run_sheets.sheet("ninety")[1]
    monkeypatch.setattr(refresh, "words", lambda text: 400 + len(text.split()))
    assert run_sheets.sheet("ninety")[1] > before + 10


def test_every_section_of_the_sheets_was_measured():
    measured = run_sheets.json.loads(run_sheets.SECONDS.read_text(encoding="utf-8"))
    for name, sections in measured.items():
        there = run_sheets.sections(read(name[:2])[1])
        assert list(sections) == list(there), f"{name} has changed: measure it again"


def test_two_days_take_up_the_course_up_to_the_web_page():
    used = {block.get("notebook") for block in PLANS["days"]["block"]} - {None}
    assert used == {"00", "01", "02", "03", "04", "05", "07", "13", "14"}


@pytest.mark.parametrize("row", rows_under("Where everybody should be"), ids="/".join)
def test_checkpoints_are_stored_outputs(row):
    number, place, shown = row
    stem, notebook = read(number)
    assert place == "exercises" or any(
        place in heading for heading in run_sheets.sections(notebook)
    ), f"{stem} has no section {place}"
    said = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    (expected,) = re.findall(r"`([^`]+)`", shown)
    assert expected in said


@pytest.mark.parametrize("row", rows_under("Questions for the room, and the answers to expect"))
def test_numbers_of_the_answers_are_in_their_notebook(row):
    where, _, _, point = row
    _, notebook = read(where[:2])
    everything = "\n".join(
        [cell.source for cell in notebook.cells]
        + [str(output) for cell in notebook.cells for output in cell.get("outputs", [])]
    )
    for number in re.findall(r"\d[\d,.]*\d|\d{2,}", point):
        plain = number.replace(",", "")
        assert number in everything or plain in everything or f"0.{plain}" in everything, number


def test_what_the_guide_names_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("make bundle", "mnistlab student", "MNISTLAB_MIRRORS", "PYTHON=python3.12"):
        assert command in GUIDE and command in readme
