"""The course as an instructor hands it out: without solutions and outputs."""

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

import nbformat

from .course import find_notebooks, notebooks_dir, read_course

# What the notebooks read, relative to the course's folder (besides the digits themselves).
READ_BY_NOTEBOOKS = ("notebooks/figures", "data/pictures", "data/predictions", "benchmarks/results")

HANDED_OUT = "handed_out"  # in a copy's notebooks: the digest of what was handed out

# Prose between these comments is about the solutions, and goes with them.
ABOUT_SOLUTIONS = re.compile(r"<!-- with solutions -->.*?<!-- end -->", re.DOTALL)
INSTEAD = "Solutions are not in this copy of the course: ask whoever gave it to you."


def student(output: str | Path) -> Path:
    """Write the course without solutions and outputs to `output`, a new or empty folder; return it.

    The checks of the exercises stay, and what the notebooks read comes along. OSError if there is
    something in the folder, the folder it should lie in does not exist, or the course is not here.
    """
    target, source = Path(output), notebooks_dir()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(f"{target} is not empty: name a new folder, or empty that one first")
    parent = target.absolute().parent
    if not parent.is_dir():
        raise FileNotFoundError(f"{parent} is not a folder: make it first, or name another place")
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=parent) as scratch:
        folder = Path(scratch) / "whole"  # becomes `target` when all went well
        (folder / "notebooks").mkdir(parents=True)
        for name in READ_BY_NOTEBOOKS:
            if (source.parent / name).is_dir():
                hidden = shutil.ignore_patterns(".*")
                shutil.copytree(source.parent / name, folder / name, ignore=hidden)
        shutil.copy(source / "course.toml", folder / "notebooks")
        for path in find_notebooks([str(source / entry["file"]) for entry in read_course()]):
            _write_notebook(path, folder / "notebooks" / path.name)
        shutil.copy(Path(__file__).with_name("student.md"), folder / "README.md")
        if target.exists():
            target.rmdir()  # it is empty; Windows would not rename onto it
        os.replace(folder, target)
    return target


def _write_notebook(source: Path, target: Path) -> None:
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [c for c in notebook.cells if "solution" not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.get("jupyter", {}).pop("outputs_hidden", None)  # there is none to hide
        else:
            cell.source = ABOUT_SOLUTIONS.sub(INSTEAD, cell.source)
    notebook.metadata[HANDED_OUT] = digest(notebook)
    nbformat.write(notebook, target)


def digest(notebook: nbformat.NotebookNode) -> str:
    """Return by what the text of a notebook is known; outputs do not count."""
    text = repr([(cell.cell_type, cell.source) for cell in notebook.cells])
    return hashlib.sha256(text.encode()).hexdigest()
