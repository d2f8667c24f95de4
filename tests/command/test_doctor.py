"""What `mnistlab doctor` finds."""

import json
import sys
from collections import namedtuple
from importlib import import_module
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from mnistlab import datasets
from mnistlab.command import cli, doctor

ROOT = Path(__file__).parents[2]


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    registry = import_module("mnistlab.datasets.registry")  # the module, not the function
    monkeypatch.setattr(registry, "_cache_dirs", lambda: [tmp_path / "cache"])
    monkeypatch.delenv("MNISTLAB_DATA", raising=False)
    return tmp_path


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


def test_doctor_on_this_machine(monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(ROOT.parent))
    exit_code = cli.main(["doctor"])
    said = capsys.readouterr().out
    lines = said.splitlines()
    names = [line.split()[1] for line in lines[1:-1]]
    assert list(dict.fromkeys(names)) == [
        *("python", "packages", "kernel", "cores", "memory", "disk", "blas", "settings", "data")
    ]
    assert str(ROOT.parent) not in said  # an email with it names no one
    assert str(ROOT) not in said
    assert len(lines) <= 30 and max(map(len, lines)) <= 160  # and it fits
    assert exit_code == (0 if lines[-1] == "Ready." else 1)
    assert "WRONG  kernel" not in said and "WRONG  packages" not in said


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
