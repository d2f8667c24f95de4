"""What an instructor hands out: the course without solutions, and the zip for a USB stick."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from mnistlab import datasets
from mnistlab.command import cli, course
from mnistlab.command import student as kit

ROOT = Path(__file__).parents[2]
START = ROOT / "tools" / "start.py"


# student


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    return kit.student(tmp_path_factory.mktemp("student") / "course")


def notebooks(folder):
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        yield path.name, nbformat.read(path, as_version=4)


def test_student_gets_every_notebook_of_the_course(handed_out):
    assert [name for name, _ in notebooks(handed_out)] == [n["file"] for n in course.read_course()]


def test_student_gets_no_solution_and_no_output(handed_out):
    for name, notebook in notebooks(handed_out):
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert "solution" not in cell.metadata.get("tags", []), name
            if cell.cell_type == "code":
                assert cell.outputs == [] and cell.execution_count is None, name
                assert "outputs_hidden" not in cell.metadata.get("jupyter", {}), name
        text = "\n".join(cell.source for cell in notebook.cells)
        assert not re.search(r"solution\w* (is|are) folded|folded solution", text, re.I), name


def test_student_gets_every_other_cell_and_every_check(handed_out):
    for name, notebook in notebooks(handed_out):
        complete = nbformat.read(ROOT / "notebooks" / name, as_version=4)
        kept = [c for c in complete.cells if "solution" not in c.metadata.get("tags", [])]
        assert len(kept) < len(complete.cells), f"{name}: no solution was there to take out"
        assert [c.source for c in kept if c.cell_type == "code"] == [
            c.source for c in notebook.cells if c.cell_type == "code"
        ]
        assert len(kept) == len(notebook.cells)
        attempts = [c for c in notebook.cells if re.search(r"^check\(", c.source, re.M)]
        exercises = [c for c in notebook.cells if c.source.startswith("### Exercise")]
        assert len(attempts) >= 2 and all("..." in c.source for c in attempts), name
        assert exercises or "### Exercise" in "".join(c.source for c in notebook.cells)


def test_student_copy_says_where_the_solutions_are(handed_out):
    (text,) = (
        cell.source
        for cell in dict(notebooks(handed_out))["00_start_here.ipynb"].cells
        if cell.source.startswith("## How exercises work")
    )
    assert kit.INSTEAD in text and "folded" not in text and "<!--" not in text


def test_links_and_files_of_the_student_copy_are_there(handed_out):
    for name, notebook in notebooks(handed_out):
        prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        targets = re.findall(r"\]\(([^)\s]+)\)", prose)
        code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
        targets += re.findall(r'"(\.\./[\w./-]+)"', code)
        for target in targets:
            if not target.startswith(("http", "#", "mailto:")):
                assert (handed_out / "notebooks" / target.split("#")[0]).exists(), (name, target)


def test_student_copy_runs_and_its_course_is_found(handed_out, monkeypatch):
    monkeypatch.chdir(handed_out)
    monkeypatch.setenv("MNISTLAB_SOURCE", "sample")
    assert course.notebooks_dir() == handed_out / "notebooks"
    notebook = course.execute(course.find_notebooks(["00"])[0])
    said = "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))
    assert said.count("Not answered yet") >= 2 and "Right." not in said


def test_student_refuses_a_folder_with_something_in_it(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert cli.main(["student", "-o", str(tmp_path)]) == 1
    assert "is not empty: name a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_student_refuses_a_file_and_a_place_that_is_not_there(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        kit.student(tmp_path / "file")
    with pytest.raises(FileNotFoundError, match="make it first"):
        kit.student(tmp_path / "no" / "where")
    assert (tmp_path / "file").read_text() == "mine"


def test_student_fills_an_empty_folder_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    empty = tmp_path / "course"
    empty.mkdir()
    real, written = kit.write_whole, []

    def disk_full(path, text):
        written.append(path)
        if len(written) == 3:
            raise OSError("No space left on device")
        real(path, text)

    monkeypatch.setattr(kit, "write_whole", disk_full)
    with pytest.raises(OSError, match="No space"):
        kit.student(empty)
    assert list(tmp_path.iterdir()) == [empty] and not list(empty.iterdir())
    monkeypatch.setattr(kit, "write_whole", real)
    assert cli.main(["student", "-o", str(empty)]) == 0
    assert list(tmp_path.iterdir()) == [empty] and (empty / "README.md").is_file()


# bundle, without the network: a few made-up wheels stand for the real ones


@pytest.fixture
def small_bundle(monkeypatch, tmp_path):
    """Make the bundle, with two files in place of the packages that would be downloaded."""

    def two_files(folder):
        folder.mkdir()
        (folder / "pip-1-py3-none-any.whl").write_bytes(b"not really")
        (folder / "made-for.json").write_text(json.dumps(kit._this_platform()))

    monkeypatch.setattr(kit, "_download_wheels", two_files)
    kit.bundle(tmp_path / "stick.zip")
    with zipfile.ZipFile(tmp_path / "stick.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path / kit.FOLDER


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def test_bundle_holds_every_file_of_the_course(small_bundle):
    missing = [name for name in tracked() if not (small_bundle / name).is_file()]
    assert [name for name in missing if not name.startswith((".ci/", ".github/"))] == []
    assert (small_bundle / "start.py").is_file()
    assert (small_bundle / "START-HERE.txt").is_file()
    assert not list(small_bundle.rglob("__pycache__")) and not (small_bundle / ".venv").exists()


def test_bundle_holds_the_data_that_is_here_and_only_good_files(tmp_path, monkeypatch):
    file = datasets.registry()["mnist"][0]
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
        (folder / file.name).write_bytes(b"something")
    monkeypatch.setattr(datasets, "_cache_dirs", lambda: [tmp_path / "none"])
    monkeypatch.setattr(datasets, "is_good", lambda path, _: path.parent == good)
    monkeypatch.setenv("MNISTLAB_DATA", str(bad))
    assert "sample" in kit._copy_data(tmp_path / "cache-a")
    assert not (tmp_path / "cache-a").exists()
    monkeypatch.setenv("MNISTLAB_DATA", str(good))
    assert "sample" in kit._copy_data(tmp_path / "cache-b")  # one of four is not the full data
    assert (tmp_path / "cache-b" / "mnist" / file.name).read_bytes() == b"something"


@pytest.mark.parametrize(
    ("name", "message"),
    [("stick.tar", "ends in .zip"), ("there.zip", "already there"), ("no/x.zip", "make it first")],
)
def test_bundle_refuses_before_it_downloads(tmp_path, monkeypatch, capsys, name, message):
    (tmp_path / "there.zip").write_bytes(b"mine")
    monkeypatch.setattr(kit, "_download_wheels", lambda _: pytest.fail("it went on"))
    assert cli.main(["bundle", "-o", str(tmp_path / name)]) == 1
    error = capsys.readouterr().err
    assert message in error and len(error.splitlines()) == 1
    assert (tmp_path / "there.zip").read_bytes() == b"mine"


def test_a_failed_download_leaves_no_zip_and_says_why(tmp_path, monkeypatch):
    def uv_without_network():
        words = "import sys; print('error: no route to host', file=sys.stderr); sys.exit(2)"
        return [sys.executable, "-c", words]

    monkeypatch.setattr(kit, "_find_uv", uv_without_network)
    monkeypatch.setattr(kit, "_copy_data", lambda _: "nothing")
    with pytest.raises(OSError, match="no route to host"):
        kit.bundle(tmp_path / "stick.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_needs_a_checkout_and_uv(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="pip install uv"):
        kit._find_uv()
    monkeypatch.setattr(datasets, "CHECKOUT", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no uv\.lock"):
        kit.bundle(tmp_path / "stick.zip")


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
    (unpacked / "wheels" / "made-for.json").write_text(json.dumps(kit._this_platform()))
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
