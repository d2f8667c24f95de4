"""The `mnistlab` command, as it is typed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import namedtuple
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from mnistlab import datasets
from mnistlab.command import cli, course, doctor

ROOT = Path(__file__).parents[2]


def command(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "mnistlab", *words], capture_output=True, text=True, **options
    )


def test_without_a_word_it_lists_the_commands():
    done = command("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("doctor", "lab", "run", "student", "bundle"))
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


@pytest.mark.parametrize("passed", [True, False])
def test_run_passes_words_on_and_tells_by_its_exit_code(monkeypatch, passed):
    seen = {}

    def run(names, **options):
        seen.update(options, names=names)
        return passed

    monkeypatch.setattr(course, "run", run)
    assert cli.main(["run", "03", "--refresh"]) == (0 if passed else 1)
    assert seen == {"names": ["03"], "refresh": True, "record": False, "all_outputs": False}


def test_download_says_how_to_use_the_folder(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(datasets, "download", lambda dest: Path(dest))
    assert cli.main(["download", "--dest", str(tmp_path)]) == 0
    assert f"MNISTLAB_DATA={tmp_path}" in capsys.readouterr().out


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "_cache_dirs", lambda: [tmp_path / "cache"])
    monkeypatch.delenv("MNISTLAB_DATA", raising=False)
    return tmp_path


def test_download_without_network_says_what_to_do(monkeypatch, capsys, no_data):
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    assert cli.main(["download"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("mnistlab: MNISTLAB_OFFLINE=1") and "MNISTLAB_DATA" in said


# doctor


def findings(capsys):
    """Run the doctor; return its verdict and what it found, by name."""
    healthy = doctor.doctor()
    lines = capsys.readouterr().out.splitlines()
    found = {}
    for line in lines[1:-1]:
        state, name, finding = line.split(maxsplit=2)
        found.setdefault(name, []).append((state, finding))
    assert lines[-1] == "Ready." or lines[-1].endswith("see the lines marked WRONG.")
    assert healthy == (lines[-1] == "Ready.")
    assert healthy == all(state != "WRONG" for lines in found.values() for state, _ in lines)
    return healthy, found


def quick(monkeypatch, *names):
    """Let the doctor make these examinations only."""
    for name in ("python", "packages", "kernel", "cores", "memory", "disk", "blas", "settings"):
        if name not in names:
            monkeypatch.setattr(doctor, f"_{name}", _skipped(name))
    if "data" not in names:
        monkeypatch.setattr(doctor, "_data", _skipped("data"))


def _skipped(name):
    def examine():
        yield "ok", "not examined"

    examine.__name__ = name
    return examine


def test_doctor_on_this_machine():
    done = command("doctor", env={**os.environ, "HOME": str(ROOT.parent)})
    lines = done.stdout.splitlines()
    names = [line.split()[1] for line in lines[1:-1]]
    assert list(dict.fromkeys(names)) == [
        *("python", "packages", "kernel", "cores", "memory", "disk", "blas", "settings", "data")
    ]
    assert str(ROOT.parent) not in done.stdout  # an email with it names no one
    assert str(ROOT) not in done.stdout
    assert len(lines) <= 30 and max(map(len, lines)) <= 160  # and it fits
    assert done.returncode == (0 if lines[-1] == "Ready." else 1)
    assert "WRONG  kernel" not in done.stdout and "WRONG  packages" not in done.stdout


def test_doctor_sees_a_wrong_python(monkeypatch, capsys):
    quick(monkeypatch, "python")
    monkeypatch.setattr(doctor, "OLDEST", (3, 99))
    monkeypatch.setattr(doctor, "NEWEST", (3, 99))
    healthy, found = findings(capsys)
    assert not healthy and "needs 3.99 to 3.99" in found["python"][0][1]


def lock(tmp_path, monkeypatch, name, version):
    (tmp_path / "uv.lock").write_text(f'[[package]]\nname = "{name}"\nversion = "{version}"\n')
    monkeypatch.setattr(datasets, "CHECKOUT", tmp_path)


def test_doctor_sees_a_version_that_is_not_the_locked_one(monkeypatch, capsys, tmp_path):
    quick(monkeypatch, "packages")
    lock(tmp_path, monkeypatch, "tqdm", "0.0.1")
    _, found = findings(capsys)
    state, finding = found["packages"][0]
    assert "tqdm" in finding and "instead of 0.0.1" in finding
    in_conda = (Path(sys.prefix) / "conda-meta").is_dir()
    assert state == ("note" if in_conda else "WRONG") and ("make env" in finding) != in_conda


def test_doctor_lets_conda_choose_its_own_versions(monkeypatch, capsys, tmp_path):
    quick(monkeypatch, "packages")
    lock(tmp_path, monkeypatch, "tqdm", "0.0.1")
    (tmp_path / "conda-meta").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    healthy, found = findings(capsys)
    assert healthy and found["packages"][0][0] == "note"


def test_doctor_without_a_lock_asks_the_packages(monkeypatch, capsys, tmp_path):
    quick(monkeypatch, "packages")
    monkeypatch.setattr(datasets, "CHECKOUT", tmp_path)
    healthy, found = findings(capsys)
    assert healthy and "no uv.lock" in found["packages"][0][1]


def test_doctor_sees_missing_and_too_old_packages(monkeypatch, capsys):
    quick(monkeypatch, "packages")
    package = namedtuple("package", "version requires")
    there = {"mnistlab": package("0.1", ["numpy>=99", "nothing-such>=1", "a-dream; extra == 'x'"])}

    def distribution(name):
        if name in there:
            return there[name]
        return real(name)

    real = doctor.metadata.distribution
    monkeypatch.setattr(doctor.metadata, "distribution", distribution)
    healthy, found = findings(capsys)
    finding = found["packages"][0][1]
    assert not healthy and "needed >=99" in finding and "a-dream" not in finding
    assert f"{Requirement('nothing-such>=1')} is not installed" in finding


def kernelspec(folder, *argv):
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    words = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(words))


def test_doctor_sees_a_kernel_that_does_not_start(monkeypatch, capsys, tmp_path):
    quick(monkeypatch, "kernel")
    kernelspec(tmp_path, str(tmp_path / "no-python"), "-m", "ipykernel", "-f", "{connection_file}")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    healthy, found = findings(capsys)
    assert not healthy and "python3 does not start" in found["kernel"][0][1]


def test_doctor_sees_the_kernel_of_another_python(monkeypatch, capsys, tmp_path):
    quick(monkeypatch, "kernel")
    pretend = "import sys; sys.prefix = '/elsewhere'; from ipykernel.kernelapp import main; main()"
    kernelspec(tmp_path, sys.executable, "-c", pretend, "-f", "{connection_file}")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    healthy, found = findings(capsys)
    assert not healthy and "another Python, in /elsewhere" in found["kernel"][0][1]


def test_doctor_sees_little_memory_and_little_disk(monkeypatch, capsys):
    quick(monkeypatch, "memory", "disk")
    memory = namedtuple("memory", "total available")
    disk = namedtuple("disk", "free")
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: memory(4e9, 0.5e9))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: disk(0.1e9))
    healthy, found = findings(capsys)
    assert not healthy
    assert found["memory"][0][0] == "WRONG" and "close other programs" in found["memory"][0][1]
    assert found["disk"][0][0] == "WRONG" and "make room" in found["disk"][0][1]


def test_doctor_without_the_full_data_is_content(monkeypatch, capsys, no_data):
    quick(monkeypatch, "data")
    healthy, found = findings(capsys)
    assert healthy
    assert [state for state, _ in found["data"]] == ["ok", "note", "note"]
    assert "mnistlab download" in found["data"][1][1]


def test_doctor_names_a_damaged_file(monkeypatch, capsys, no_data):
    quick(monkeypatch, "data")
    folder = no_data / "cache" / "mnist"
    folder.mkdir(parents=True)
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(b"<html>not here</html>")
    healthy, found = findings(capsys)
    assert not healthy
    state, finding = found["data"][1]
    assert state == "WRONG" and "t10k-labels-idx1-ubyte.gz" in finding and "delete" in finding


def test_doctor_survives_its_own_examinations(monkeypatch, capsys):
    quick(monkeypatch, "data")
    monkeypatch.setenv("MNISTLAB_DATA", "/no/such/folder")
    healthy, found = findings(capsys)
    assert not healthy
    assert any("/no/such/folder" in finding for _, finding in found["data"])


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
        contents = f"http://127.0.0.1:{port}/api/contents/notebooks/{cli.FIRST_NOTEBOOK}"
        assert status(contents) == 403
        assert status(f"{contents}?token={facts['token']}") == 200
        assert f"/lab/tree/notebooks/{cli.FIRST_NOTEBOOK}?token=" in log.read_text()
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
