"""Write one zip for machines without a network: ``make bundle``.

Inside are the whole course, the packages of uv.lock for this platform, and the full data:
unpacked anywhere, ``python start.py`` opens it. Making it needs the network and uv, opening it
neither, but the same system and the same version of Python.

    .venv/bin/python tools/bundle.py -o course.zip
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from mnistlab import datasets
from mnistlab.command.cli import exit_code
from mnistlab.formats import whole_file

# What of a checkout goes into the bundle: everything but .git, CI and what can be made again.
IN_BUNDLE = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "CODE_OF_CONDUCT.md"),
    *("LICENSE", "LICENSE-CC-BY-4.0.md", "LICENSE-CC-BY-SA-3.0.md", "LICENSE-CC-BY-SA-3.0.txt"),
    ".gitignore",
    *("Makefile", "environment.yml", "pyproject.toml", "uv.lock", "conftest.py"),
    *("benchmarks", "data", "docs", "mnistlab", "notebooks", "tests", "tools"),
)
NOT_IN_BUNDLE = shutil.ignore_patterns(
    "__pycache__", ".ipynb_checkpoints", "*.part", "cache", "site*", "_build", "node_modules"
)
FOLDER = "mnistlab-course"  # what the zip unpacks to

# Not in the lock: pip installs the wheels, editables puts the course itself in place (hatchling
# asks for it).
TO_INSTALL_WITH = ("pip", "editables")


def bundle(output: str | Path) -> Path:
    """Write one zip with the course, its packages for this platform, and the data that is here.

    Parameters
    ----------
    output : str or Path
        A file that does not exist yet, ending in ``.zip``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError, FileNotFoundError, ValueError
        The zip cannot go there, or this is no checkout of the course.
    OSError
        The packages could not be downloaded.
    """
    target = Path(output)
    if target.suffix != ".zip":
        raise ValueError(f"{target}: the bundle is a zip, give a name that ends in .zip")
    if target.exists():
        raise FileExistsError(f"{target} is already there: delete it, or name another file")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"{target.absolute().parent} is not a folder: make it first")
    if not (datasets.CHECKOUT / "uv.lock").is_file():
        raise FileNotFoundError(
            "there is no uv.lock beside the package: a bundle is made in the course's own folder, "
            "the one that git clone made"
        )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / FOLDER
        _copy_course(folder)
        data = _copy_data(folder / "data" / "cache")
        _download_wheels(folder / "wheels")
        _write(folder / "START-HERE.txt", _start_here(data))
        archive = shutil.make_archive(str(folder), "zip", scratch, FOLDER)
        with open(archive, "rb") as whole, whole_file(target) as file:
            shutil.copyfileobj(whole, file)
    return target


def _copy_course(folder: Path) -> None:
    folder.mkdir()
    for name in IN_BUNDLE:
        source = datasets.CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=NOT_IN_BUNDLE)
        elif source.is_file():
            shutil.copy(source, folder / name)
    shutil.copy(datasets.CHECKOUT / "tools" / "start.py", folder)


def _copy_data(cache: Path) -> str:
    """Copy the verified files of the data that lie on this machine; say what is there."""
    for files in datasets.registry().values():
        for file in files:
            good = (path for path in datasets.places(file) if datasets.is_good(path, file))
            if path := next(good, None):
                name = file.unzipped if path.name == file.unzipped else file.name
                (cache / file.folder).mkdir(parents=True, exist_ok=True)
                shutil.copy(path, cache / file.folder / name)
    whole = all((cache / "mnist" / name).is_file() for name in _names_of_mnist(cache))
    return "the full MNIST" if whole else "the sample of 5,000 digits (the full data was not here)"


def _names_of_mnist(cache: Path) -> list[str]:
    return [
        file.name if (cache / file.folder / file.name).is_file() else file.unzipped
        for file in datasets.registry()["mnist"]
    ]


def _download_wheels(folder: Path) -> None:
    """Fetch the wheels that uv.lock names, for this Python and platform, and pip to install them.

    uv knows the lock and pip knows how to download; pip compares every file with the lock's digest.
    """
    uv = _find_uv()
    folder.mkdir()
    requirements = folder / "requirements.txt"
    export = ["export", "--locked", "--no-default-groups", "--group=dev", "--no-emit-project"]
    _run([*uv, *export, "--quiet", f"--output-file={requirements}"], "reading uv.lock")
    lines = requirements.read_text(encoding="utf-8").splitlines(keepends=True)
    _write(requirements, "".join(line for line in lines if not line.lstrip().startswith("#")))
    pip = [*uv, "tool", "run", "--quiet", f"--python={sys.executable}", "pip", "download"]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", f"--dest={folder}"]
    options.append("--disable-pip-version-check")
    _run([*pip, *options, "--require-hashes", f"--requirement={requirements}"], "downloading")
    _run([*pip, *options, *TO_INSTALL_WITH], "downloading")
    _write(folder / "made-for.json", json.dumps(_this_platform()) + "\n")


def _this_platform() -> dict[str, str]:
    """Say for what the wheels are; ``tools/start.py`` asks the same of the machine it runs on."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "system": platform.system(),
        "machine": platform.machine(),
    }


def _find_uv() -> list[str]:
    if find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    if uv := shutil.which("uv"):
        return [uv]
    raise FileNotFoundError(
        "uv is needed to read the lock, and was not found: python -m pip install uv"
    )


def _run(command: list[str], what: str) -> None:
    # A university's or company's proxy has its own certificate (as in tools/make_env.sh).
    environment = {"UV_SYSTEM_CERTS": "1", **os.environ}
    done = subprocess.run(
        command, cwd=datasets.CHECKOUT, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith("error")] or lines[-1:]
        raise OSError(f"{what} failed: {errors[-1] if errors else 'no reason given'}")


def _start_here(data: str) -> str:
    made_for = _this_platform()
    python, windows = made_for["python"], made_for["system"] == "Windows"
    start = f"py -{python} start.py" if windows else f"python{python} start.py"
    return f"""The MNIST course, for a machine without a network.

For {made_for["system"]} {made_for["machine"]} with Python {python}. Inside: {data}.

Copy this folder from the stick to the disk. Open a terminal in it, then:

    {start}            opens the course in JupyterLab
    {start} doctor     says whether this machine is ready
    {start} run 00     runs notebook 00 from top to bottom
    {start} test       runs all tests (takes minutes)

The first time it puts the packages into the folder .venv, which takes about a minute.
Nothing outside this folder is changed. To remove the course, delete the folder.
"""


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None) -> int:
    """Read what was typed, write the zip, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "-o", "--output", metavar="FILE.zip", required=True, help="a new file: the zip"
    )
    options = parser.parse_args(arguments)

    def command() -> int:
        print("Downloading the packages of uv.lock; this takes a minute or two.", flush=True)
        file = bundle(options.output)
        print(f"{file}: {file.stat().st_size / 1e6:,.0f} MB. Unpacked: python start.py")
        return 0

    return exit_code(command)


if __name__ == "__main__":
    sys.exit(main())
