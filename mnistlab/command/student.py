"""What an instructor carries to a workshop: `student` and `bundle`.

`student` writes the course without solutions and outputs. `bundle` writes one zip with the whole
course, the packages of uv.lock for this platform and the full data: unpacked on a machine without
a network, ``python start.py`` opens it.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import datasets
from .course import find_notebooks, notebooks_dir, read_course, tidy, write_whole

# What the notebooks read, relative to the course's folder (besides the digits themselves).
READ_BY_NOTEBOOKS = ("notebooks/figures", "data/pictures", "benchmarks/results")

# What of a checkout goes into the bundle: everything but .git, CI and what can be made again.
IN_BUNDLE = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff"),
    *("LICENSE", "LICENSE-CC-BY-4.0.md", ".gitignore"),
    *("Makefile", "environment.yml", "pyproject.toml", "uv.lock", "conftest.py"),
    *("benchmarks", "data", "docs", "mnistlab", "notebooks", "tests", "tools"),
)
NOT_IN_BUNDLE = shutil.ignore_patterns(
    "__pycache__", ".ipynb_checkpoints", "*.part", "cache", "site*", "_build", "node_modules"
)
FOLDER = "mnistlab-course"  # what the zip unpacks to
ALREADY_PACKED = {".whl", ".gz", ".npz", ".png", ".jpg", ".zip"}

# Not in the lock: pip installs the wheels, editables puts the course itself in place (hatchling
# asks for it).
TO_INSTALL_WITH = ("pip", "editables")

# Prose between these comments is about the solutions, and goes with them.
ABOUT_SOLUTIONS = re.compile(r"<!-- with solutions -->.*?<!-- end -->", re.DOTALL)
INSTEAD = "Solutions are not in this copy of the course: ask whoever gave it to you."


# ------------------------------------------------------------------ the course to hand out


def student(output: str | Path) -> Path:
    """Write the course without solutions and outputs; the checks of the exercises stay.

    Parameters
    ----------
    output : str or Path
        A folder that does not exist yet, or is empty.

    Returns
    -------
    Path
        The folder, with ``notebooks/`` and what the notebooks read.

    Raises
    ------
    FileExistsError
        There is something in the folder already.
    FileNotFoundError
        The folder it should lie in does not exist, or the course is not here.
    """
    source = notebooks_dir()
    with _whole_folder(Path(output)) as folder:
        for name in READ_BY_NOTEBOOKS:
            if (source.parent / name).is_dir():
                shutil.copytree(source.parent / name, folder / name, ignore=NOT_IN_BUNDLE)
        (folder / "notebooks").mkdir(exist_ok=True)
        shutil.copy(source / "course.toml", folder / "notebooks")
        for path in find_notebooks([str(source / entry["file"]) for entry in read_course()]):
            _write_student_notebook(path, folder / "notebooks" / path.name)
        write_whole(folder / "README.md", _student_readme())
    return Path(output)


def _write_student_notebook(source: Path, target: Path) -> None:
    import nbformat

    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if "solution" not in cell.metadata.get("tags", [])
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.get("jupyter", {}).pop("outputs_hidden", None)  # there is none to hide
        else:
            cell.source = ABOUT_SOLUTIONS.sub(INSTEAD, cell.source)
    tidy(notebook)
    write_whole(target, nbformat.writes(notebook) + "\n")


def _student_readme() -> str:
    titles = "\n".join(
        f"- [{entry['title']}](notebooks/{entry['file']}), about {entry['minutes']} minutes"
        for entry in read_course()
    )
    return f"""# A course about MNIST

Open `notebooks/00_start_here.ipynb`. With the course's environment active:

    jupyter lab notebooks/00_start_here.ipynb

{titles}

