"""What is kept of exercises done, and listed by `mnistlab progress`."""

import pytest

from mnistlab import check
from mnistlab.command import cli
from mnistlab.exercises import done


@pytest.fixture
def file(monkeypatch, tmp_path):
    monkeypatch.setenv("MNISTLAB_DONE", str(tmp_path / "done"))
    return tmp_path / "done"


@pytest.fixture
def value(monkeypatch):
    answers = {"05-dot": {"answer": 3, "hint": "Count.", "why": "Three."}}
    monkeypatch.setitem(check.__globals__, "_answers", lambda: answers)
    return 3


def test_only_a_right_answer_is_kept_and_once(file, value):
    check("05-dot", value + 1)
    check("05-dot", ...)
    assert not file.exists() and done.done() == set()
    check("05-dot", value)
    check("05-dot", value)
    check("05-dot", value + 1)
    assert file.read_text() == "05-dot\n"


@pytest.mark.parametrize("cell", ["solution-1a2b3c4d", "1a2b3c4d"])
def test_a_solution_that_is_run_is_no_exercise_done(file, value, monkeypatch, capsys, cell):
    class Shell:
        def get_parent(self):
            return {"header": {}, "metadata": {"cellId": cell}}  # as JupyterLab sends it

    monkeypatch.setitem(check.__globals__, "get_ipython", Shell)
    check("05-dot", value)
    assert capsys.readouterr().out == "Right. Three.\n"
    assert done.done() == (set() if cell.startswith("solution") else {"05-dot"})


@pytest.mark.parametrize("unusable", ["folder", "bytes"])
def test_a_file_that_cannot_be_used_never_stops_a_check(file, value, capsys, unusable):
    file.mkdir() if unusable == "folder" else file.write_bytes(b"\xff")
    check("05-dot", value)
    assert capsys.readouterr().out == "Right. Three.\n"


def test_nothing_is_kept_where_nothing_shall_be(monkeypatch, tmp_path, value):
    monkeypatch.setenv("HOME", str(tmp_path))
    check("05-dot", value)
    assert list(tmp_path.iterdir()) == [] and done.done_file() is None


def test_progress_lists_what_is_done_and_what_is_left(file, capsys):
    file.write_text("05-bank\n")
    assert cli.main(["progress"]) == 0
    said = capsys.readouterr().out
    (line,) = [line for line in said.splitlines() if line.startswith("05_metrics")]
    assert " 1 of " in line and "05-bank" not in line and "to do: 05-" in line
    assert str(file) in said
