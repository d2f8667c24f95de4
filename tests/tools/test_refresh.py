"""Storing outputs, and the minutes that follow from a notebook: `tools/refresh.py`."""

from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import refresh
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from small_course import ENTRY, SMALL, write

from mnistlab.command import course

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


# Running and storing, with real kernels


def test_refresh_stores_outputs_and_a_second_time_changes_no_byte(folder, capsys):
    path = write(folder, "00_small.ipynb", SMALL)
    assert refresh.refresh([])
    first = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)

    bar, lines, widget, clock, answer = [c.outputs for c in notebook.cells if "outputs" in c]
    assert [output.text for output in bar] == ["100 %\n"]
    assert [output.text for output in lines] == ["one\ntwo\n"]
    assert set(widget[0].data) == {"text/plain"}
    assert float(clock[0].data["text/plain"]) > 0
    assert answer[0].data["text/plain"] == "2"
    counts = [c.execution_count for c in notebook.cells if c.cell_type == "code"]
    assert counts == [1, 2, 3, 4, 5]
    assert "widgets" not in notebook.metadata
    assert "version" not in notebook.metadata.language_info

    page = (folder.parent / "build" / "00_small.html").read_text(encoding="utf-8")
    assert "100 %" in page
    assert ", stored" in capsys.readouterr().out

    assert refresh.refresh(["00"])
    assert path.read_bytes() == first  # although the cell with the clock says something else now
    assert "nothing changed" in capsys.readouterr().out


def test_failing_notebook_is_left_alone_named_and_the_next_one_runs(folder, capsys):
    bad = write(
        folder,
        "00_small.ipynb",
        [
            new_markdown_cell("# Bad\n\n## Dividing"),
            new_code_cell("zero = 0"),
            new_code_cell("one = 1\none / zero"),
        ],
    )
    good = write(folder, "01_other.ipynb", SMALL[-1:])
    before = bad.read_bytes()
    assert not refresh.refresh([])
    assert bad.read_bytes() == before
    assert nbformat.read(good, as_version=4).cells[0].execution_count == 1
    out = capsys.readouterr().out
    assert "00_small.ipynb, code cell 2, under 'Dividing'" in out
    assert "    one / zero" in out and "ZeroDivisionError: division by zero" in out
    assert "1 failed: 00_small.ipynb" in out
    assert list(folder.glob("*.part")) == []


