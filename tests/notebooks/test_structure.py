"""Every notebook keeps the pattern of the course, and its prose agrees with its stored outputs.

Nothing is executed here: these tests read the notebooks as they are committed.
"""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from mnistlab.command import course

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
ANSWERS = tomllib.loads((ROOT / "mnistlab" / "answers.toml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def markdown(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def tags(cell):
    return cell.metadata.get("tags", [])


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def text_of(output):
    """Return what an output says in words: its stream, or its plain text or Markdown form."""
    data = output.get("data", {})
    return "\n".join(
        [output.get("text", "")]
        + [data[mime] for mime in ("text/plain", "text/markdown", "text/html") if mime in data]
    )


# The opening and the closing


def test_opens_with_title_promise_abilities_and_time(path):
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    title, promise, *rest = [block for block in first.source.split("\n\n") if block.strip()]
    assert title.startswith("# ") and "\n" not in title
    assert promise.strip().endswith(".")
    assert not promise.startswith(("#", "*", "-"))
    rest = "\n\n".join(rest)
    abilities = re.search(
        r"\*\*You will be able to:?\*\*:?\s*\n+((?:[-*] .*(?:\n  .*)*\n?)+)", rest
    )
    assert abilities, "no list after **You will be able to**"
    assert 3 <= len(re.findall(r"^[-*] ", abilities[1], re.M)) <= 4
    assert re.search(r"\*\*Time\*\* .*· \*\*Needs\*\* .*· \*\*Data\*\* ", rest)


def test_closes_with_seen_traps_next_sources(path):
    headings = re.findall(r"^## (.+)$", "\n\n".join(markdown(read(path))), re.M)
    assert headings[-4:] == ["What you saw", "Traps", "Next", "Sources"]


def prose_and_sources(notebook):
    prose, heading, sources = "\n\n".join(markdown(notebook)).rpartition("## Sources\n")
    assert heading
    return prose, sources


def test_sources_are_numbered_linked_and_all_cited(path):
    prose, sources = prose_and_sources(read(path))
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", sources, re.M)]
    assert numbers == list(range(1, len(numbers) + 1)) and numbers
    for item in re.split(r"^\d+\. ", sources.strip(), flags=re.M)[1:]:
        assert re.search(r"https?://|\]\(", item), f"no link in source: {item}"
    cited = {
        int(number)
        for group in re.findall(r"\[(\d+(?:\s*,\s*\d+)*)\](?!\()", prose)
        for number in group.split(",")
    }
    assert cited == set(numbers), "cited in the text and listed under Sources differ"


def test_time_line_is_the_measured_one(path):
    entry = next(n for n in course.read_course() if n["file"] == path.name)
    said = re.search(r"\*\*Time\*\* about (\d+) minutes", read(path).cells[0].source)
    assert said and int(said[1]) == entry["minutes"]


# Exercises


def exercises(notebook):
    """Yield (name, markdown, attempt cell, solution cell) for every exercise."""
    cells = notebook.cells
    for position, cell in enumerate(cells):
        heading = re.search(r"^### Exercise (\d\d-\d+)", cell.source, re.M)
        if cell.cell_type == "markdown" and heading:
            yield heading[1], cell.source, cells[position + 1], cells[position + 2]


def checked(cell):
    return re.findall(r"^check\(\s*\"(\d\d-[\w-]+)\"", cell.source, re.M)


def test_has_exercises_with_hint_check_and_folded_solution(path):
    notebook = read(path)
    found = list(exercises(notebook))
    assert len(found) >= 2
    for number, (name, text, attempt, solution) in enumerate(found, start=1):
        assert name == f"{path.name[:2]}-{number}"
        assert "<details>" in text and "Hint" in text, f"{name}: no hint"
        assert attempt.cell_type == solution.cell_type == "code"
        assert checked(attempt), f"{name}: nothing is checked"
        assert checked(attempt) == checked(solution), f"{name}: the solution checks something else"
        assert set(checked(attempt)) <= set(ANSWERS), f"{name}: not in answers.toml"
        assert "..." in attempt.source, f"{name}: nothing is left to the learner"
        assert "solution" in tags(solution)
        assert solution.metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}


def test_stored_solutions_are_right_and_attempts_unanswered(path):
    for name, _, attempt, solution in exercises(read(path)):
        said = "".join(text_of(o) for o in solution.outputs)
        assert said.count("Right. ") == len(checked(solution)), f"{name}: {said}"
        said = "".join(text_of(o) for o in attempt.outputs)
        assert "Not answered yet" in said, f"{name}: the attempt gives the answer away"


def test_every_answer_of_this_notebook_is_asked_for(path):
    asked = {name for cell in code_cells(read(path)) for name in checked(cell)}
    assert asked == {name for name in ANSWERS if name.startswith(path.name[:2])}


def test_asks_for_predictions(path):
    asked = "\n".join(markdown(read(path))).count("**Predict first.**")
    assert 1 <= asked <= 3


# Code cells and stored outputs


def test_is_small_and_its_cells_are_short(path):
    cells = code_cells(read(path))
    assert path.stat().st_size < 1_000_000
    assert len(cells) < 60
    for cell in cells:
        assert len(cell.source.splitlines()) <= 25, cell.source


def test_was_executed_once_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


def test_ids_and_metadata_are_those_of_make_refresh(path):
    stored = path.read_text(encoding="utf-8")
    tidied = course.tidy(nbformat.reads(stored, as_version=4))
    assert nbformat.writes(tidied) + "\n" == stored


def test_outputs_are_clean(path):
    for output in outputs(read(path)):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", text_of(output)
        assert "Warning" not in text_of(output)


MACHINE_PATH = re.compile(
    r"(?<![\w.])(/(?:work|root|home|tmp|Users|private|var)/[\w.-]+|[A-Z]:\\\w+)"
)


def test_holds_no_path_of_a_machine(path):
    notebook = read(path)
    for text in [cell.source for cell in notebook.cells] + [text_of(o) for o in outputs(notebook)]:
        assert not MACHINE_PATH.search(text), MACHINE_PATH.search(text)[0]


def test_few_cells_are_left_unchecked(path):
    cells = code_cells(read(path))
    ignored = [cell for cell in cells if "nbval-ignore-output" in tags(cell)]
    assert len(ignored) <= len(cells) / 4
    assert not any("nbval-skip" in tags(cell) for cell in cells)


def test_every_picture_has_alt_text_that_says_something(path):
    notebook = read(path)
    for output in outputs(notebook):
        if "image/png" in output.get("data", {}):
            alt = output.metadata["image/png"]["alt"]
            assert len(alt) > 25 and alt.endswith("."), alt
    for text in markdown(notebook):
        for alt in re.findall(r"!\[([^\]]*)\]\(", text):
            assert len(alt) > 25, "a drawn figure without alt text"


def test_relative_links_resolve(path):
    for text in markdown(read(path)):
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not target.startswith(("http://", "https://", "#", "mailto:")):
                assert (path.parent / target.split("#")[0]).exists(), target


def test_sections_are_one_level_deep_and_never_empty(path):
    levels = [
        len(hashes) for text in markdown(read(path)) for hashes in re.findall(r"^(#+) ", text, re.M)
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


# Numbers: what the prose says is what a cell shows, or what a source is cited for

NUMBER = re.compile(
    r"(?<![\w.,#-])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w-])|(?<![\w.,#-])\d+(?:\.\d+)?"
)
SMALL = 12  # counts up to a dozen are language ("two of 10 digits"), not results


def without_code_links_and_formulas(text):
    text = re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|<[^>]+>", " ", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"\b[Nn]otebooks?\s+\d\d(?:(?:\s+(?:and|to)\s+|, )\d\d)*", " ", text)
    return re.sub(r"Exercise \d\d-\d+|\b(?:19|20)\d\ds?\b", " ", text)


def numbers_in(text):
    """Return the numbers in a text, as written and without thousands separators."""
    return [found.replace(",", "") for found in NUMBER.findall(text)]


def agrees(said, shown):
    """Tell whether a number in prose is a number that was shown, rounded as the prose rounds it."""
    decimals = len(said.partition(".")[2])
    unit = 10.0**-decimals
    return any(abs(float(said) - scale * shown) <= unit / 2 + 1e-9 for scale in (1, 100))


def unsupported_numbers(notebook):
    """Return (number, paragraph) for each number that no cell shows and no source is cited for."""
    shown = set()
    for cell in code_cells(notebook):
        # 1_000_000 in code is 1000000; letters keep names such as float32 out
        shown |= {float(n) for n in numbers_in(re.sub(r"(?<=\d)_(?=\d)", "", cell.source))}
        for output in cell.outputs:
            plain = re.sub(r"[A-Za-z_]\w*|<[^>]+>", " ", text_of(output))
            shown |= {float(n) for n in numbers_in(plain)}
    prose, _ = prose_and_sources(notebook)
    paragraphs = re.split(r"\n\s*\n|\n(?=[-*|] )", prose)
    return [
        (number, paragraph.strip())
        for paragraph in paragraphs
        if not re.search(r"\[\d+(?:\s*,\s*\d+)*\](?!\()", paragraph) and "**Time**" not in paragraph
        for number in numbers_in(without_code_links_and_formulas(paragraph))
        if not (number.isdigit() and int(number) <= SMALL)
        and not any(agrees(number, value) for value in shown)
    ]


def test_numbers_in_prose_are_shown_or_cited(path):
    assert unsupported_numbers(read(path)) == []


def test_a_changed_number_would_be_found(path):
    # The check above must be able to fail.
    changed = read(path)
    changed.cells.insert(1, nbformat.v4.new_markdown_cell("Right 31.4159 times in 1,234,567."))
    found = [number for number, _ in unsupported_numbers(changed)]
    assert "31.4159" in found and "1234567" in found
