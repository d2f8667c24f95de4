"""One environment, written down in several places: pyproject.toml, uv.lock, environment.yml."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from rattler import MatchSpec

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Where conda-forge has another name (matplotlib-base is Matplotlib without Qt).
CONDA_NAMES = {"matplotlib": "matplotlib-base", "playwright": "playwright-python"}
CONDA_ONLY = {"python", "pip"}


def bounds(requirement):
    return {str(bound) for bound in Requirement(requirement).specifier}


def pyproject_packages(*groups):
    lines = [*PYPROJECT["project"]["dependencies"]]
    for group in groups or ("dev",):
        lines += PYPROJECT["dependency-groups"][group]
    return {Requirement(line).name: bounds(line) for line in lines}


def conda_lines():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    dependencies = text.partition("dependencies:\n")[2]
    lines = [line[4:] for line in dependencies.splitlines() if line.startswith("  - ")]
    return [line for line in lines if line != "pip:"]


def conda_packages():
    return {Requirement(line).name: bounds(line) for line in conda_lines()}


def test_every_conda_line_is_a_match_spec():
    assert len(conda_lines()) > 20
    for line in conda_lines():
        spec = MatchSpec(line, strict=True)
        assert spec.name is not None and str(spec) == line


def test_conda_has_the_same_packages_and_bounds():
    expected = {CONDA_NAMES.get(name, name): b for name, b in pyproject_packages().items()}
    conda = conda_packages()
    assert {name: b for name, b in conda.items() if name not in CONDA_ONLY} == expected
    assert conda["python"] == bounds(f"python {PYPROJECT['project']['requires-python']}")


def test_binder_gets_the_package_itself():
    assert "  - pip:\n      - -e .\n" in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_lock_belongs_to_pyproject():
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    ours = next(package for package in lock["package"] if package["name"] == "mnistlab")
    metadata = ours["metadata"]
    groups = metadata["requires-dev"]
    locked = metadata["requires-dist"] + [package for group in groups.values() for package in group]
    assert {p["name"]: bounds(p["name"] + p["specifier"]) for p in locked} == pyproject_packages(
        *PYPROJECT["dependency-groups"]
    )


def test_lock_names_only_the_public_index():
    assert set(_sources()) <= {"https://pypi.org/simple", "."}


def _sources():
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    for package in lock["package"]:
        yield package["source"].get("registry") or package["source"]["editable"]


def test_every_dependency_has_a_reason():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    packages = pyproject_packages(*PYPROJECT["dependency-groups"])
    assert not [name for name in packages if f"`{name}`" not in text]


# tools/make_env.sh, where it has to refuse: each time one clear line.


@pytest.fixture
def checkout(tmp_path):
    """Give a folder with the set-up script, and a place for programs that come first in PATH."""
    if sys.platform == "win32":
        pytest.skip("make is not used on Windows")
    (tmp_path / "tools").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "tools" / "make_env.sh", tmp_path / "tools")
    return tmp_path


def make_env(checkout, python="", path=""):
    return subprocess.run(
        ["/bin/sh", checkout / "tools" / "make_env.sh"],
        env={"PATH": f"{checkout / 'bin'}{path}", "PYTHON": python},
        capture_output=True,
        text=True,
    )


def only_line(done):
    assert done.returncode == 1 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def tool(checkout, name, script):
    file = checkout / "bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def without_python(checkout):
    """Hide every Python but those a test makes, whatever else lies in the system's folders."""
    for name in ("dirname", "rm", "find", "cut", "touch"):
        os.symlink(shutil.which(name), checkout / "bin" / name)
    return checkout


def test_no_python(without_python):
    assert "no python3 in PATH" in only_line(make_env(without_python))


def test_named_python_is_not_there(without_python):
    assert "PYTHON=python3.99 does not run" in only_line(make_env(without_python, "python3.99"))


OLD = 'case "$2" in *exit*) exit 1;; *) echo 3.9.1;; esac'


def test_python_is_too_old(without_python):
    tool(without_python, "python3", OLD)
    assert "python3 is Python 3.9.1; install Python 3.11 to 3.14" in only_line(
        make_env(without_python)
    )


def test_named_python_is_too_old(without_python):
    tool(without_python, "python3.9", OLD)
    line = only_line(make_env(without_python, "python3.9"))
    assert "PYTHON=python3.9 is Python 3.9.1; the course needs 3.11 to 3.14" in line


def test_a_newer_python_is_found_where_python3_is_too_old(without_python):
    tool(without_python, "python3", OLD)
    no_venv = f"""case "$2" in *ensurepip*) exit 1;; *) exec '{sys.executable}' "$@";; esac"""
    tool(without_python, "python3.12", no_venv)
    # It is found, and comes without venv: Debian ships that apart.
    assert "sudo apt install python3-venv" in only_line(make_env(without_python))
