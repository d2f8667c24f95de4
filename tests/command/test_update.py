"""A newer course in a learner's folder: nothing that the learner wrote is lost."""

import json
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from small_course import ENTRY, SMALL, write

from mnistlab.command import cli
from mnistlab.command import update as updating
from mnistlab.command.student import student

FIRST, SECOND = "00_small.ipynb", "01_other.ipynb"


def read(path):
    return nbformat.read(path, as_version=4)


def change(path, text, output=None):
    """Put a line before a notebook's first cell, or only an output into its last."""
    notebook = read(path)
    if output:
        notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text=output)]
    else:
        notebook.cells[0].source = f"{text}\n\n{notebook.cells[0].source}"
    nbformat.write(notebook, path)


@pytest.fixture
def course(tmp_path):
    """Return the folder of a course of two notebooks."""
    folder = tmp_path / "course" / "notebooks"
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "a.svg").write_text("<svg>old</svg>")
    (folder / "course.toml").write_text(ENTRY)
    for name in (FIRST, SECOND):
        write(folder, name, SMALL)
    return folder.parent


@pytest.fixture
def copy(course, tmp_path, monkeypatch):
    """Return a learner's copy of it, the current folder."""
    monkeypatch.chdir(course)
    folder = student(tmp_path / "mine")
    monkeypatch.chdir(folder)
    return folder


def run(course, capsys):
    assert cli.main(["update", "--course", str(course)]) == 0
    return capsys.readouterr().out.splitlines()


def test_an_edited_notebook_is_kept_beside_the_new_one(course, copy, capsys):
    mine = copy / "notebooks" / FIRST
    change(mine, "my own words")
    before = mine.read_bytes()
    change(course / "notebooks" / FIRST, "a better course")
    assert run(course, capsys) == [f"notebooks/{FIRST} is new; yours is mine-{FIRST}"]
    assert (copy / "notebooks" / f"mine-{FIRST}").read_bytes() == before
    assert read(mine).cells[0].source.startswith("a better course")
    assert run(course, capsys) == ["Nothing is new."]
    # And once more: both of the learner's versions stay.
    change(mine, "again my own")
    change(course / "notebooks" / FIRST, "the best course")
    assert run(course, capsys) == [f"notebooks/{FIRST} is new; yours is mine-mine-{FIRST}"]
    assert (copy / "notebooks" / f"mine-{FIRST}").read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "text", "output"),
    [([SECOND], "my own words", None), ([FIRST, SECOND], "", "42")],
    ids=["edited", "run"],
)
def test_what_the_course_has_not_changed_is_left_alone_and_to_run_is_no_change(
    course, copy, capsys, changed, text, output
):
    for name in changed:
        change(copy / "notebooks" / name, text, output)
    mine = copy / "notebooks" / SECOND
    before = mine.read_bytes()
    change(course / "notebooks" / FIRST, "a better course")
    assert run(course, capsys) == [f"notebooks/{FIRST} is new"]
    assert mine.read_bytes() == before
    assert [path.name for path in copy.rglob("mine-*")] == []


def test_figures_and_notebooks_that_are_missing_or_new_come_along(course, copy, capsys):
    (course / "notebooks" / "figures" / "a.svg").write_text("<svg>new</svg>")
    (copy / "notebooks" / FIRST).unlink()
    (copy / "notebooks" / "notes.txt").write_text("mine")
    assert run(course, capsys) == [f"notebooks/{FIRST} is new", "notebooks/figures/a.svg is new"]
    assert (copy / "notebooks" / "figures" / "a.svg").read_text() == "<svg>new</svg>"
    assert (copy / "notebooks" / "notes.txt").read_text() == "mine"


def test_a_damaged_notebook_and_one_without_a_note_are_kept(course, copy, capsys):
    first, second = (copy / "notebooks" / name for name in (FIRST, SECOND))
    first.write_text('{"cells": [')
    notebook = json.loads(second.read_text())
    del notebook["metadata"]["handed_out"]
    notebook["cells"][0]["source"] = "mine"
    second.write_text(json.dumps(notebook))
    run(course, capsys)
    assert (copy / "notebooks" / f"mine-{FIRST}").read_text() == '{"cells": ['
    assert read(copy / "notebooks" / f"mine-{SECOND}").cells[0].source == "mine"


