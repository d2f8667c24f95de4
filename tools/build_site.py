"""Build the course's site in build/site, offline, from what is stored: `make site`.

Nothing is executed. The pages are laid out in build/site-work as they lie in the repository, so
that links between them hold in both places, with three changes: solutions are folded, each notebook
gets a line of ways to open it, and the pages of results, sources and modules are written from what
they list. Sphinx does the rest. A warning is an error, and a failed build leaves the old site.

    python tools/build_site.py            the site
    python tools/build_site.py --colab    notebooks for Colab, in build/colab
"""

import argparse
import ast
import csv
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path
from string import Template
from urllib.parse import urlencode

import nbformat
from sphinx.cmd.build import build_main

from mnistlab import load_reader, web, widgets
from mnistlab.command import course

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
# Pages outside docs/ that are published as they are.
PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "data/README.md", "data/kana/README.md")
LISTED = {"index", "api", "glossary", "results"}  # pages of docs/ with a place of their own
# What a record says of the machine and the programs.
CONDITIONS = ("machine", "cores used", "threads", "blas", "repeats", "versions")
WIDEST = 12  # columns of a table; with more, nobody reads a row to its end
FOLDED = {  # tags, and what a fold of theirs holds
    "solution": "the solution",
    "hide-input": "the code",
    "hide-output": "what came out",
}
# What notebooks were called in the first edition; old addresses lead to the new pages.
OLD_NAMES = {
    "03_five_or_not": "04_five_or_not",
    "04_metrics": "05_metrics",
    "05_mlp_from_scratch": "07_mlp_from_scratch",
    "06_svc": "10_svc",
    "07_your_handwriting": "13_your_handwriting",
    "08_in_the_browser": "14_in_the_browser",
    "09_beyond_one_machine": "16_beyond_one_machine",
}
MOVED = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>This notebook has moved</title>
<link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url=$new.html">
<p>This notebook is now <a href="$new.html">$new</a>.</p>
</html>
"""
# An explorer in a page: what stands in its place, until its script is here (course.js).
LIVE = """\
<div class="live" data-script="../live/$name.js"><p>With JavaScript you can $words</p></div>
"""
# The reader's page, which needs no kernel: in the place of the pad, and where a CNN is explained.
PAD = """\
<iframe class="try" loading="lazy" title="Draw digits, and the reader of this course reads them"
  src="../try/index.html" sandbox="allow-scripts allow-downloads"></iframe>
<p class="caption">Here on the website the course's own reader answers, and keeps nothing.</p>
"""
KANA = PAD.replace("../try/", "../try_kana/").replace(
    "Draw digits, and the reader of this course reads them",
    "ひらがなを書いてみてください: draw hiragana, and a small network reads them",
)
# Its sources and their licence open in windows of their own, which are no part of the frame.
KANA = KANA.replace("-downloads", "-downloads allow-popups allow-popups-to-escape-sandbox")
SEE = f"""\
## Here and now: a CNN reads

The reader of this course is such a network. Draw a digit, and it answers at once; what each of
its layers answers stands under *See it think*.

```{{raw}} html
{PAD.replace("index.html", "index.html?thinking")}```
"""
SEEN_IN = "09_cnn_from_scratch"
NOT_FOR_READERS = ("__init__.py", "__main__.py")
# Colab brings Python and most packages; the course's own, its figures and pictures come from here.
COLAB_CELL = """\
# Colab only: fetch the course and install its package. All it needs is there already.
!git clone --quiet --depth 1 $repository course
%pip install --quiet --no-deps ./course
%cd course/notebooks
"""


def repository() -> str:
    """Return the address of the repository on GitHub, or "" while there is none.

    It is set in one place: ``Repository`` under ``[project.urls]`` in pyproject.toml.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("Repository", "").removesuffix("/").removesuffix(".git")


def version() -> str:
    """Return the course's version."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


# ------------------------------------------------------------------ notebooks


def launch_line(file: str, address: str) -> str:
    """Return the line of ways to open a notebook; Binder and Colab need a repository's address."""
    ways = [f"{{download}}`Download this notebook <../downloads/{file}>`"]
    if address:
        name = address.removeprefix("https://github.com/")
        binder = f"https://mybinder.org/v2/gh/{name}/main?labpath=notebooks/{file}"
        colab = f"https://colab.research.google.com/github/{name}/blob/colab/{file}"
        edit = f"https://github.dev/{name}/blob/main/notebooks/{file}"  # shows it as a notebook
        ways += [f"[open it on Binder]({binder})", f"[open it in Colab]({colab})"]
        ways += [f"[edit it]({edit})"]
    return " · ".join(ways)


