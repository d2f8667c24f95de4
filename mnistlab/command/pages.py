"""A notebook as one HTML page, for `mnistlab run`: nbconvert's, with what is folded folded."""

import base64
import copy
import mimetypes
import re
from importlib.resources import files
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from ..formats import whole_file


def write_page(notebook: NotebookNode, path: Path, folder: Path) -> Path:
    """Write a notebook that came from `path` as one HTML page in a folder; return where.

    Pictures are inside, looked up beside `path`; links lead to the other notebooks' pages.
    """
    template = files(__package__).joinpath("pages.html.j2").read_text(encoding="utf-8")
    exporter = HTMLExporter(template_name="lab", raw_template=template)
    pictured, names = _with_pictures(notebook, path.parent), {"metadata": {"name": path.stem}}
    html, _ = exporter.from_notebook_node(pictured, resources=names)
    html = re.sub(r'(href="[0-9]{2}_\w+)\.ipynb', r"\1.html", html)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{path.stem}.html"
    with whole_file(page) as file:
        file.write(html.encode())
    return page


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
