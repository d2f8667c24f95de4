"""The `mnistlab` command, as it is typed."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib import import_module
from pathlib import Path

import pytest

from mnistlab import datasets
from mnistlab.command import cli, course

ROOT = Path(__file__).parents[2]


def command(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "mnistlab", *words], capture_output=True, text=True, **options
    )


def test_without_a_word_it_lists_the_commands():
    done = command("--help")
    assert done.returncode == 0
    assert all(
        word in done.stdout
        for word in ("doctor", "download", "lab", "progress", "run", "student", "update", "web")
    )
    assert command().returncode == 2


def test_unknown_options_are_refused_except_those_of_jupyterlab(capsys):
    with pytest.raises(SystemExit):
        cli.main(["doctor", "--fast"])
    assert "unrecognized arguments: --fast" in capsys.readouterr().err


def test_errors_are_one_line_on_stderr():
    done = command("run", "99_nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("mnistlab: no single notebook is called '99_nothing'")
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_is_not_a_traceback(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "run", interrupted)
    assert cli.main(["run"]) == 130
    assert capsys.readouterr().err == "\nmnistlab: stopped\n"


COMMANDS = ["doctor", "download", "lab", "progress", "run", "student -o folder", "update"]
COMMANDS.append("web model.npz")


@pytest.mark.parametrize("words", COMMANDS)
def test_what_the_terminal_cannot_write_is_escaped(monkeypatch, words):
    command, *rest = words.split()
    monkeypatch.setattr(cli, f"_{command}", lambda _: print("Größe お") or 0)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii", write_through=True))
    assert cli.main([command, *rest]) == 0
    assert written.getvalue().decode("ascii").strip() == r"Gr\xf6\xdfe \u304a"


def test_page_in_a_folder_the_terminal_cannot_write(tmp_path):
    model = ROOT / "mnistlab" / "reader.npz"
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = command("web", str(model), "-o", "Übung", cwd=tmp_path, env=ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(r"\xdcbung") and (tmp_path / "Übung" / "index.html").is_file()


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


# lab


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status(url):
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError as error:
            # The server writes down where it listens a moment before it does.
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_lab_opens_the_first_notebook_for_this_machine_and_token_only(tmp_path):
    port = free_port()
    runtime = tmp_path / "runtime"
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
    }
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "mnistlab", "lab", "--no-browser", f"--port={port}"],
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 120
        while not (files := list(runtime.glob("jpserver-*.json"))):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        while True:
            try:
                facts = json.loads(files[0].read_text())
                break
            except json.JSONDecodeError:  # half-written
                time.sleep(0.1)
        assert facts["url"] == f"http://127.0.0.1:{port}/"
        assert facts["token"]
        contents = f"http://127.0.0.1:{port}/api/contents/{cli.FIRST_NOTEBOOK}"
        assert status(contents) == 403
        assert status(f"{contents}?token={facts['token']}") == 200
        assert f"/lab/tree/{cli.FIRST_NOTEBOOK}?token=" in log.read_text()
        # Listening on 127.0.0.1 only: the machine's other addresses refuse.
        with socket.socket() as elsewhere, pytest.raises(OSError):
            elsewhere.settimeout(5)
            address = ("127.0.0.2", port) if sys.platform == "linux" else ("127.0.0.1", port + 1)
            elsewhere.connect(address)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
