"""The course as a whole: which notebooks there are, running them, and the pages that come of it."""

import base64
import mimetypes
import os
import re
import sys
import textwrap
import time
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.display import Markdown
from tqdm import tqdm

from ..exercises.done import done
from ..formats import whole_file

if TYPE_CHECKING:
    from nbformat import NotebookNode

SECONDS_PER_CELL = 1800  # a cell that takes longer hangs; none should take more than 60


class NotebookFailed(Exception):
    """A notebook could not be run to its end; the message names the cell and the error."""


def notebooks_dir() -> Path:
    """Return the folder that holds the course; FileNotFoundError if it cannot be found."""
    here = Path.cwd()
    # The current folder first: a copy made by `mnistlab student` is used with the same package.
    for folder in (here / "notebooks", here, Path(__file__).parents[2] / "notebooks"):
        if (folder / "course.toml").is_file():
            return folder
    raise FileNotFoundError(
        f"the course's notebooks are neither beside the package nor in {here}: "
        "change into the course's folder (the one with the Makefile) and try again"
    )


def find_notebooks(names: list[str]) -> list[Path]:
    """Turn what was typed into notebooks: numbers, names or paths; nothing means all.

    FileNotFoundError if nothing, or more than one notebook, goes by a name.
    """
    if names and all(name.endswith(".ipynb") and Path(name).is_file() for name in names):
        return [Path(name).resolve() for name in names]
    course = sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))
    if not names:
        return course
    found = []
    for name in names:
        matches = [path for path in course if path.stem.startswith(Path(name).stem)]
        if len(matches) != 1:
            known = ", ".join(path.stem for path in course) or "none yet"
            raise FileNotFoundError(f"no single notebook is called {name!r}; there are: {known}")
        found.extend(matches)
    return found


def read_course() -> list[dict]:
    """Read ``course.toml``: a dictionary per notebook, in the order of the course.

    Each has ``file``, ``title``, ``summary``, ``needs``, ``run_seconds`` and ``minutes``.
    """
    text = (notebooks_dir() / "course.toml").read_text(encoding="utf-8")
    return tomllib.loads(text).get("notebook", [])


def course_map() -> Markdown:
    """Return the map of the course, for a notebook to show: its notebooks in order, with links."""
    course = read_course()
    lines = [
        f"- [{Path(entry['file']).stem}]({entry['file']}) · **{entry['title']}** · "
        f"{entry['minutes']} minutes  \n  {entry['summary']}"
        for entry in course
    ]
    total = sum(entry["minutes"] for entry in course)
    return Markdown("\n".join([*lines, "", f"Together {total} minutes."]))


def exercises_done() -> list[str]:
    """Return a line for each notebook: how many of its exercises are done, and which are not."""
    import nbformat  # slow to import

    lines, kept = [], done()
    for entry in read_course():
        cells = nbformat.read(notebooks_dir() / entry["file"], as_version=4).cells
        source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        names = list(dict.fromkeys(re.findall(r'\bcheck\(\s*"([\w-]+)"', source)))
        left = [name for name in names if name not in kept]
        line = f"{Path(entry['file']).stem:<24} {len(names) - len(left)} of {len(names)}"
        lines.append(f"{line}, to do: {', '.join(left)}" if left else line)
    return lines


def execute(path: Path) -> "NotebookNode":
    """Run a notebook in a fresh kernel in its folder; return it with the new outputs.

    The file is not touched. A bar on stdout shows how far the work has come. NotebookFailed if a
    cell raised, took too long, or took the kernel with it.
    """
    import nbformat  # slow to import
    from nbclient import NotebookClient, exceptions  # slow to import

    notebook = nbformat.read(path, as_version=4)
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    # A bar that is redrawn makes a mess of a log file: disable=None leaves it out there.
    shown = {"file": sys.stdout, "disable": None, "leave": False}
    bar = tqdm(desc=path.stem, total=len(code_cells), unit="cell", **shown)
    started = []
    environment = os.environ | {"MNISTLAB_DONE": ""}  # solutions that run are no learner's work
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        startup_timeout=180,
        extra_arguments=["--log-level=ERROR"],  # it warns of local TCP on every start
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=lambda cell, cell_index: started.append(cell_index),
        on_cell_executed=lambda **_: bar.update(),
    )
    try:
        try:
            client.execute(env=environment)
        except RuntimeError:
            if started:
                raise
            client.execute(env=environment)  # no kernel: another program had taken its port
    except exceptions.CellExecutionError as error:
        reason = f"{error.ename}: {error.evalue}"
    except exceptions.CellTimeoutError:
        reason = f"took longer than {SECONDS_PER_CELL} seconds"
    except exceptions.DeadKernelError:
        reason = "the kernel died (most often: the machine ran out of memory)"
    else:
        return notebook
    finally:
        bar.close()
    raise NotebookFailed(f"{path.name}, {_place(notebook, started[-1])}\n  {reason}")


def _place(notebook: "NotebookNode", index: int) -> str:
    """Say where a cell is: its number, the heading above it, its source."""
    above = notebook.cells[: index + 1]
    number = sum(cell.cell_type == "code" for cell in above)
    prose = "\n".join(cell.source for cell in above if cell.cell_type == "markdown")
    headings = re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)
    source = textwrap.indent(above[-1].source, "    ")
    return f"code cell {number}, under {headings[-1] if headings else ''!r}:\n{source}"


def run(names: list[str], store: Callable[..., str] | None = None) -> bool:
    """Run notebooks, write HTML copies to ``build/``, and return whether all ran to their end.

    `names` are as for `find_notebooks`. `store` gets each notebook that ran (its path, what came of
    it, the seconds it took); what it returns is said. ``make refresh`` stores outputs that way.
    """
    failures = []
    for path in find_notebooks(names):
        started = time.monotonic()
        try:
            notebook = execute(path)
        except NotebookFailed as failure:
            failures.append(path.name)
            print(f"{path.stem:<24} failed\n{failure}", flush=True)
            continue
        seconds = time.monotonic() - started
        stored = f", {store(path, notebook, seconds)}" if store else ""
        page = write_page(notebook, path, notebooks_dir().parent / "build")
        print(f"{path.stem:<24} {seconds:6.1f} s{stored}  {os.path.relpath(page)}", flush=True)
    if failures:
        print(f"{len(failures)} failed: {', '.join(failures)}. Their files are as they were.")
    return not failures


def write_page(notebook: "NotebookNode", path: Path, folder: Path) -> Path:
    """Write a notebook that came from `path` as one HTML page in a folder; return where.

    Pictures are inside, looked up beside `path`; links lead to the other notebooks' pages.
    """
    from nbconvert import HTMLExporter  # slow to import

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
