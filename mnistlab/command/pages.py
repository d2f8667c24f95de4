"""A notebook as one HTML page, for `mnistlab run`: nbconvert's, with what is folded folded."""

import base64
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

    def embed(match: re.Match) -> str:
        data = base64.b64encode((path.parent / match[2]).read_bytes()).decode()
        return f'{match[1]}data:{mimetypes.guess_type(match[2])[0]};base64,{data}"'

    template = files(__package__).joinpath("pages.html.j2").read_text(encoding="utf-8")
    exporter = HTMLExporter(template_name="lab", raw_template=template)
    html, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": path.stem}})
    html = re.sub(r'(href="[0-9]{2}_\w+)\.ipynb', r"\1.html", html)
    # nbconvert can do that (`embed_images`), but then it closes <details> before the hint.
    html = re.sub(r'(<img [^>]*src=")([\w./-]+)"', embed, html)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{path.stem}.html"
    with whole_file(page) as file:
        file.write(html.encode())
    return page
