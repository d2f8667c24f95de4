"""The `mnistlab` command, as it is typed."""

import csv
import io
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mnistlab import MLP, datasets, imaging
from mnistlab.command import cli, course


def test_without_a_word_it_lists_the_commands():
    words = [sys.executable, "-m", "mnistlab", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    names = ["doctor", "download", "lab", "progress", "read", "run", "student", "update", "web"]
    assert all(name in done.stdout for name in names)
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
COMMANDS += ["web model.npz", "read a.png"]


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


# read


FORMS = Path(__file__).parents[2] / "data" / "pictures" / "forms"


def test_read_writes_a_table_and_reports_every_bad_file(tmp_path):
    shutil.copy(FORMS / "strip.jpg", tmp_path / "größe お.jpg")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "notes.txt").write_text("not a picture", encoding="utf-8")
    words = [sys.executable, "-m", "mnistlab", "read", ".", "nothing.png", "-o", "Übung.csv"]
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, cwd=tmp_path, env=ascii_only, capture_output=True, text=True)
    assert done.returncode == 1
    *bar, bad, nothing = done.stderr.splitlines()
    assert "Reading pictures: 100%" in bar[-1]
    assert bad.startswith("bad.png: not a picture") and "damaged" in bad
    assert nothing == "nothing.png: No such file or directory"
    assert done.stdout == "\\xdcbung.csv: 1 of 3 pictures read, 1 surely\n"
    written = (tmp_path / "Übung.csv").read_text(encoding="utf-8").splitlines()
    assert written[0] == '"file","text","rows","sure","left_out","error"'
    assert written[2] == '"größe お.jpg","041792","0417_92",True,"",""'
    assert [line.split(",")[0] for line in written[1:]] == ['"bad.png"', *(
        '"größe お.jpg"', '"nothing.png"')]  # fmt: skip


def test_read_prints_the_table_and_nothing_else_on_stdout(monkeypatch, capsys):
    monkeypatch.chdir(FORMS)
    assert cli.main(["read", "strip.jpg"]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.startswith('"file"') and line == '"strip.jpg","041792","0417_92",True,"",""'


def test_read_writes_texts_as_texts(monkeypatch, tmp_path, capsys):
    line = ["a\udcff.png", "=1+1\n007", "=1+1 / 007", True, "", ""]
    table = pd.DataFrame([line], columns=["file", "text", "rows", "sure", "left_out", "error"])
    monkeypatch.setattr(imaging, "read_pictures", lambda _: table)
    output = tmp_path / "t.csv"
    assert cli.main(["read", "a", "-o", str(output)]) == 0
    with open(output, encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1] == [r"a\udcff.png", *line[1:3], "True", "", ""]
    assert '"=1+1\n007","=1+1 / 007",True' in output.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["missing/table.csv", "photo.jpg", "."])
def test_read_refuses_a_bad_output_before_it_reads(monkeypatch, tmp_path, capsys, name):
    monkeypatch.setattr(imaging, "read_pictures", lambda _: pytest.fail("read"))
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    assert cli.main(["read", "a.png", "-o", str(tmp_path / name)]) == 1
    assert "expected a name that ends in .csv, in a folder that is there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_read_of_an_empty_folder_is_an_error(tmp_path, capsys):
    assert cli.main(["read", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert err.splitlines()[-1] == f"{tmp_path.as_posix()}: no pictures in this folder"
    assert len(out.splitlines()) == 2


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
