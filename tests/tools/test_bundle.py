"""The zip for machines without a network: `tools/bundle.py`, and `start.py` inside it."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import bundle
import pytest

from mnistlab import datasets

ROOT = Path(__file__).parents[2]
START = ROOT / "tools" / "start.py"


# Without the network: a few made-up wheels stand for the real ones


@pytest.fixture
def small_bundle(monkeypatch, tmp_path):
    """Make the bundle, with two files in place of the packages that would be downloaded."""

    def two_files(folder):
        folder.mkdir()
        (folder / "pip-1-py3-none-any.whl").write_bytes(b"not really")
        (folder / "made-for.json").write_text(json.dumps(bundle._this_platform()))

    monkeypatch.setattr(bundle, "_download_wheels", two_files)
    bundle.bundle(tmp_path / "stick.zip")
    with zipfile.ZipFile(tmp_path / "stick.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path / bundle.FOLDER


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def test_bundle_holds_every_file_of_the_course(small_bundle):
    missing = [name for name in tracked() if not (small_bundle / name).is_file()]
    assert [
        name for name in missing if not name.startswith((".ci/", ".github/", ".devcontainer/"))
    ] == []
    assert (small_bundle / "start.py").is_file()
    assert (small_bundle / "START-HERE.txt").is_file()
    assert not list(small_bundle.rglob("__pycache__")) and not (small_bundle / ".venv").exists()


def test_bundle_holds_the_data_that_is_here_and_only_good_files(tmp_path, monkeypatch):
    file = datasets.registry()["mnist"][0]
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
        (folder / file.name).write_bytes(b"something")
    registry = import_module("mnistlab.datasets.registry")  # the module, not the function
    monkeypatch.setattr(registry, "_cache_dirs", lambda: [tmp_path / "none"])
    monkeypatch.setattr(datasets, "is_good", lambda path, _: path.parent == good)
    monkeypatch.setenv("MNISTLAB_DATA", str(bad))
    assert "sample" in bundle._copy_data(tmp_path / "cache-a")
    assert not (tmp_path / "cache-a").exists()
    monkeypatch.setenv("MNISTLAB_DATA", str(good))
    assert "sample" in bundle._copy_data(tmp_path / "cache-b")  # one of four is not the full data
    assert (tmp_path / "cache-b" / "mnist" / file.name).read_bytes() == b"something"


@pytest.mark.parametrize(
    ("name", "message"),
    [("stick.tar", "ends in .zip"), ("there.zip", "already there"), ("no/x.zip", "make it first")],
)
def test_bundle_refuses_before_it_downloads(tmp_path, monkeypatch, capsys, name, message):
    (tmp_path / "there.zip").write_bytes(b"mine")
    monkeypatch.setattr(bundle, "_download_wheels", lambda _: pytest.fail("it went on"))
    assert bundle.main(["-o", str(tmp_path / name)]) == 1
    error = capsys.readouterr().err
    assert message in error and len(error.splitlines()) == 1
    assert (tmp_path / "there.zip").read_bytes() == b"mine"


def test_a_failed_download_leaves_no_zip_and_says_why(tmp_path, monkeypatch):
    def uv_without_network():
        words = "import sys; print('error: no route to host', file=sys.stderr); sys.exit(2)"
        return [sys.executable, "-c", words]

    monkeypatch.setattr(bundle, "_find_uv", uv_without_network)
    monkeypatch.setattr(bundle, "_copy_data", lambda _: "nothing")
    with pytest.raises(OSError, match="no route to host"):
        bundle.bundle(tmp_path / "stick.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_needs_a_checkout_and_uv(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bundle, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="pip install uv"):
        bundle._find_uv()
    monkeypatch.setattr(datasets, "CHECKOUT", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no uv\.lock"):
        bundle.bundle(tmp_path / "stick.zip")


# start.py, which a learner runs


def start(folder, *words):
    return subprocess.run(
        [sys.executable, folder / "start.py", *words], capture_output=True, text=True
    )


@pytest.fixture
def unpacked(tmp_path):
    shutil.copy(START, tmp_path)
    (tmp_path / "wheels").mkdir()
    return tmp_path


def only_line(done):
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def test_start_refuses_a_python_the_wheels_are_not_for(unpacked):
    made_for = {"python": "3.99", "system": "Plan9", "machine": "vax"}
    (unpacked / "wheels" / "made-for.json").write_text(json.dumps(made_for))
    line = only_line(start(unpacked))
    assert "are for Python 3.99 on Plan9 vax, this is Python 3." in line
    assert not (unpacked / ".venv").exists()


def test_start_says_that_the_wheels_are_missing(unpacked):
    assert "unpack the whole zip again" in only_line(start(unpacked))


def test_a_set_up_that_fails_leaves_no_environment(unpacked):
    (unpacked / "wheels" / "made-for.json").write_text(json.dumps(bundle._this_platform()))
    (unpacked / "wheels" / "pip-1-py3-none-any.whl").write_bytes(b"damaged on the stick")
    done = start(unpacked)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("start.py: the packages could not be installed")
    assert not (unpacked / ".venv").exists()


def test_what_is_asked_for_is_handed_on_once_the_set_up_is_done(unpacked):
    python = unpacked / ".venv" / "bin" / "python"
    if os.name == "nt":
        pytest.skip("the stand-in for Python is a shell script")
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"; exit 7\n')
    python.chmod(0o755)
    (unpacked / ".venv" / ".ready").touch()
    assert start(unpacked).stdout == "-m mnistlab lab\n"
    done = start(unpacked, "run", "00")
    assert (done.stdout, done.returncode) == ("-m mnistlab run 00\n", 7)
    assert "run_all.py" in start(unpacked, "test").stdout
