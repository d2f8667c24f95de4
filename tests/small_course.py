"""A course of two notebooks, for tests of what runs and stores notebooks."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mnistlab.command import course

ENTRY = """# a comment that stays
[[notebook]]
file = "00_small.ipynb"
title = "Small"
summary = "Adds."
needs = "nothing"
run_seconds = 60
minutes = 5

[[notebook]]
file = "01_other.ipynb"
title = "Other"
summary = "Subtracts."
needs = "00"
run_seconds = 7
minutes = 10
"""
SMALL = [
    new_markdown_cell("# Small\n\n**Time** about 99 minutes · **Needs** nothing · **Data** none"),
    new_code_cell("for percent in (0, 50, 100):\n    print(f'\\r{percent} %', end='')\nprint()"),
    new_code_cell("print('one')\nprint('two')"),
    new_code_cell("import ipywidgets\nipywidgets.IntSlider(3)"),
    new_code_cell("import time\ntime.time()", metadata={"tags": ["nbval-ignore-output"]}),
    new_code_cell("1 + 1"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give an empty course; the real one is neither seen nor touched."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "course.toml").write_text(ENTRY, encoding="utf-8")
    monkeypatch.setattr(course, "notebooks_dir", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def write(folder, name, cells):
    path = folder / name
    nbformat.write(new_notebook(cells=[nbformat.from_dict(cell) for cell in cells]), path)
    return path
