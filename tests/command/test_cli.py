"""The `mnistlab` command, as it is typed."""

import io
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from mnistlab import MLP, datasets
from mnistlab.command import cli, course


def test_without_a_word_it_lists_the_commands():
    words = [sys.executable, "-m", "mnistlab", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert all(
        word in done.stdout
        for word in ("doctor", "download", "lab", "progress", "run", "student", "update", "web")
    )
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2


def test_unknown_options_are_refused_except_those_of_jupyterlab(capsys):
    with pytest.raises(SystemExit):
        cli.main(["doctor", "--fast"])
    assert "unrecognized arguments: --fast" in capsys.readouterr().err


def test_errors_are_one_line_on_stderr(capsys):
    assert cli.main(["run", "99_nothing"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("mnistlab: no single notebook is called '99_nothing'")
    assert len(said.splitlines()) == 1


def test_ctrl_c_is_not_a_traceback(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "run", interrupted)
    assert cli.main(["run"]) == 130
    assert capsys.readouterr().err == "\nmnistlab: stopped\n"


COMMANDS = ["doctor", "download", "lab", "progress", "run", "student -o folder", "update"]
COMMANDS.append("web model.npz")


def ascii_terminal(monkeypatch):
    """Return what a terminal that knows nothing but ASCII is given."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii", write_through=True))
    return written


@pytest.mark.parametrize("words", COMMANDS)
def test_what_the_terminal_cannot_write_is_escaped(monkeypatch, words):
    command, *rest = words.split()
    monkeypatch.setattr(cli, f"_{command}", lambda _: print("Größe お") or 0)
    written = ascii_terminal(monkeypatch)
    assert cli.main([command, *rest]) == 0
    assert written.getvalue().decode("ascii").strip() == r"Gr\xf6\xdfe \u304a"


def test_page_in_a_folder_the_terminal_cannot_write(monkeypatch, tmp_path):
    written = ascii_terminal(monkeypatch)
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (20, 784), np.uint8)
    MLP((5,), epochs=1).fit(noise, np.arange(20) % 10).save("model.npz")
    assert cli.main(["web", "model.npz", "-o", "Übung"]) == 0
    assert written.getvalue().startswith(rb"\xdcbung")
    assert (tmp_path / "Übung" / "index.html").is_file()


@pytest.mark.parametrize("passed", [True, False])
def test_run_passes_names_on_and_tells_by_its_exit_code(monkeypatch, passed):
    seen = []
    monkeypatch.setattr(course, "run", lambda names: seen.append(names) or passed)
    assert cli.main(["run", "03"]) == (0 if passed else 1)
    assert seen == [["03"]]


def test_download_says_how_to_use_the_folder(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(datasets, "download", lambda dest: Path(dest))
    assert cli.main(["download", "--dest", str(tmp_path)]) == 0
    assert f"MNISTLAB_DATA={tmp_path}" in capsys.readouterr().out


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    registry = import_module("mnistlab.datasets.registry")  # the module, not the function
    monkeypatch.setattr(registry, "_cache_dirs", lambda: [tmp_path / "cache"])
    monkeypatch.delenv("MNISTLAB_DATA", raising=False)
    return tmp_path


def test_download_without_network_says_what_to_do(monkeypatch, capsys, no_data):
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    assert cli.main(["download"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("mnistlab: MNISTLAB_OFFLINE=1") and "MNISTLAB_DATA" in said
