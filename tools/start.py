"""Open the course on a machine without a network: ``python start.py``, packed by `make bundle`.

It makes .venv from the wheels beside it, once, and then hands on to ``mnistlab``. Plain Python
with nothing to install; written so that an old Python can at least say that it is too old.
"""

import json
import os
import platform
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WHEELS = os.path.join(HERE, "wheels")
VENV = os.path.join(HERE, ".venv")
READY = os.path.join(VENV, ".ready")  # written last: a .venv without it is an unfinished one


def fail(message):
    """Say what is wrong, in one line, and end."""
    sys.exit("start.py: " + message)


def check_platform():
    """Refuse a Python, or a machine, for which the wheels are not made."""
    try:
        with open(os.path.join(WHEELS, "made-for.json")) as file:
            made_for = json.load(file)
    except (OSError, ValueError):
        fail("the folder wheels is missing or damaged: unpack the whole zip again")
    here = {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "system": platform.system(),
        "machine": platform.machine(),
    }
    if here != made_for:
        wanted, found = (
            "Python {python} on {system} {machine}".format(**facts) for facts in (made_for, here)
        )
        fail(
            f"these packages are for {wanted}, this is {found}. "
            + "Start it with that Python, or make a bundle on a machine like this one"
        )


def make_environment():
    """Put the wheels into .venv. pip comes from the wheels too: Debian ships venv without it."""
    print("Setting up .venv, once; this takes about a minute.", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", VENV])
    (pip,) = (name for name in os.listdir(WHEELS) if name.startswith("pip-"))
    install = [
        *(python(), os.path.join(WHEELS, pip, "pip"), "install", "--isolated", "--quiet"),
        *("--disable-pip-version-check", "--no-index", "--find-links", WHEELS),
    ]
    requirements = os.path.join(WHEELS, "requirements.txt")
    subprocess.check_call(
        [*install, "--no-deps", "--require-hashes", "--requirement", requirements]
    )
    # The course itself, where it lies; pip builds it with the lock's own hatchling.
    subprocess.check_call([*install, "--no-deps", "--editable", HERE])
    open(READY, "w").close()


def python():
    """Return the path of the environment's own Python."""
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(VENV, *inside)


def main(words):
    """Set up if need be, then run what was asked for; JupyterLab when nothing was."""
    if not os.path.exists(READY):
        check_platform()
        try:
            make_environment()
        except subprocess.CalledProcessError:
            shutil.rmtree(VENV, ignore_errors=True)
            fail("the packages could not be installed, see above: unpack the zip again and retry")
    if words[:1] == ["test"]:
        command = [python(), os.path.join(HERE, "tests", "run_all.py"), *words[1:]]
    else:
        command = [python(), "-m", "mnistlab", *(words or ["lab"])]
    return subprocess.call(command, cwd=HERE)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