def test_record_stores_seconds_and_what_follows_but_no_outputs(folder, monkeypatch):
    path = write(folder, "00_small.ipynb", SMALL)
    before = path.read_text()
    clock = iter([0, 1200.4])
    monkeypatch.setattr(course, "execute", lambda path: nbformat.read(path, as_version=4))
    monkeypatch.setattr(course, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert refresh.refresh(["00"], record=True)
    assert [entry["run_seconds"] for entry in course.read_course()] == [1200, 7]
    assert [entry["minutes"] for entry in course.read_course()] == [20, 10]
    assert path.read_text() == before.replace("about 99 minutes", "about 20 minutes")
    assert (folder / "course.toml").read_text().startswith("# a comment that stays")


# Tidying


def executed(*outputs):
    return new_code_cell("1", execution_count=1, outputs=list(outputs))


def stream(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def test_ids_follow_from_the_source_and_are_unique():
    cells = [new_code_cell("a"), new_code_cell("b"), new_code_cell("a"), new_markdown_cell("a")]
    ids = [cell.id for cell in refresh.tidy(new_notebook(cells=cells)).cells]
    again = [new_code_cell("b"), new_code_cell("a")]
    assert len(set(ids)) == 4
    assert [c.id for c in refresh.tidy(new_notebook(cells=again)).cells] == [ids[1], ids[0]]


def test_tags_and_folding_stay_and_traces_of_editors_go():
    kept = {"tags": ["solution"], "jupyter": {"source_hidden": True}}
    cell = new_code_cell("1", metadata={**kept, "execution": {"iopub.status.busy": "now"}})
    tidied = refresh.tidy(new_notebook(cells=[cell], metadata={"widgets": {}, "jupytext": {}}))
    assert tidied.cells[0].metadata == kept
    assert set(tidied.metadata) == {"kernelspec", "language_info"}


def test_widget_without_words_leaves_no_empty_output():
    view = nbformat.v4.new_output("display_data", data={refresh.WIDGET_VIEW: {"model_id": "x"}})
    assert refresh.tidy(new_notebook(cells=[executed(view)])).cells[0].outputs == []


def test_store_writes_when_an_output_changed(folder):
    path = write(folder, "00_small.ipynb", [executed(stream("old\n"))])
    assert refresh.store(new_notebook(cells=[executed(stream("new\n"))]), path)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "new\n"


def test_store_fills_in_cells_that_were_never_run(folder):
    clock = {"tags": [refresh.IGNORED_BY_NBVAL]}
    path = write(folder, "00_small.ipynb", [new_code_cell("1", metadata=clock)])
    ran = new_code_cell("1", metadata=clock, execution_count=1, outputs=[stream("0.1 s")])
    assert refresh.store(new_notebook(cells=[ran]), path)
    assert nbformat.read(path, as_version=4).cells[0].execution_count == 1


def test_store_keeps_outputs_of_the_machine_unless_all_are_asked_for(folder):
    clock = {"tags": [refresh.IGNORED_BY_NBVAL]}

    def ran(text):
        cell = new_code_cell("1", metadata=clock, execution_count=1, outputs=[stream(text)])
        return new_notebook(cells=[cell])

    path = write(folder, "00_small.ipynb", ran("0.1 s\n").cells)
    refresh.store(ran("0.1 s\n"), path, all_outputs=True)  # tidy from here on
    before = path.read_bytes()
    assert not refresh.store(ran("0.2 s\n"), path)
    assert path.read_bytes() == before
    assert refresh.store(ran("0.2 s\n"), path, all_outputs=True)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "0.2 s\n"


@pytest.mark.parametrize("all_outputs", [False, True])
def test_all_outputs_is_a_refresh(folder, monkeypatch, all_outputs):
    clock = {"metadata": {"tags": [refresh.IGNORED_BY_NBVAL]}, "execution_count": 1}
    old, new = (new_code_cell("1", outputs=[stream(s)], **clock) for s in ("0.1 s", "0.2 s"))
    path = write(folder, "00_small.ipynb", [old])
    monkeypatch.setattr(course, "execute", lambda _: new_notebook(cells=[new]))
    refresh.store(new_notebook(cells=[old]), path, all_outputs=True)  # tidy from here on
    assert refresh.refresh([], all_outputs=all_outputs)
    said = nbformat.read(path, as_version=4).cells[0].outputs[0].text
    assert said == ("0.2 s" if all_outputs else "0.1 s")


# Minutes


def test_minutes_count_words_seconds_cells_predictions_and_exercises():
    prose = [new_markdown_cell("word " * 1800), new_code_cell("these are not read " * 999)]
    assert refresh.minutes(new_notebook(cells=prose), run_seconds=0) == 10
    assert refresh.minutes(new_notebook(cells=prose), run_seconds=300) == 15
    exercises = [new_markdown_cell(f"### Exercise 00-{n}: do it") for n in range(5)]
    assert refresh.minutes(new_notebook(cells=prose + exercises), run_seconds=0) == 30
    guesses = [new_markdown_cell("**Predict first.**")] * 5 + [new_code_cell("x")] * 20
    assert refresh.minutes(new_notebook(cells=prose + guesses), run_seconds=0) == 20
    unread = [new_code_cell("check(x)")] * 40
    assert refresh.minutes(new_notebook(cells=prose + unread), run_seconds=0) == 10
    address = [new_markdown_cell("[x](https://example.org/" + "a-" * 9999 + ")")]
    assert refresh.minutes(new_notebook(cells=address), run_seconds=0) == 5


def test_minutes_reach_toml_readme_and_notebook(folder):
    path = write(folder, "00_small.ipynb", SMALL)
    readme = folder.parent / "README.md"
    readme.write_text(f"before\n{refresh.TABLE_START}\nold\n{refresh.TABLE_END}\nafter\n")
    other = course.read_course()[1]
    refresh.set_in_toml(folder / "course.toml", "00_small.ipynb", "run_seconds", 1200)
    refresh.write_minutes([path])
    assert course.read_course()[0]["minutes"] == 20
    assert course.read_course()[1] == other
    notebook = nbformat.read(path, as_version=4)
    assert "**Time** about 20 minutes · **Needs** nothing" in notebook.cells[0].source
    text = readme.read_text()
    assert "| nothing | 20 |" in text and "old" not in text
    assert text.startswith("before\n") and text.endswith("after\n")


def test_entry_without_the_number_is_an_error(folder):
    toml = folder / "course.toml"
    toml.write_text(ENTRY.replace("run_seconds = 60\n", ""))
    with pytest.raises(ValueError, match=r"00_small\.ipynb has no line 'run_seconds"):
        refresh.set_in_toml(toml, "00_small.ipynb", "run_seconds", 1)
    assert "run_seconds = 7" in toml.read_text()


# The real course: what is written down about it is true


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_minutes_are_worked_out_from_the_notebook(path):
    entry = next(entry for entry in course.read_course() if entry["file"] == path.name)
    notebook = nbformat.read(path, as_version=4)
    assert entry["minutes"] == refresh.minutes(notebook, entry["run_seconds"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_streams_are_stored_in_one_piece(path):
    for cell in nbformat.read(path, as_version=4).cells:
        names = [output.name for output in cell.get("outputs", []) if "name" in output]
        assert len(names) == len(set(names)), cell.source


def test_readme_shows_the_course_as_it_is():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{refresh.TABLE_START}\n{refresh.course_table()}\n{refresh.TABLE_END}" in text
