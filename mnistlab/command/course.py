"""The course as a whole: which notebooks there are, how long they take, and how they are run.

``notebooks/course.toml`` lists the notebooks in order. Running them is nbclient's work and turning
them into pages nbconvert's; what this file adds is that a stored notebook is the same, byte for
byte, whenever the same code gave the same outputs.
"""

import hashlib
import os
import re
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

import pandas as pd
from tqdm import tqdm

WORDS_PER_MINUTE = 180  # reading slowly, with code between the lines
MINUTES_PER_EXERCISE = 4
SECONDS_PER_CELL = 1800  # a cell that takes longer hangs; none should take more than 60
IGNORED_BY_NBVAL = "nbval-ignore-output"  # the tag of a cell whose output depends on the machine
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# Notes that editors and runners leave in a cell's metadata: they change without the cell changing.
VOLATILE = {
    "ExecuteTime",
    "collapsed",
    "execution",
    "jupytext",
    "lines_to_next_cell",
    "papermill",
    "scrolled",
    "trusted",
}
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
TABLE_START, TABLE_END = "<!-- course table: made by `make refresh` -->", "<!-- end of table -->"


class NotebookFailed(Exception):
    """A notebook could not be run to its end; the message names the cell and the error."""


# ------------------------------------------------------------------ which notebooks there are


def notebooks_dir() -> Path:
    """Return the folder that holds the course.

    Raises
    ------
    FileNotFoundError
        Neither the current folder nor the checkout that this package lies in holds the course.
    """
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
    """Turn what was typed into notebooks: a number, a name or a path; nothing means all.

    Parameters
    ----------
    names : list of str
        For example ``["03"]``, ``["04_five_or_not"]`` or ``["notebooks/04_five_or_not.ipynb"]``.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    FileNotFoundError
        Nothing, or more than one notebook, goes by a name.
    """
    if names and all(name.endswith(".ipynb") and Path(name).is_file() for name in names):
        return [Path(name).resolve() for name in names]
    course = sorted(notebooks_dir().glob("[0-9][0-9]_*.ipynb"))
    if not names:
        return course
    found = []
    for name in names:
        stem = Path(name).stem
        matches = [path for path in course if path.stem == stem or path.stem.startswith(stem)]
        if len(matches) != 1:
            known = ", ".join(path.stem for path in course) or "none yet"
            raise FileNotFoundError(f"no single notebook is called {name!r}; there are: {known}")
        found.extend(matches)
    return found


def read_course() -> list[dict]:
    """Read ``course.toml``: one dictionary per notebook, in the order of the course.

    Returns
    -------
    list of dict
        With ``file``, ``title``, ``summary``, ``needs``, ``run_seconds`` and ``minutes``.
    """
    text = (notebooks_dir() / "course.toml").read_text(encoding="utf-8")
    return tomllib.loads(text).get("notebook", [])


def course_map() -> pd.DataFrame:
    """Return the map of the course: a row per notebook, in order.

    Returns
    -------
    pandas.DataFrame
        Columns ``notebook`` (the file's name without its ending), ``title``, ``summary``,
        ``needs`` and ``minutes`` (running and reading).
    """
    rows = [{**entry, "notebook": Path(entry["file"]).stem} for entry in read_course()]
    return pd.DataFrame(rows, columns=["notebook", "title", "summary", "needs", "minutes"])


def minutes(notebook, run_seconds: float) -> int:
    """Estimate how long a learner needs for a notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook.
    run_seconds : float
        Measured seconds to run it from top to bottom.

    Returns
    -------
    int
        Reading, running and exercises in minutes, to the nearest five (at least five).
    """
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    exercises = len(re.findall(r"^#+ Exercise", prose, flags=re.MULTILINE))
    reading = words(prose) / WORDS_PER_MINUTE
    total = reading + run_seconds / 60 + MINUTES_PER_EXERCISE * exercises
    return max(5, 5 * round(total / 5))


def words(prose: str) -> int:
    """Count the words a reader reads in Markdown: tags and addresses are none."""
    prose = re.sub(r"<[^>]+>|\]\([^)]*\)|https?://\S+", " ", prose)
    return len(re.findall(r"\w+(?:[-'’]\w+)*", prose))


def course_table() -> str:
    """Return the README's table of the course, in Markdown."""
    lines = ["| Notebook | What you do | Needs | Minutes |", "|---|---|---|---|"]
    for entry in read_course():
        link = f"[{Path(entry['file']).stem}](notebooks/{entry['file']})"
        lines.append(
            f"| {link} | **{entry['title']}**<br>{entry['summary']} | {entry['needs']} "
            f"| {entry['minutes']} |"
        )
    return "\n".join(lines)


