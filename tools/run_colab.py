"""Run the notebooks as Colab does: its copies, in its set of package versions: `make colab`.

    python tools/run_colab.py 00 05       in a fresh .venv-colab; all notebooks when none is named
    python tools/run_colab.py --update    write tools/colab.txt anew from what Colab publishes

Colab's machines hold hundreds of packages; tools/colab.txt keeps those that the course can meet.
Each copy clones this checkout as it is committed, just as on Colab it clones the repository.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.request import urlopen

import build_site
import nbformat
from packaging.utils import canonicalize_name

from mnistlab.command import course
from mnistlab.formats import whole_file

ROOT = Path(__file__).parents[1]
PINNED = ROOT / "tools" / "colab.txt"
PUBLISHED = "https://raw.githubusercontent.com/googlecolab/backend-info/main/pip-freeze.txt"
PYTHON = "python3.12"  # Colab's
SECONDS = 1800  # for a cell
HEADER = f"""\
# Versions on Colab of what the course can meet there; written by tools/run_colab.py --update from
# {PUBLISHED}
"""


def wanted() -> set[str]:
    """Return the packages that running the course brings along, by uv.lock."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    needs = {
        package["name"]: [d["name"] for d in package.get("dependencies", [])]
        for package in lock["package"]
    }
    found, waiting = set(), ["mnistlab", "pip"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs.get(name, [])
    return found - {"mnistlab"}


def pinned(published: str, names: set[str]) -> str:
    """Return the lines of a published list that name these packages with a version of PyPI."""
    lines = re.findall(r"^([\w.-]+)==([\w.]+)$", published, flags=re.MULTILINE)
    kept = {canonicalize_name(name): version for name, version in lines}
    return "".join(f"{name}=={kept[name]}\n" for name in sorted(kept.keys() & names))


def update() -> int:
    """Write the list anew from what is published now."""
    with urlopen(PUBLISHED, timeout=60) as answer:
        text = pinned(answer.read().decode(), wanted())
    if "numpy==" not in text:
        print(f"{PUBLISHED} is no list of packages any more", file=sys.stderr)
        return 1
    with whole_file(PINNED) as file:
        file.write((HEADER + text).encode())
    return 0


def make_environment(folder: Path) -> Path:
    """Build an environment of Colab's versions; return its Python."""
    base = os.environ.get("PYTHON") or shutil.which(PYTHON) or sys.executable
    # Another Python may be all there is: said, because then it is not quite Colab.
    print(f"Python: {base}", flush=True)
    subprocess.run(
        [sys.executable, "-m", "uv", "venv", "-q", "--clear", "--seed", "-p", base, folder],
        check=True,
    )
    python = next(folder.glob("[bS]*/python*"))  # bin, or Scripts on Windows
    install = [sys.executable, "-m", "uv", "pip", "install", "-q", "-p", python, "-r", PINNED]
    subprocess.run(install, check=True)
    return python


def run(python: Path, path: Path, folder: Path) -> bool:
    """Run one notebook's copy in a folder of its own; return whether it came to its end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copy = build_site.colab_notebook(path, ROOT.as_uri())
    nbformat.write(copy, folder / path.name)
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [python, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace"]
    command += ["--log-level=ERROR", f"--ExecutePreprocessor.timeout={SECONDS}", path.name]
    done = subprocess.run(command, cwd=folder, env=environment)
    print(f"{path.stem:<24} {'failed' if done.returncode else 'runs'}", flush=True)
    return not done.returncode


def main() -> int:
    """Do what the command line says; return 1 when a notebook failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", help="e.g. 00 05; all when left out")
    parser.add_argument("--update", action="store_true", help="write tools/colab.txt anew")
    options = parser.parse_args()
    if options.update:
        return update()
    python = make_environment(ROOT / ".venv-colab")
    work = build_site.BUILD / "colab-run"
    passed = [
        run(python, path, work / path.stem) for path in course.find_notebooks(options.notebooks)
    ]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