def test_after_a_power_cut_it_goes_on_and_keeps_once(course, copy, capsys, monkeypatch):
    names = FIRST, SECOND
    for name in names:
        change(copy / "notebooks" / name, "mine")
        change(course / "notebooks" / name, "a better course")
    real, written = updating.whole_file, []

    def cut(path):
        written.append(path.name)
        if len(written) == 4:  # both are kept, one is new
            raise OSError("the lights went out")
        return real(path)

    monkeypatch.setattr(updating, "whole_file", cut)
    assert cli.main(["update", "--course", str(course)]) == 1
    assert "the lights went out" in capsys.readouterr().err
    monkeypatch.setattr(updating, "whole_file", real)
    assert run(course, capsys) == [f"notebooks/{SECOND} is new; yours is mine-{SECOND}"]
    kept = sorted(path.name for path in copy.rglob("mine-*"))
    assert kept == [f"mine-{name}" for name in names]
    assert all(read(path).cells[0].source.startswith("mine") for path in copy.rglob("mine-*"))


@pytest.mark.parametrize("what", ["no course", "not there", "unpacked"])
def test_bad_targets_are_refused_and_nothing_changes(course, copy, tmp_path, capsys, what):
    newer = {"no course": tmp_path / "empty", "not there": tmp_path / "x"}.get(what, course)
    (tmp_path / "empty").mkdir()
    if what == "unpacked":
        (copy / "pyproject.toml").write_text("")
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    change(course / "notebooks" / FIRST, "a better course")
    assert cli.main(["update", "--course", str(newer)]) == 1
    assert capsys.readouterr().err.startswith("mnistlab: ")
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


# --- a clone --------------------------------------------------------------------------------------


def git(folder, *words):
    names = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(course, tmp_path, monkeypatch):
    if not shutil.which("git"):
        pytest.skip("no git")
    git(course, "init")
    git(course, "add", ".")
    git(course, "commit", "-m", "one")
    git(tmp_path, "clone", str(course), "clone")
    monkeypatch.chdir(tmp_path / "clone")
    return Path.cwd()


def commit(course, name, text):
    change(course / "notebooks" / name, text)
    git(course, "commit", "-a", "-m", text)


def test_a_clone_is_pulled_and_edited_notebooks_are_kept(course, clone, capsys):
    first, second = (clone / "notebooks" / name for name in (FIRST, SECOND))
    change(first, "mine")
    change(second, "mine too")
    before = first.read_bytes(), second.read_bytes()
    commit(course, FIRST, "a better course")
    assert run("", capsys) == [f"notebooks/{FIRST} is new; yours is mine-{FIRST}"]
    assert (clone / "notebooks" / f"mine-{FIRST}").read_bytes() == before[0]
    assert second.read_bytes() == before[1]
    assert read(first).cells[0].source.startswith("a better course")
    assert run("", capsys) == ["Nothing is new."]


def test_a_deleted_notebook_comes_back_with_the_next_version(course, clone, capsys):
    (clone / "notebooks" / FIRST).unlink()
    commit(course, FIRST, "a better course")
    assert run("", capsys) == [f"notebooks/{FIRST} is new"]
    assert read(clone / "notebooks" / FIRST).cells[0].source.startswith("a better course")


def test_a_clone_with_commits_of_its_own_or_without_its_origin_is_left_alone(course, clone, capsys):
    commit(course, FIRST, "a better course")
    commit(clone, SECOND, "mine")
    change(clone / "notebooks" / FIRST, "mine")
    before = (clone / "notebooks" / FIRST).read_bytes()
    assert cli.main(["update"]) == 1
    assert "you have own commits" in capsys.readouterr().err
    shutil.rmtree(course)
    assert cli.main(["update"]) == 1
    assert "git fetch:" in capsys.readouterr().err
    assert (clone / "notebooks" / FIRST).read_bytes() == before
