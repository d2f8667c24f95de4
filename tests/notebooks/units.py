"""The notebooks as the tests read them."""

import ast
import re
from functools import cache
from pathlib import Path

import nbformat

from mnistlab.command import course

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [ROOT / "notebooks" / entry["file"] for entry in course.read_course()]

SOLUTION, HIDDEN_CODE, HIDDEN_OUTPUT = "solution", "hide-input", "hide-output"


@cache
def read(path):
    """Read a notebook, once for all tests: whoever changes it takes a copy."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def tags(cell):
    return cell.metadata.get("tags", [])


def is_for_learners(cell):
    """Tell whether a learner reads this code: it is no solution and not folded away."""
    return cell.cell_type == "code" and not {SOLUTION, HIDDEN_CODE} & set(tags(cell))


def without_folds(markdown):
    """Return Markdown without what is folded: a hint, or what came out."""
    return re.sub(r"<details>.*?</details>", "", markdown, flags=re.DOTALL)


def parse(source):
    """Parse a cell's Python, without IPython's own lines."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    return ast.parse("\n".join(lines))