def site_notebook(path: Path, address: str) -> nbformat.NotebookNode:
    """Return a notebook as the site shows it: launch line, folded solutions, links to pages."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "\n\n" + launch_line(path.name, address)
    if path.stem == SEEN_IN:
        last = notebook.cells[-1]
        last.source = last.source.replace("## What you saw", f"{SEE}\n## What you saw")
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "solution" in tags:
            cell.metadata["tags"] = [*tags, "hide-cell"]
        what = " or ".join(FOLDED[tag] for tag in tags if tag in FOLDED)
        if what:
            prompts = {"code_prompt_show": f"Show {what}", "code_prompt_hide": f"Hide {what}"}
            cell.metadata["mystnb"] = prompts
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):  # such as the map of the course
                text = output.data["text/markdown"]
                output.data["text/markdown"] = re.sub(r"\]\((\w+)\.ipynb\)", r"](\1.html)", text)
            words = output.get("data", {}).get("text/plain", "")
            what = words.removeprefix("Run this cell to ")  # there is no kernel here
            if words != what and what.startswith("draw"):
                output.data["text/html"] = KANA if "ひらがな" in words else PAD
            elif words != what:
                output.data["text/html"] = Template(LIVE).substitute(name=path.stem, words=what)
    return notebook


def live_script(name: str) -> str:
    """Return the script that brings a notebook's explorer to life: its code, style and state."""
    record = json.loads((ROOT / "docs" / "_live" / f"{name}.json").read_text(encoding="utf-8"))
    widget = getattr(widgets, record["widget"])
    data = ", ".join(json.dumps(text) for text in (name, widget._css, record["state"]))
    code = widget._esm.replace("export default", "return")
    return f"mnistlabLive({data}, () => {{\n{code}}});\n"


