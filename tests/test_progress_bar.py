"""The bar leaves the same line behind on every run, and nothing on stderr."""

import os
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from mnistlab import progress, progress_bar
from mnistlab.progress_bar import ProgressBar


def test_terminal_bar_is_on_stdout(capfd):
    assert list(progress("abc", "Reading")) == ["a", "b", "c"]
    out, err = capfd.readouterr()
    assert "Reading: 100%" in out
    assert err == ""


def test_the_bar_closes_when_the_work_fails(capfd):
    with pytest.raises(RuntimeError), ProgressBar("Training", total=3) as bar:
        bar.set_postfix_str("loss 0.1", refresh=False)
        bar.update()
        raise RuntimeError
    assert "1/3" in capfd.readouterr().out


LOOP = "import time; from mnistlab import progress\nfor i in progress(range(3), '<b>'): "


def test_a_notebook_keeps_one_constant_line_after_an_error_too():
    cells = [
        nbformat.v4.new_code_cell(LOOP + what) for what in ("time.sleep(0.12)", "pass", "1 / 0")
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, record_timing=False, allow_errors=True).execute()
    (slow,), (quick,), (failed, error) = (cell.outputs for cell in cells)
    assert slow == quick == failed
    assert slow["data"]["text/plain"] == "<b>: 3 steps"
    assert slow["data"]["text/html"] == "<small>&lt;b&gt;: 3 steps</small>"
    assert error["ename"] == "ZeroDivisionError"


def test_in_a_notebook_the_line_moves_and_comes_back(monkeypatch):
    class Handle(list):
        def update(self, shown, raw):
            self.append(shown)

    shown = Handle()
    monkeypatch.setattr(progress_bar, "get_ipython", lambda: SimpleNamespace(kernel=...))
    monkeypatch.setattr(progress_bar, "display", lambda first, **_: shown.append(first) or shown)
    with ProgressBar("Training", total=2000) as bar:
        bar.mininterval = 0
        bar.set_postfix_str("loss 0.1", refresh=False)
        bar.update(1500)
    rest, moved, end = (line["text/plain"] for line in shown)
    assert rest == end == "Training: 2,000 steps"
    assert moved == "Training: 1,500 of 2,000 loss 0.1"
    assert shown[1]["text/html"].startswith('<progress max="2000" value="1500" aria-label=')


@pytest.mark.parametrize("disable", ["", "1"])
def test_other_bars_of_tqdm_and_its_switch_do_no_harm(disable):
    code = "import time; from mnistlab import progress; from tqdm import tqdm\n"
    code += "for i in progress(range(3), 'Ours'): tqdm.write('theirs'); time.sleep(0.11)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    environment = os.environ | {"TQDM_DISABLE": disable}
    NotebookClient(notebook, coalesce_streams=True).execute(env=environment)
    ours, theirs = notebook.cells[0].outputs
    assert ours["data"]["text/plain"] == "Ours: 3 steps"
    assert theirs["name"] == "stdout" and theirs["text"].split() == ["theirs"] * 3
