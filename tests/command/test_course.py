"""Running, storing and describing notebooks: `mnistlab.command.course`."""

import shutil
from pathlib import Path

import nbformat
import pytest
from jupyter_client.asynchronous import AsyncKernelClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mnistlab.command import course

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))

ENTRY = """# a comment that stays
[[notebook]]
file = "00_small.ipynb"
title = "Small"
summary = "Adds."
needs = "nothing"
run_seconds = 60
minutes = 5

[[notebook]]
file = "01_other.ipynb"
title = "Other"
summary = "Subtracts."
needs = "00"
run_seconds = 7
minutes = 10
"""
SMALL = [
    new_markdown_cell("# Small\n\n**Time** about 99 minutes · **Needs** nothing · **Data** none"),
    new_code_cell("for percent in (0, 50, 100):\n    print(f'\\r{percent} %', end='')\nprint()"),
    new_code_cell("print('one')\nprint('two')"),
    new_code_cell("import ipywidgets\nipywidgets.IntSlider(3)"),
    new_code_cell("import time\ntime.time()", metadata={"tags": ["nbval-ignore-output"]}),
    new_code_cell("1 + 1"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give an empty course; the real one is neither seen nor touched."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "course.toml").write_text(ENTRY, encoding="utf-8")
    monkeypatch.setattr(course, "notebooks_dir", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def write(folder, name, cells):
    path = folder / name
    nbformat.write(new_notebook(cells=[nbformat.from_dict(cell) for cell in cells]), path)
    return path


# Running and storing, with real kernels


def test_kernel_whose_port_was_taken_is_started_again(folder, monkeypatch):
    write(folder, "00_small.ipynb", SMALL)
    ready, tries = AsyncKernelClient._async_wait_for_ready, []

    async def ready_at_the_second_try(client, timeout=None):
        tries.append(client)
        if len(tries) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        await ready(client, timeout)

    monkeypatch.setattr(AsyncKernelClient, "wait_for_ready", ready_at_the_second_try)
    assert course.run([])
    assert len(tries) == 2


def test_refresh_stores_outputs_and_a_second_time_changes_no_byte(folder, capsys):
    path = write(folder, "00_small.ipynb", SMALL)
    assert course.run([], refresh=True)
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

    assert course.run(["00"], refresh=True)
    assert path.read_bytes() == first  # although the cell with the clock says something else now
    assert "nothing changed" in capsys.readouterr().out


def test_run_without_refresh_leaves_the_file_alone(folder):
    path = write(folder, "00_small.ipynb", SMALL[-1:])
    before = path.read_bytes()
    assert course.run([])
    assert path.read_bytes() == before


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
    assert not course.run([], refresh=True)
    assert bad.read_bytes() == before
    assert nbformat.read(good, as_version=4).cells[0].execution_count == 1
    out = capsys.readouterr().out
    assert "00_small.ipynb, code cell 2, under 'Dividing'" in out
    assert "    one / zero" in out and "ZeroDivisionError: division by zero" in out
    assert "1 failed: 00_small.ipynb" in out
    assert list(folder.glob("*.part")) == []


def test_dead_kernel_is_said_to_be_dead(folder):
    path = write(folder, "00_small.ipynb", [new_code_cell("import os\nos._exit(1)")])
    with pytest.raises(course.NotebookFailed, match=r"code cell 1(.|\n)*the kernel died"):
        course.execute(path)


def test_kernel_works_in_the_notebooks_folder(folder):
    (folder / "beside.txt").write_text("here")
    path = write(folder, "00_small.ipynb", [new_code_cell("print(open('beside.txt').read())")])
    assert course.execute(path).cells[0].outputs[0].text == "here\n"


def test_record_stores_seconds_and_what_follows(folder):
    path = write(folder, "00_small.ipynb", [SMALL[0], new_code_cell("import time\ntime.sleep(2)")])
    assert course.run(["00"], record=True)
    entry = course.read_course()[0]
    assert 2 <= entry["run_seconds"] < 60
    assert course.read_course()[1]["run_seconds"] == 7
    said = nbformat.read(path, as_version=4).cells[0].source
    assert f"**Time** about {entry['minutes']} minutes" in said
    assert (folder / "course.toml").read_text().startswith("# a comment that stays")


# Tidying


def executed(*outputs):
    return new_code_cell("1", execution_count=1, outputs=list(outputs))


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def test_ids_follow_from_the_source_and_are_unique():
    cells = [new_code_cell("a"), new_code_cell("b"), new_code_cell("a"), new_markdown_cell("a")]
    ids = [cell.id for cell in course.tidy(new_notebook(cells=cells)).cells]
    again = [new_code_cell("b"), new_code_cell("a")]
    assert len(set(ids)) == 4
    assert [c.id for c in course.tidy(new_notebook(cells=again)).cells] == [ids[1], ids[0]]


def test_tags_and_folding_stay_and_traces_of_editors_go():
    kept = {"tags": ["solution"], "jupyter": {"source_hidden": True}}
    cell = new_code_cell("1", metadata={**kept, "execution": {"iopub.status.busy": "now"}})
    tidied = course.tidy(new_notebook(cells=[cell], metadata={"widgets": {}, "jupytext": {}}))
    assert tidied.cells[0].metadata == kept
    assert set(tidied.metadata) == {"kernelspec", "language_info"}


def test_streams_are_joined_but_stderr_stays_apart():
    cell = executed(stream("a\n"), stream("oh\n", "stderr"), stream("b\n"))
    outputs = course.tidy(new_notebook(cells=[cell])).cells[0].outputs
    assert [(o.name, o.text) for o in outputs] == [("stdout", "a\nb\n"), ("stderr", "oh\n")]


def test_widget_without_words_leaves_no_empty_output():
    view = nbformat.v4.new_output("display_data", data={course.WIDGET_VIEW: {"model_id": "x"}})
    assert course.tidy(new_notebook(cells=[executed(view)])).cells[0].outputs == []


def test_store_writes_when_an_output_changed(folder):
    path = write(folder, "00_small.ipynb", [executed(stream("old\n"))])
    assert course.store(new_notebook(cells=[executed(stream("new\n"))]), path)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "new\n"


def test_store_fills_in_cells_that_were_never_run(folder):
    clock = {"tags": [course.IGNORED_BY_NBVAL]}
    path = write(folder, "00_small.ipynb", [new_code_cell("1", metadata=clock)])
    ran = new_code_cell("1", metadata=clock, execution_count=1, outputs=[stream("0.1 s")])
    assert course.store(new_notebook(cells=[ran]), path)
    assert nbformat.read(path, as_version=4).cells[0].execution_count == 1


def test_store_keeps_outputs_of_the_machine_unless_all_are_asked_for(folder):
    clock = {"tags": [course.IGNORED_BY_NBVAL]}

    def ran(text):
        cell = new_code_cell("1", metadata=clock, execution_count=1, outputs=[stream(text)])
        return new_notebook(cells=[cell])

    path = write(folder, "00_small.ipynb", ran("0.1 s\n").cells)
    course.store(ran("0.1 s\n"), path, all_outputs=True)  # tidy from here on
    before = path.read_bytes()
    assert not course.store(ran("0.2 s\n"), path)
    assert path.read_bytes() == before
    assert course.store(ran("0.2 s\n"), path, all_outputs=True)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "0.2 s\n"


def test_all_outputs_is_a_refresh(folder):
    path = write(folder, "00_small.ipynb", SMALL[-1:])
    assert course.run([], all_outputs=True)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].data["text/plain"] == "2"


def test_write_whole_keeps_the_old_file_when_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "page"
    path.write_text("old")

    def no_room(*_):
        raise OSError("no space left")

    monkeypatch.setattr(course.os, "replace", no_room)
    with pytest.raises(OSError, match="no space left"):
        course.write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_page_holds_its_pictures_and_links_to_pages(folder):
    (folder / "figures").mkdir()
    (folder / "figures" / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    cells = [new_markdown_cell("![a dot](figures/dot.svg) [next](01_other.ipynb#top)")]
    path = write(folder, "00_small.ipynb", cells)
    page = course.write_page(nbformat.read(path, 4), path, folder.parent / "build")
    html = page.read_text(encoding="utf-8")
    assert 'href="01_other.html#top"' in html
    assert 'src="data:image/svg+xml;base64,' in html


# Which notebooks, and how long they take


def test_notebooks_are_found_by_number_name_and_path(folder):
    first = write(folder, "00_small.ipynb", SMALL[-1:])
    second = write(folder, "01_other.ipynb", SMALL[-1:])
    assert course.find_notebooks([]) == [first, second]
    assert course.find_notebooks(["01", "00_small"]) == [second, first]
    assert course.find_notebooks(["00_small.ipynb"]) == [first]
    assert course.find_notebooks([str(second)]) == [second]


@pytest.mark.parametrize("name", ["07", "0", "nothing.ipynb"])
def test_unknown_or_ambiguous_notebook_lists_those_there_are(folder, name):
    write(folder, "00_small.ipynb", SMALL[-1:])
    write(folder, "01_other.ipynb", SMALL[-1:])
    with pytest.raises(FileNotFoundError, match=f"{name}.*00_small, 01_other"):
        course.find_notebooks([name])


def test_away_from_the_course_the_error_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "__file__", str(tmp_path / "site-packages/mnistlab/course.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="change into the course's folder"):
        course.notebooks_dir()


def test_minutes_count_words_seconds_and_exercises():
    prose = [new_markdown_cell("word " * 1800), new_code_cell("these are not read " * 999)]
    assert course.minutes(new_notebook(cells=prose), run_seconds=0) == 10
    assert course.minutes(new_notebook(cells=prose), run_seconds=300) == 15
    exercises = [new_markdown_cell(f"### Exercise 00-{n}: do it") for n in range(5)]
    assert course.minutes(new_notebook(cells=prose + exercises), run_seconds=0) == 30
    address = [new_markdown_cell("[x](https://example.org/" + "a-" * 9999 + ")")]
    assert course.minutes(new_notebook(cells=address), run_seconds=0) == 5


def test_minutes_reach_toml_readme_and_notebook(folder):
    path = write(folder, "00_small.ipynb", SMALL)
    readme = folder.parent / "README.md"
    readme.write_text(f"before\n{course.TABLE_START}\nold\n{course.TABLE_END}\nafter\n")
    other = course.read_course()[1]
    course._set_in_toml(folder / "course.toml", "00_small.ipynb", "run_seconds", 1200)
    course.write_minutes([path])
    assert course.read_course()[0]["minutes"] == 20
    assert course.read_course()[1] == other
    notebook = nbformat.read(path, as_version=4)
    course._write_time_line(notebook, path.name)
    assert "**Time** about 20 minutes · **Needs** nothing" in notebook.cells[0].source
    text = readme.read_text()
    assert "| nothing | 20 |" in text and "old" not in text
    assert text.startswith("before\n") and text.endswith("after\n")


def test_entry_without_the_number_is_an_error(folder):
    toml = folder / "course.toml"
    toml.write_text(ENTRY.replace("run_seconds = 60\n", ""))
    with pytest.raises(ValueError, match=r"00_small\.ipynb has no line 'run_seconds"):
        course._set_in_toml(toml, "00_small.ipynb", "run_seconds", 1)
    assert "run_seconds = 7" in toml.read_text()


def test_map_has_a_row_for_each_notebook(folder):
    table = course.course_map()
    assert list(table.columns) == ["notebook", "title", "summary", "needs", "minutes"]
    assert table["notebook"].tolist() == ["00_small", "01_other"]


# The real course: what is written down about it is true


def test_course_lists_exactly_the_notebooks_there_are():
    assert [entry["file"] for entry in course.read_course()] == [p.name for p in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_minutes_are_worked_out_from_the_notebook(path):
    entry = next(entry for entry in course.read_course() if entry["file"] == path.name)
    notebook = nbformat.read(path, as_version=4)
    assert entry["minutes"] == course.minutes(notebook, entry["run_seconds"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_as_refresh_stores_it(path, tmp_path):
    copy = Path(shutil.copy(path, tmp_path))
    tidied = nbformat.writes(course.tidy(nbformat.read(copy, as_version=4))) + "\n"
    assert tidied == path.read_text(encoding="utf-8"), "run `make refresh` on it"


def test_readme_shows_the_course_as_it_is():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{course.TABLE_START}\n{course.course_table()}\n{course.TABLE_END}" in text
