"""The bar leaves the same line behind on every run, and nothing on stderr."""

import nbformat
import pytest
from nbclient import NotebookClient

from mnistlab import progress
from mnistlab.progress import ProgressBar


def test_terminal_bar_is_on_stdout(capfd):
    assert list(progress("abc", "Reading")) == ["a", "b", "c"]
    out, err = capfd.readouterr()
    assert "Reading: 100%" in out
    assert err == ""


def test_a_generator_needs_a_total():
    with pytest.raises(TypeError):
        list(progress((x for x in "abc"), "Reading"))
    assert list(progress((x for x in "abc"), "Reading", total=3)) == ["a", "b", "c"]


def test_the_bar_closes_when_the_work_fails(capfd):
    with pytest.raises(RuntimeError), ProgressBar("Training", total=3) as bar:
        bar.update(note="loss 0.1")
        raise RuntimeError
    assert "1/3" in capfd.readouterr().out


def run(source):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, record_timing=False, allow_errors=True).execute()
    return notebook.cells[0].outputs


FINISHED = "import time; from mnistlab import progress\nfor i in progress(range(3), '<b>'): "


def test_a_notebook_keeps_one_constant_line():
    outputs = run(FINISHED + "time.sleep(0.12)")
    assert outputs == run(FINISHED + "pass")
    (output,) = outputs
    assert output["data"]["text/plain"] == "<b>: 3 steps"
    assert output["data"]["text/html"] == "<small>&lt;b&gt;: 3 steps</small>"


def test_a_notebook_keeps_that_line_after_an_error_too():
    line, error = run(FINISHED + "1 / 0")
    assert error["ename"] == "ZeroDivisionError"
    assert line["data"]["text/plain"] == "<b>: 3 steps"