# ------------------------------------------------------------------ running


def execute(path: Path):
    """Run a notebook from top to bottom in a fresh kernel, with a bar on stdout.

    Parameters
    ----------
    path : pathlib.Path
        The notebook; its folder is the kernel's working folder.

    Returns
    -------
    nbformat.NotebookNode
        The notebook with its new outputs. The file is not touched.

    Raises
    ------
    NotebookFailed
        A cell raised, took too long, or took the kernel with it.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    # A bar that is redrawn makes a mess of a log file, so there it is left out.
    bar = tqdm(
        desc=path.stem,
        total=len(code_cells),
        unit="cell",
        file=sys.stdout,
        leave=False,
        disable=not sys.stdout.isatty(),
    )
    current = {}

    def started(cell, cell_index, **_):
        if cell.cell_type == "code":
            current["cell"] = cell

    def finished(cell, cell_index, **_):
        bar.update()

    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        startup_timeout=180,
        extra_arguments=["--log-level=ERROR"],  # it warns of local TCP on every start
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=started,
        on_cell_executed=finished,
    )
    try:
        try:
            client.execute()
        except RuntimeError:
            if current:  # a cell was running
                raise
            client.execute()  # the kernel never started: another program had taken its port
    except CellExecutionError as error:
        raise NotebookFailed(
            _failure(path, notebook, current, f"{error.ename}: {error.evalue}")
        ) from None
    except CellTimeoutError:
        reason = f"took longer than {SECONDS_PER_CELL} seconds"
        raise NotebookFailed(_failure(path, notebook, current, reason)) from None
    except DeadKernelError:
        reason = "the kernel died (most often: the machine ran out of memory)"
        raise NotebookFailed(_failure(path, notebook, current, reason)) from None
    finally:
        bar.close()
    return notebook


def _failure(path: Path, notebook, current: dict, reason: str) -> str:
    """Say where a notebook failed: the heading above the cell, the cell, the error."""
    failed, heading, number = current.get("cell"), "", 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#+ (.+)$", cell.source, flags=re.MULTILINE)
            heading = headings[-1] if headings else heading
        elif cell.cell_type == "code":
            number += 1
        if cell is failed:
            break
    lines = failed.source.splitlines() if failed else []
    source = "\n".join("    " + line for line in lines)
    return f"{path.name}, code cell {number}, under {heading!r}:\n{source}\n  {reason}"


# ------------------------------------------------------------------ storing


def tidy(notebook):
    """Take out of a notebook what changes although the course has not.

    Cell ids follow from the source, metadata of editors and runners goes, widget views (random
    ids, no state) go, and the pieces a stream arrived in become one.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place.

    Returns
    -------
    nbformat.NotebookNode
        The same object.
    """
    import nbformat

    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen = Counter()
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] += 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        cell.metadata = nbformat.from_dict(
            {key: value for key, value in cell.metadata.items() if key not in VOLATILE}
        )
        if cell.cell_type == "code":
            cell.outputs = _tidy_outputs(cell.outputs)
    return notebook


def _tidy_outputs(outputs: list) -> list:
    from nbval.plugin import coalesce_streams  # what is stored is then what nbval compares

    for output in outputs:
        output.get("data", {}).pop(WIDGET_VIEW, None)
        output.pop("transient", None)
    return coalesce_streams(
        [o for o in outputs if o.output_type == "stream" or o.get("data", True)]
    )


def _without_machine(notebook) -> str:
    """Return the notebook as text, without the outputs that depend on the machine."""
    import nbformat

    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code" and IGNORED_BY_NBVAL in cell.metadata.get("tags", []):
            cell.outputs = []
    return nbformat.writes(copy)


def store(notebook, path: Path, *, all_outputs: bool = False) -> bool:
    """Write a notebook in place, unless only machine-dependent outputs differ.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        As executed.
    path : pathlib.Path
        Where it came from.
    all_outputs : bool
        Write it also when only machine-dependent outputs differ.

    Returns
    -------
    bool
        Whether the file was written.
    """
    import nbformat

    tidy(notebook)
    old = nbformat.read(path, as_version=4)
    text = nbformat.writes(notebook) + "\n"
    complete = all(cell.execution_count for cell in old.cells if cell.cell_type == "code")
    same = _without_machine(old) == _without_machine(notebook)
    if complete and same and not all_outputs:
        return False
    write_whole(path, text)
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that, whatever happens, it is the old one or the new one."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_page(notebook, path: Path, folder: Path) -> Path:
    """Write a notebook as one HTML page; pictures inside, links to the other pages.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        As executed.
    path : pathlib.Path
        Where it came from: relative pictures are looked up there.
    folder : pathlib.Path
        Where the page goes; made when absent.

    Returns
    -------
    pathlib.Path
        The page.
    """
    from .pages import html_page  # slow to import

    html = re.sub(r'(href="[0-9]{2}_\w+)\.ipynb', r"\1.html", html_page(notebook, path))
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{path.stem}.html"
    write_whole(page, html)
    return page


# ------------------------------------------------------------------ minutes, in every place


def write_minutes(paths: list[Path]) -> None:
    """Bring the minutes of some notebooks up to date in ``course.toml`` and in the README's table.

    Parameters
    ----------
    paths : list of pathlib.Path
        Notebooks; those that ``course.toml`` does not list are left out.
    """
    import nbformat

    folder = notebooks_dir()
    for entry in read_course():
        path = folder / entry["file"]
        if path in paths:
            estimate = minutes(nbformat.read(path, as_version=4), entry["run_seconds"])
            _set_in_toml(folder / "course.toml", entry["file"], "minutes", estimate)
    readme = folder.parent / "README.md"
    if readme.is_file():
        text = readme.read_text(encoding="utf-8")
        before, marker, rest = text.partition(TABLE_START)
        _, end, after = rest.partition(TABLE_END)
        if marker and end:
            table = f"{before}{marker}\n{course_table()}\n{end}{after}"
            if table != text:
                write_whole(readme, table)


def _write_time_line(notebook, file: str) -> None:
    """Make the opening of a notebook say the minutes that ``course.toml`` says."""
    for entry in read_course():
        if entry["file"] == file:
            notebook.cells[0].source = re.sub(
                r"\*\*Time\*\* about \d+ minutes",
                f"**Time** about {entry['minutes']} minutes",
                notebook.cells[0].source,
            )


def _set_in_toml(toml: Path, file: str, key: str, value: int) -> None:
    """Change one number in one entry of ``course.toml``; comments and order stay."""
    text = toml.read_text(encoding="utf-8")
    entry = rf'(file = "{re.escape(file)}"(?:(?!\[\[).)*?^{key} = )\d+'
    changed, found = re.subn(entry, rf"\g<1>{value}", text, flags=re.DOTALL | re.MULTILINE)
    if found != 1:
        raise ValueError(f"{toml}: the entry of {file} has no line '{key} = <number>'")
    if changed != text:
        write_whole(toml, changed)


# ------------------------------------------------------------------ the `run` command


def run(
    names: list[str], *, refresh: bool = False, record: bool = False, all_outputs: bool = False
) -> bool:
    """Run notebooks, say how each fared, and write HTML copies to ``build/``.

    Parameters
    ----------
    names : list of str
        See `find_notebooks`; an empty list means the whole course.
    refresh : bool
        Store the outputs in the notebooks, and the minutes in ``course.toml``.
    record : bool
        The same, and store the measured seconds, and the minutes that follow from them.
    all_outputs : bool
        The same as `refresh`, and a notebook is stored even when only outputs differ that depend
        on the machine.

    Returns
    -------
    bool
        Whether all notebooks ran to their end.
    """
    folder = notebooks_dir()
    build = folder.parent / "build"
    paths = find_notebooks(names)
    failures = []
    refresh = refresh or all_outputs
    if refresh:  # before the first run: notebook 00 shows the minutes of all
        write_minutes(paths)
    for path in paths:
        started = time.monotonic()
        try:
            notebook = execute(path)
        except NotebookFailed as failure:
            failures.append(path.name)
            print(f"{path.stem:<24} failed\n{failure}", flush=True)
            continue
        seconds = time.monotonic() - started
        done = f"{path.stem:<24} {seconds:6.1f} s"
        if record:
            _set_in_toml(folder / "course.toml", path.name, "run_seconds", round(seconds))
            write_minutes([path])
        if refresh or record:
            _write_time_line(notebook, path.name)
            stored = store(notebook, path, all_outputs=all_outputs)
            done += ", stored" if stored else ", nothing changed"
        page = write_page(notebook, path, build)
        print(f"{done}  {os.path.relpath(page)}", flush=True)
    if failures:
        print(f"{len(failures)} failed: {', '.join(failures)}. Their files are as they were.")
    return not failures
