"""The package as people get it: wheel and sdist, built offline, used far away from the checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def build(checkout, folder, *kinds):
    command = [sys.executable, "-m", "hatchling", "build", *kinds, "--directory", folder]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling is not installed: run `make env`")
    return build(ROOT, tmp_path_factory.mktemp("dist"), "-t", "wheel", "-t", "sdist")


@pytest.fixture(scope="module")
def wheel(built):
    (file,) = built.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def sdist(built, tmp_path_factory):
    (file,) = built.glob("*.tar.gz")
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(file) as archive:
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # from Python 3.11.4
        archive.extractall(folder, **safe)
    (checkout,) = folder.iterdir()
    return checkout


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Unpack the wheel, which is all that installing it does; its dependencies are here already."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def run(installed, tmp_path):
    """Return a function that runs Python in an empty folder, with the installed package."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    environment = os.environ | {
        "PYTHONPATH": str(installed),
        "HOME": str(home),
        "LOCALAPPDATA": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "MNISTLAB_OFFLINE": "1",
    }
    environment.pop("MNISTLAB_DATA", None)

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=here, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run.home, run.here = home, here
    return run


@pytest.fixture(scope="module")
def plain(wheel, tmp_path_factory):
    """Make an environment of the wheel and what it asks for, without the group dev; offline."""
    uv = [sys.executable, "-m", "uv"] if find_spec("uv") else [shutil.which("uv") or "uv"]
    folder = tmp_path_factory.mktemp("plain") / ".venv"
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder), "UV_OFFLINE": "1"}
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    same = f"--python={sys.executable}"
    packages = ["sync", "--locked", "--no-default-groups", "--no-install-project", same]
    for words in (packages, ["pip", "install", "--no-deps", f"--python={python}", wheel]):
        try:
            subprocess.run(
                [*uv, *words], cwd=ROOT, env=environment, check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"needs uv, and the packages of uv.lock in its cache ({error})")
    return python


@pytest.mark.parametrize("words", ["doctor", "run 00", "student -o handed-out"])
def test_commands_need_nothing_of_the_group_dev(plain, tmp_path, words):
    (tmp_path / "notebooks").mkdir()
    entry = 'file = "00_small.ipynb"\ntitle = "Small"\nminutes = 5\n'
    (tmp_path / "notebooks" / "course.toml").write_text(f"[[notebook]]\n{entry}")
    notebook = new_notebook(cells=[new_code_cell("import mnistlab\nprint('ran')")])
    nbformat.write(notebook, tmp_path / "notebooks" / "00_small.ipynb")
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MNISTLAB_DATA")}
    command = [plain, "-m", "mnistlab", *words.split()]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def content(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if "RECORD" not in name}


def test_wheel_holds_everything_the_package_reads(wheel):
    names = content(wheel).keys()
    package = ROOT / "mnistlab"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= names
    assert {"mnistlab/web/page/index.html", "mnistlab/reader.npz"} <= files
    answers = {f"mnistlab/answers/{path.name}" for path in ROOT.glob("data/answers/*.*")}
    assert {"mnistlab/registry.toml", "mnistlab/answers/unit_07.py"} | answers <= names
    assert {"mnistlab/kana/strokes.json", "mnistlab/kana/README.md"} <= names
    licences = {name.rpartition("/licenses/")[2] for name in names if "/licenses/" in name}
    assert licences == {path.name for path in ROOT.glob("LICENSE*")}
    outside = {name for name in names if not name.startswith(("mnistlab/", "mnistlab-"))}
    assert outside == set()


def test_every_licence_is_said_and_what_is_share_alike_is_named():
    """Also where a machine looks: in the package's metadata and in the citation."""
    names = PROJECT["license"].split(" AND ")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert citation.partition("\nlicense:\n")[2].split("\nabstract")[0].split("\n  - ") == [
        f"  - {names[0]}",
        *names[1:],
    ]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("", *names[1:]):
        file = f"LICENSE-{name}.md" if name else "LICENSE"
        assert (ROOT / file).is_file() and f"({file})" in readme
    said = (ROOT / "LICENSE-CC-BY-SA-3.0.md").read_text(encoding="utf-8")
    for words in ("KanjiVG", "Ulrich Apel", "/by-sa/3.0/legalcode", "LICENSE-CC-BY-SA-3.0.txt"):
        assert words in said
    files = ("data/kana/strokes.json", "data/kana/hands.npz", "mnistlab/kana.npz")
    for file in (*files, "mnistlab/hard_digits.npz", "mnistlab/web/page/examples.png"):
        assert f"`{file}`" in said and (ROOT / file).is_file()
    text = (ROOT / "LICENSE-CC-BY-SA-3.0.txt").read_bytes().replace(b"\r\n", b"\n")
    digest = "d255e07978fd16ddfec38bc59dc9d857b885dd44ddbf4e79baf207d30746bdcc"
    assert hashlib.sha256(text).hexdigest() == digest  # KanjiVG's own copy


def test_sdist_holds_the_course_and_gives_the_same_wheel(sdist, wheel, tmp_path):
    for name in ("notebooks/course.toml", "notebooks/00_start_here.ipynb", "uv.lock", "Makefile"):
        assert (sdist / name).is_file()
    assert not (sdist / "data" / "cache").exists()
    (again,) = build(sdist, tmp_path, "-t", "wheel").glob("*.whl")
    assert content(again) == content(wheel)


def test_it_is_the_installed_package_that_runs(run, installed):
    assert Path(run("-c", "import mnistlab; print(mnistlab.__file__)").strip()).is_relative_to(
        installed
    )


def test_loads_checks_and_reads(run):
    printed = run(
        "-c",
        "from mnistlab import check, load_hard_digits, load_mnist, load_reader\n"
        "mnist = load_mnist()\n"
        "print(mnist)\n"
        "model = load_reader()\n"
        "print(model.score(mnist.X_test, mnist.y_test) > 0.97)\n"
        "print(len(load_hard_digits().labels))\n"
        "check('04-baseline', ...)\n"
        "check('11-shifted', lambda picture, down, right: picture)\n",
    )
    assert "sample" in printed
    assert "True\n20\nNot answered yet" in printed
    assert "Not yet. your function(" in printed  # 11 needs 08


def test_data_goes_to_the_users_cache(run):
    folder = Path(run("-c", "from mnistlab import datasets; print(datasets.cache_dir())").strip())
    assert folder.is_relative_to(run.home)


def test_writes_the_digit_reading_page(run, installed):
    run("-m", "mnistlab", "web", installed / "mnistlab" / "reader.npz", "-o", "page")
    assert "Reads handwritten digits" in (run.here / "page" / "index.html").read_text("utf-8")


def test_the_notebooks_are_found_from_their_folder_and_missed_elsewhere(run):
    find = "from mnistlab.command import course; print(course.notebooks_dir())"
    missing = "try:\n    course.notebooks_dir()\nexcept FileNotFoundError as e:\n    print(e)"
    assert "change into the course's folder" in run(
        "-c", f"from mnistlab.command import course\n{missing}"
    )
    (run.here / "notebooks").mkdir()
    (run.here / "notebooks" / "course.toml").touch()
    assert Path(run("-c", find).strip()) == run.here / "notebooks"


def test_one_version_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['version']}\n" in citation
    assert f"## {PROJECT['version']}" in changelog or "## Unreleased" in changelog
