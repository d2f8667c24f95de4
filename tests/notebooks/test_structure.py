"""Every notebook keeps the pattern of the course, and its prose agrees with its stored outputs.

Nothing is executed here: these tests read the notebooks as they are committed.
"""

import ast
import copy
import re
import tomllib
from itertools import pairwise

import nbformat
import pytest
import refresh
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from units import (
    HIDDEN_CODE,
    HIDDEN_OUTPUT,
    NOTEBOOKS,
    ROOT,
    SOLUTION,
    code_cells,
    is_for_learners,
    parse,
    read,
    tags,
    without_folds,
)

from mnistlab import exercises as code_exercises
from mnistlab.command import course

ANSWERS = tomllib.loads((ROOT / "data" / "answers" / "answers.toml").read_text(encoding="utf-8"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


def markdown(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


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
    assert path.stat().st_size < 1_000_000
    for cell in code_cells(read(path)):
        assert len(cell.source.splitlines()) <= 25, cell.source


def test_was_executed_once_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


def test_ids_and_metadata_are_those_of_make_refresh(path):
    stored = path.read_text(encoding="utf-8")
    tidied = refresh.tidy(nbformat.reads(stored, as_version=4))
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


# The second edition: short, in small steps, and with the answers out of sight

MOST = {"code cells": 35, "words": 2200, "minutes": 40, "lines": 12, "columns": 88, "folded": 2}


def test_is_done_in_half_an_hour(path):
    notebook = read(path)
    entry = next(n for n in course.read_course() if n["file"] == path.name)
    assert len(code_cells(notebook)) <= MOST["code cells"]
    assert refresh.words("\n\n".join(markdown(notebook))) <= MOST["words"]
    assert entry["minutes"] <= MOST["minutes"]


def problems_of_cells(notebook):
    """Return what makes code cells hard to read or to run again."""
    problems = []
    for cell in code_cells(notebook):
        lines = cell.source.strip().splitlines()
        if is_for_learners(cell) and len(lines) > MOST["lines"]:
            problems.append(f"{len(lines)} lines: {cell.source}")
        if is_for_learners(cell) and max(map(len, lines)) > MOST["columns"]:
            problems.append(f"{max(map(len, lines))} columns: {cell.source}")
        if "fmt: skip" in cell.source:
            problems.append(f"fmt: skip: {cell.source}")
        if any(isinstance(node, ast.Delete) for node in ast.walk(parse(cell.source))):
            problems.append(f"del: {cell.source}")
        closed = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        if SOLUTION not in tags(cell) and (HIDDEN_CODE in tags(cell)) != closed:
            problems.append(f"the tag hide-input and source_hidden go together: {cell.source}")
    folded = [cell for cell in code_cells(notebook) if HIDDEN_CODE in tags(cell)]
    return problems + ["too many cells are folded"] * (len(folded) > MOST["folded"])


def test_cells_are_short_and_can_be_run_again(path):
    assert problems_of_cells(read(path)) == []


def predictions(notebook, keyword):
    """Return the position and the name of each call of predict() with a guess, or with a truth."""
    found = []
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            calls = re.findall(r"^predict\(\s*\"(\d\d-[\w-]+)\",\s*(truth=)?", cell.source, re.M)
            found += [(position, name) for name, truth in calls if bool(truth) == keyword]
    return found


def problems_of_predictions(notebook):
    """Return how a prediction is not asked for, or its answer stands on the page."""
    cells, problems = notebook.cells, []
    guesses = {name: position for position, name in predictions(notebook, keyword=False)}
    truths = {name: position for position, name in predictions(notebook, keyword=True)}
    asked = "\n".join(markdown(notebook)).count("**Predict first.**")
    if not asked == len(guesses) == len(truths) or set(guesses) != set(truths):
        problems.append(f"{asked} times asked, guessed: {list(guesses)}, told: {list(truths)}")
    for name in set(guesses) & set(truths):
        if guesses[name] > truths[name]:
            problems.append(f"{name}: told before it is asked")
        said = "".join(text_of(output) for output in cells[guesses[name]].outputs)
        if "No guess yet" not in said:
            problems.append(f"{name}: the guess is made already")
        problems += [f"{name}: {text}" for text in spoilers(cells, guesses[name], truths[name])]
    for cell in code_cells(notebook):
        collapsed = cell.metadata.get("jupyter", {}).get("outputs_hidden", False)
        if SOLUTION not in tags(cell) and (HIDDEN_OUTPUT in tags(cell)) != collapsed:
            problems.append(f"the tag hide-output and outputs_hidden go together: {cell.source}")
    return problems


def spoilers(cells, asked, told):
    """Yield what shows the answer of a prediction: the output, or a number in view."""
    if HIDDEN_OUTPUT not in tags(cells[told]):
        yield "the output is not collapsed (tag hide-output, outputs_hidden)"
    said = "".join(text_of(output) for output in cells[told].outputs)
    answer = re.search(r"The\s+answer\s+is\s+(.*)\.", said, re.S)
    if not answer:
        yield "the answering cell was not run"
        return
    values = [float(n) for n in numbers_in(answer[1]) if "." in n or int(n) > SMALL]
    after = next((i for i in range(told + 1, len(cells)) if cells[i].cell_type == "markdown"), told)
    start = max(0, asked - 1)
    for cell in cells[start : after + 1]:
        code = cell.cell_type == "code"
        text = cell.source if code else without_code_links_and_formulas(without_folds(cell.source))
        for number in numbers_in(re.sub(r"(?<=\d)_(?=\d)", "", text)):
            if not (number.isdigit() and int(number) <= SMALL):
                if any(agrees(number, value) for value in values):
                    yield f"{number} stands in view: {cell.source}"


def test_predictions_keep_their_answers_out_of_sight(path):
    assert problems_of_predictions(read(path)) == []


def plain_text(text):
    return " ".join(re.sub(r"[`*_<>/]", " ", text).split())


def without_spaces(text):
    return re.sub(r"\s+", "", text)


def lines_of_solution(cell):
    """Return what a solution assigns or returns, with and without what stands on the left."""
    nodes = [n for n in ast.walk(parse(cell.source)) if isinstance(n, ast.Assign | ast.Return)]
    lines = [ast.unparse(part) for node in nodes for part in (node, node.value) if part]
    return {line for line in map(without_spaces, lines) if len(line) >= 8}


def hints_of(name):
    """Return the hint of an exercise, and those for its mistakes."""
    entry = ANSWERS[name]
    if "cases" in entry:
        return [entry["hint"], *code_exercises.find(name).wrong_functions()]
    return [entry["hint"], *(mistake["hint"] for mistake in entry.get("mistakes", []))]


def problems_of_exercises(notebook):
    """Return what exercises lack: code to write, two typical mistakes, hints that help."""
    problems, found = [], list(exercises(notebook))
    if not 2 <= len(found) <= 4:
        problems.append(f"{len(found)} exercises")
    ask_for_code = [f for f in found if any("cases" in ANSWERS[name] for name in checked(f[2]))]
    if 2 * len(ask_for_code) < len(found):
        problems.append(f"only {len(ask_for_code)} of {len(found)} ask for code")
    for name, text, attempt, solution in found:
        folded = "".join(re.findall(r"<details>.*?</summary>(.*?)</details>", text, re.S))
        hints = [hint for asked in checked(attempt) for hint in hints_of(asked)]
        if len(hints) < 3 * len(checked(attempt)):
            problems.append(f"{name}: fewer than two typical mistakes")
        sentences = [s for s in re.split(r"(?<=[.:;?!])\s", plain_text(folded)) if s.count(" ") > 3]
        if any(sentence in plain_text(hint) for sentence in sentences for hint in hints):
            problems.append(f"{name}: a hint repeats the folded one")
        for line in lines_of_solution(solution):
            if any(line in without_spaces(hint) for hint in [*hints, folded]):
                problems.append(f"{name}: a hint is the solution: {line}")
    return problems


def test_exercises_ask_for_code_and_know_typical_mistakes(path):
    assert problems_of_exercises(read(path)) == []


def cell(source, said="", *tags, **jupyter):
    outputs = [new_output("stream", text=said)] if said else []
    return new_code_cell(source, outputs=outputs, metadata={"tags": [*tags], "jupyter": jupyter})


def prediction(
    before="How many?",
    after="Most.",
    guess="...",
    said="You made no guess. The answer is 951.",
    tags=(HIDDEN_OUTPUT,),
    hidden=True,
):
    guessed = "No guess yet" if guess == "..." else "Your guess: 3."
    return new_notebook(
        cells=[
            new_markdown_cell(f"**Predict first.** {before}"),
            cell(f'predict("99-x", {guess})', guessed),
            cell('predict("99-x", truth=x)', said, *tags, outputs_hidden=hidden),
            new_markdown_cell(after),
        ]
    )


FOLDED = "<details><summary>What came out</summary>\n\n951\n\n</details>"


@pytest.mark.parametrize(
    ("notebook", "problem"),
    [
        (prediction(), None),
        (prediction(after=FOLDED), None),
        (prediction(after="That is 951."), "951 stands in view"),
        (prediction(after="That is 951.\n\n" + FOLDED), "951 stands in view"),
        (prediction(before="Is it 951?"), "951 stands in view"),
        (prediction(guess="900"), "the guess is made already"),
        (prediction(said="You made no guess."), "was not run"),
        (prediction(tags=()), "not collapsed"),
        (prediction(hidden=False), "go together"),
        (new_notebook(cells=prediction().cells[:2]), "1 times asked"),
        (new_notebook(cells=prediction().cells[1:]), "0 times asked"),
    ],
)
def test_a_prediction_that_is_spoiled_would_be_found(notebook, problem):
    found = " ".join(problems_of_predictions(notebook))
    assert problem in found if problem else found == ""


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ([cell("x = 1\n" * 12)], None),
        ([cell("x = 1\n" * 13)], "13 lines"),
        ([cell("x = 1\n" * 13, "", SOLUTION)], None),
        ([cell("x = " + "1" * 84)], None),
        ([cell("x = " + "1" * 85)], "89 columns"),
        ([cell("x = 1  # fmt: skip")], "fmt: skip"),
        ([cell("%time\ndel x")], "del"),
        ([cell(f"x{n}", "", HIDDEN_CODE, source_hidden=True) for n in "ab"], None),
        ([cell(f"x{n}", "", HIDDEN_CODE, source_hidden=True) for n in "abc"], "too many"),
        ([cell("x", "", HIDDEN_CODE)], "go together"),
        ([cell("x", source_hidden=True)], "go together"),
    ],
)
def test_a_cell_that_is_too_long_would_be_found(cells, problem):
    found = " ".join(problems_of_cells(new_notebook(cells=cells)))
    assert problem in found if problem else found == ""


def exercise(number, name, solution, hint="Look at the last column."):
    return [
        new_markdown_cell(
            f"### Exercise 99-{number}: Do it\n\n"
            f"<details><summary><b>Hint</b></summary>\n\n{hint}\n\n</details>"
        ),
        cell(f'answer = ...\ncheck("{name}", answer)'),
        cell(f'{solution}\ncheck("{name}", answer)', "", SOLUTION),
    ]


VALUE = {"answer": 3, "hint": "Add the rows.", "mistakes": [{"hint": "Not a."}, {"hint": "Not b."}]}


@pytest.mark.parametrize(
    ("entry", "cells", "problem"),
    [
        (VALUE, exercise(2, "99-value", "answer = sum(rows)"), None),
        ({**VALUE, "mistakes": VALUE["mistakes"][:1]}, None, "fewer than two"),
        (VALUE, exercise(2, "99-value", "x", "First add all the rows. Then look."), None),
        ({**VALUE, "hint": "Look at the  `last` column."}, None, "repeats the folded one"),
        ({**VALUE, "hint": "Try `sum( rows )`."}, None, "a hint is the solution"),
        (VALUE, exercise(2, "99-value", "answer = sum(rows)", "`sum(rows)`"), "is the solution"),
        (VALUE, [], "1 exercises"),
        (VALUE, exercise(2, "99-value", "x") + exercise(3, "99-value", "x"), "only 1 of 3"),
    ],
)
def test_an_exercise_that_lacks_something_would_be_found(monkeypatch, entry, cells, problem):
    code = {"cases": True, "hint": "Think."}
    monkeypatch.setitem(ANSWERS, "99-value", entry)
    monkeypatch.setitem(ANSWERS, "99-code", code)
    known = code_exercises.Exercise(len, [], {"Not c.": max}, {"Not d.": min}, None)
    monkeypatch.setattr(code_exercises, "find", lambda name: known)
    if cells is None:
        cells = exercise(2, "99-value", "answer = sum(rows)")
    notebook = new_notebook(cells=exercise(1, "99-code", "answer = len") + cells)
    found = " ".join(problems_of_exercises(notebook))
    assert problem in found if problem else found == ""


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
    changed = copy.deepcopy(read(path))
    changed.cells.insert(1, nbformat.v4.new_markdown_cell("Right 31.4159 times in 1,234,567."))
    found = [number for number, _ in unsupported_numbers(changed)]
    assert "31.4159" in found and "1234567" in found