The notebooks need the package `mnistlab`. `mnistlab doctor` says whether this machine is ready.
"""


@contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `target` when all went well and vanishes otherwise."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(f"{target} is not empty: name a new folder, or empty that one first")
    parent = target.absolute().parent
    if not parent.is_dir():
        raise FileNotFoundError(f"{parent} is not a folder: make it first, or name another place")
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=parent) as scratch:
        folder = Path(scratch) / "whole"
        folder.mkdir()
        yield folder
        if target.exists():
            target.rmdir()  # it is empty; Windows would not rename onto it
        os.replace(folder, target)


# ------------------------------------------------------------------ one zip for a USB stick


def bundle(output: str | Path) -> Path:
    """Write one zip with the course, its packages for this platform, and the data that is here.

    The packages are downloaded: this needs the network and uv. Unpacking and opening needs
    neither, but the same system and the same version of Python.

    Parameters
    ----------
    output : str or Path
        A file that does not exist yet, ending in ``.zip``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError, FileNotFoundError, ValueError
        The zip cannot go there, or this is no checkout of the course.
    OSError
        The packages could not be downloaded.
    """
    target = Path(output)
    if target.suffix != ".zip":
        raise ValueError(f"{target}: the bundle is a zip, give a name that ends in .zip")
    if target.exists():
        raise FileExistsError(f"{target} is already there: delete it, or name another file")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"{target.absolute().parent} is not a folder: make it first")
    if not (datasets.CHECKOUT / "uv.lock").is_file():
        raise FileNotFoundError(
            "there is no uv.lock beside the package: a bundle is made in the course's own folder, "
            "the one that git clone made"
        )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / FOLDER
        _copy_course(folder)
        data = _copy_data(folder / "data" / "cache")
        _download_wheels(folder / "wheels")
        write_whole(folder / "START-HERE.txt", _start_here(data))
        _zip(folder, target)
    return target


def _copy_course(folder: Path) -> None:
    folder.mkdir()
    for name in IN_BUNDLE:
        source = datasets.CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=NOT_IN_BUNDLE)
        elif source.is_file():
            shutil.copy(source, folder / name)
    shutil.copy(datasets.CHECKOUT / "tools" / "start.py", folder)


def _copy_data(cache: Path) -> str:
    """Copy the verified files of the data that lie on this machine; say what is there."""
    for files in datasets.registry().values():
        for file in files:
            good = (path for path in datasets.places(file) if datasets.is_good(path, file))
            if path := next(good, None):
                name = file.unzipped if path.name == file.unzipped else file.name
                (cache / file.folder).mkdir(parents=True, exist_ok=True)
                shutil.copy(path, cache / file.folder / name)
    whole = all((cache / "mnist" / name).is_file() for name in _names_of_mnist(cache))
    return "the full MNIST" if whole else "the sample of 5,000 digits (the full data was not here)"


def _names_of_mnist(cache: Path) -> list[str]:
    return [
        file.name if (cache / file.folder / file.name).is_file() else file.unzipped
        for file in datasets.registry()["mnist"]
    ]


def _download_wheels(folder: Path) -> None:
    """Fetch the wheels that uv.lock names, for this Python and platform, and pip to install them.

    uv knows the lock and pip knows how to download; pip compares every file with the lock's digest.
    """
    uv = _find_uv()
    folder.mkdir()
    requirements = folder / "requirements.txt"
    export = ["export", "--locked", "--no-default-groups", "--group=dev", "--no-emit-project"]
    _run([*uv, *export, "--quiet", f"--output-file={requirements}"], "reading uv.lock")
    lines = requirements.read_text(encoding="utf-8").splitlines(keepends=True)
    write_whole(requirements, "".join(line for line in lines if not line.lstrip().startswith("#")))
    pip = [*uv, "tool", "run", "--quiet", f"--python={sys.executable}", "pip", "download"]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", f"--dest={folder}"]
    options.append("--disable-pip-version-check")
    _run([*pip, *options, "--require-hashes", f"--requirement={requirements}"], "downloading")
    _run([*pip, *options, *TO_INSTALL_WITH], "downloading")
    write_whole(folder / "made-for.json", json.dumps(_this_platform()) + "\n")


def _this_platform() -> dict[str, str]:
    """Say for what the wheels are; ``tools/start.py`` asks the same of the machine it runs on."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "system": platform.system(),
        "machine": platform.machine(),
    }


def _find_uv() -> list[str]:
    from importlib.util import find_spec

    if find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    if uv := shutil.which("uv"):
        return [uv]
    raise FileNotFoundError(
        "uv is needed to read the lock, and was not found: python -m pip install uv"
    )


def _run(command: list[str], what: str) -> None:
    # A university's or company's proxy has its own certificate (as in tools/make_env.sh).
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ}
    done = subprocess.run(
        command, cwd=datasets.CHECKOUT, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith("error")] or lines[-1:]
        raise OSError(f"{what} failed: {errors[-1] if errors else 'no reason given'}")


def _start_here(data: str) -> str:
    made_for = _this_platform()
    python, windows = made_for["python"], made_for["system"] == "Windows"
    start = f"py -{python} start.py" if windows else f"python{python} start.py"
    return f"""The MNIST course, for a machine without a network.

For {made_for["system"]} {made_for["machine"]} with Python {python}. Inside: {data}.

Copy this folder from the stick to the disk. Open a terminal in it, then:

    {start}            opens the course in JupyterLab
    {start} doctor     says whether this machine is ready
    {start} run 00     runs notebook 00 from top to bottom
    {start} test       runs all tests (takes minutes)

The first time it puts the packages into the folder .venv, which takes about a minute.
Nothing outside this folder is changed. To remove the course, delete the folder.
"""


def _zip(folder: Path, target: Path) -> None:
    """Zip a folder so that `target` is there whole or not at all."""
    part = target.with_name(target.name + ".part")
    try:
        with zipfile.ZipFile(part, "w") as archive:
            for path in sorted(folder.rglob("*")):
                packed = path.suffix in ALREADY_PACKED
                method = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                archive.write(path, path.relative_to(folder.parent), method)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