def colab_notebook(path: Path, address: str) -> nbformat.NotebookNode:
    """Return a notebook that installs the course first, and finds its drawings on the web."""
    notebook = nbformat.read(path, as_version=4)
    raw = address.replace("https://github.com/", "https://raw.githubusercontent.com/")
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](figures/", f"]({raw}/main/notebooks/figures/")
    source = Template(COLAB_CELL).substitute(repository=address)
    first = nbformat.v4.new_code_cell(source, id="install-the-course")
    notebook.cells.insert(0, first)
    return notebook


# ------------------------------------------------------------------ pages made of records


def read_markdown(path: Path) -> str:
    """Return the text of a notebook's Markdown cells."""
    notebook = nbformat.read(path, as_version=4)
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def sources_page() -> str:
    """Return the bibliography: the sources of every notebook, under their own numbers."""
    parts = ["# Sources", "What the notebooks cite, notebook by notebook, as numbered there."]
    for entry in course.read_course():
        text = read_markdown(course.notebooks_dir() / entry["file"])
        sources = re.split(r"^## Sources\s*$", text, flags=re.MULTILINE)[1]
        parts += [f"## [{entry['title']}](notebooks/{entry['file']})", sources.strip()]
    return "\n\n".join(parts) + "\n"


def cell_text(value) -> str:
    """Write a value of a record as one cell of a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(cell_text, value)) or "–"
    return "–" if value is None else str(value).replace("|", "\\|")


def flat(record: dict, prefix: str = "") -> dict:
    """Return a record's values by their full names, without settings and lists of single runs."""
    values = {}
    for name, value in record.items():
        name = f"{prefix}{name}".replace("_", " ")
        if name.endswith("settings"):
            continue
        if isinstance(value, dict):
            values |= flat(value, f"{name}, ")
        elif not isinstance(value, list) or (
            len(value) <= 5 and not any(isinstance(item, list | dict) for item in value)
        ):
            values[name] = value
    return values


def table(rows: list[dict]) -> str:
    """Return rows as a Markdown table; its columns are all names, in the order they come up."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, ["---"] * len(columns)]
    lines += [[cell_text(row.get(name, "")) for name in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def record_tables(record: dict) -> list[str]:
    """Return a record as Markdown: its single values, then a table for each list of rows."""
    facts, rows, tables = {}, {}, []
    for name, value in record.items():
        nested = value.values() if isinstance(value, dict) else []
        if name in (*CONDITIONS, "benchmark") or name.endswith("settings"):
            continue
        if nested and all(isinstance(row, dict) for row in nested):
            tables += [title(name), *named_rows({key: flat(row) for key, row in value.items()})]
        elif isinstance(value, dict):
            rows[name] = flat(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            tables += [title(name), table([flat(row) for row in value])]
        else:
            facts |= flat({name: value})
    if len(rows) == 1:
        facts |= rows.popitem()[1]
    return [
        *named_rows({"measured": facts} if facts else {}, upright=True),
        *named_rows(rows),
        *tables,
    ]


def named_rows(rows: dict[str, dict], upright: bool = False) -> list[str]:
    """Return named rows as one table; each as a table of its own, upright, if they share little."""
    columns = {name for row in rows.values() for name in row}
    if upright or len(columns) > WIDEST:
        return [
            table([{"": what, name: value} for what, value in row.items()])
            for name, row in rows.items()
        ]
    return [table([{"": name, **row} for name, row in rows.items()])] if rows else []


def conditions(record: dict) -> str:
    """Return in one line what a record was measured on."""
    known = flat({name: record[name] for name in CONDITIONS if name in record})
    words = [
        f"{name.removeprefix('versions, ')} {cell_text(value)}" for name, value in known.items()
    ]
    return f"*Measured with: {'; '.join(words)}.*" if words else ""


def title(name: str) -> str:
    """Return the name of a record's part as a line above its table."""
    return f"**{name.replace('_', ' ').capitalize()}**"


def results_page() -> str:
    """Return the page of all records in benchmarks/results, with what their scripts say of them."""
    template = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    results = ROOT / "benchmarks" / "results"
    with (results / "time_against_accuracy.csv").open(encoding="utf-8") as file:
        chart = table(list(csv.DictReader(file)))
    parts = []
    for path in sorted(results.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        heading = path.stem.replace("_", " ").capitalize().replace("Mlp", "MLP")
        parts += [f"## {heading}", what_is_measured(path.stem), *record_tables(record)]
        parts.append(conditions(record))
        parts.append(f"{{download}}`{path.name} <../benchmarks/results/{path.name}>`")
    return Template(template).substitute(chart=chart, records="\n\n".join(parts))


def what_is_measured(record: str) -> str:
    """Return the first line of the script that makes a record (mlp_validation has mlp_targets')."""
    for path in [*sorted(ROOT.glob("benchmarks/[a-z]*.py")), *sorted(ROOT.glob("tools/*.py"))]:
        text = path.read_text(encoding="utf-8")
        if path.stem == record or f"{record}.json" in text:
            return f"{ast.get_docstring(ast.parse(text)).splitlines()[0]} (`{path.name}`)"
    raise ValueError(f"no script in benchmarks/ or tools/ writes {record}.json")


def api_page() -> str:
    """Return the page of the package: every module, as its docstrings describe it."""
    package = ROOT / "mnistlab"
    hidden = {path for pattern in NOT_FOR_READERS for path in package.glob(pattern)}
    modules = sorted(
        ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        for path in {*package.rglob("*.py")} - hidden
    )
    options = "   :members:\n   :ignore-module-all:\n"  # each name where it is defined, once
    blocks = [
        f"{name}\n{'-' * len(name)}\n\n.. automodule:: mnistlab.{name}\n{options}"
        for name in modules
    ]
    template = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return Template(template).substitute(modules="\n".join(blocks))


def set_up_page(address: str) -> str:
    """Return the README's sections from the two commands to what to do when something is wrong."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    wanted = ("## The two commands", "## The data", "## When something")
    text = "".join(section for section in sections if section.startswith(wanted))
    if address:
        text += elsewhere(address)
    return "# Set up the course\n\n" + text.replace(
        "ADDRESS-OF-THIS-REPOSITORY", address or "ADDRESS-OF-THE-REPOSITORY"
    )


def elsewhere(address: str) -> str:
    """Return the section of ways to open the course without a set-up, from the one address."""
    name = address.removeprefix("https://github.com/")
    start = f"notebooks/{course.read_course()[0]['file']}"
    folder = address.rpartition("/")[2]
    query = urlencode({"repo": address, "branch": "main", "urlpath": f"lab/tree/{folder}/{start}"})
    return f"""## Without a set-up

- [Binder](https://mybinder.org/v2/gh/{name}/main?labpath={start}) and Colab (a link at the top of
  every notebook) keep nothing when you leave.
- [Codespaces](https://codespaces.new/{name}) keeps your copy, in VS Code; so does VS Code itself
  with *Reopen in Container*.
- **A JupyterHub with nbgitpuller** lays the course out in your home and brings later changes
  without overwriting yours. Its link, with your hub's address at the start:

      https://YOUR-HUB/hub/user-redirect/git-pull?{query}
"""


def front_page() -> str:
    """Return the front page: the map of the course, and the lists of all pages."""
    rows = [
        f"- **{entry['file'][:2]} · [{entry['title']}](notebooks/{entry['file']})**, "
        f"{entry['minutes']} minutes\\\n  {entry['summary']}"
        for entry in course.read_course()
    ]
    notebooks = [
        f"{entry['file'][:2]} · {entry['title']} <notebooks/{Path(entry['file']).stem}>"
        for entry in course.read_course()
    ]
    guides = sorted({path.stem for path in (ROOT / "docs").glob("*.md")} - LISTED)
    template = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    return Template(template).substitute(
        map="\n".join(rows),
        notebooks="\n".join(notebooks),
        guides="\n".join(f"docs/{name}" for name in guides),
    )


# ------------------------------------------------------------------ the site


def lay_out(work: Path, address: str) -> None:
    """Write what the site is made of: its pages to ``source``, the digit reader to ``extra``."""
    shutil.rmtree(work, ignore_errors=True)
    source = work / "source"
    own = shutil.ignore_patterns("_*", "conf.py", "node_modules")
    shutil.copytree(ROOT / "docs", source / "docs", ignore=own)
    shutil.copytree(ROOT / "notebooks" / "figures", source / "notebooks" / "figures")
    shutil.copytree(ROOT / "benchmarks" / "results", source / "benchmarks" / "results")
    for name in PAGES:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    (source / "downloads").mkdir()
    for entry in course.read_course():
        path = ROOT / "notebooks" / entry["file"]
        shutil.copy(path, source / "downloads")
        nbformat.write(site_notebook(path, address), source / "notebooks" / path.name)
    (source / "docs" / "index.md").unlink()  # the front page lies at the top
    pages = {
        "index.md": front_page(),
        "sources.md": sources_page(),
        "docs/results.md": results_page(),
        "docs/api.md": api_page(),
        "set_up.md": set_up_page(address),
    }
    for name, text in pages.items():
        (source / name).write_text(text, encoding="utf-8")
    web.export_page(load_reader(), work / "extra" / "try")
    web.export_page(load_reader("kana"), work / "extra" / "try_kana")
    (work / "extra" / "live").mkdir()
    for record in (ROOT / "docs" / "_live").glob("*.json"):
        script = work / "extra" / "live" / f"{record.stem}.js"
        script.write_text(live_script(record.stem), encoding="utf-8")
    (work / "extra" / "notebooks").mkdir()
    for old, new in OLD_NAMES.items():
        page = work / "extra" / "notebooks" / f"{old}.html"
        page.write_text(Template(MOVED).substitute(new=new), encoding="utf-8")


def build_site(site: Path, work: Path, address: str) -> int:
    """Build the site into a folder; return Sphinx's exit code."""
    lay_out(work, address)
    failed = build_main(
        [
            *("-b", "html", "-q", "-W", "--keep-going", "-j", "auto"),
            *("-c", str(ROOT / "docs"), "-d", str(work / "doctrees")),
            *("-D", f"html_extra_path={work / 'extra'}"),
            *(str(work / "source"), str(work / "html")),
        ]
    )
    if not failed:
        shutil.rmtree(site, ignore_errors=True)
        (work / "html").rename(site)
        print(f"{site}: open index.html")
    return failed


def build_colab(folder: Path, address: str) -> int:
    """Write the notebooks for Colab; return 1 when there is no repository to fetch from."""
    if not address:
        print("Colab needs [project.urls] Repository in pyproject.toml", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for entry in course.read_course():
        path = ROOT / "notebooks" / entry["file"]
        nbformat.write(colab_notebook(path, address), folder / path.name)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--colab", action="store_true", help="write the notebooks for Colab")
    if parser.parse_args().colab:
        sys.exit(build_colab(BUILD / "colab", repository()))
    sys.exit(build_site(BUILD / "site", BUILD / "site-work", repository()))
