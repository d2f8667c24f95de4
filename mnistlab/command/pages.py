"""A notebook as one HTML page, for `mnistlab run`: nbconvert's, with what is folded folded."""

import base64
import copy
import mimetypes
import re
from importlib.resources import files
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode


def html_page(notebook: NotebookNode, path: Path) -> str:
    """Return a notebook as HTML; pictures are looked up where it came from, and lie inside."""
    template = files(__package__).joinpath("pages.html.j2").read_text(encoding="utf-8")
    exporter = HTMLExporter(template_name="lab", raw_template=template)
    html, _ = exporter.from_notebook_node(
        _with_pictures(notebook, path.parent), resources={"metadata": {"name": path.stem}}
    )
    return html


def _with_pictures(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Return a copy of a notebook whose Markdown holds its pictures.

    nbconvert can do that (``embed_images``), but then it closes ``<details>`` before the hint.
    """

    def embed(match: re.Match) -> str:
        data = base64.b64encode((folder / match[2]).read_bytes()).decode()
        return f"{match[1]}(data:{mimetypes.guess_type(match[2])[0]};base64,{data})"

    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(!\[[^\]]*\])\(([\w./-]+)\)", embed, cell.source)
    return notebook
