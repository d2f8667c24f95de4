"""A newer course in a learner's folder, which loses nothing of the learner's: `mnistlab update`."""

import subprocess
import tempfile
from contextlib import chdir
from pathlib import Path

import nbformat

from ..formats import whole_file
from .course import notebooks_dir
from .student import HANDED_OUT, digest, student


def update(course: str | Path) -> list[str]:
    """Bring the course that is here up to a newer one; return a line for each file that is new.

    A notebook that both have changed is new, and the learner's is kept beside it; what the course
    has not changed is left alone. To run a notebook is no change. After a power cut, do it again.
    `course` is where the newer course lies, for a copy; a clone asks where it was cloned from.
    OSError if here is neither a clone nor a students' copy, no course there, or git refuses.
    """
    folder = notebooks_dir().parent
    if (folder / ".git").exists():
        return _pull(folder)
    if (folder / "pyproject.toml").exists():
        raise FileNotFoundError(
            f"{folder} is neither a clone nor a copy by `mnistlab student`: unpack the newer "
            "course beside it, and copy your notebooks there"
        )
    said = []
    with tempfile.TemporaryDirectory() as scratch:
        with chdir(course):
            if Path.cwd() not in notebooks_dir().parents:
                raise FileNotFoundError(f"{course} holds no course: name a newer one's folder")
            newer = student(Path(scratch) / "course")
        for new in sorted(path for path in newer.rglob("*") if path.is_file()):
            name = new.relative_to(newer).as_posix()
            target, wanted = folder / name, _versions(new)[0]
            here, handed_out = _versions(target) if target.is_file() else (None, None)
            if wanted not in (here, handed_out):
                edited = new.suffix == ".ipynb" and here != handed_out
                said.append(f"{name} is new" + (_keep(target) if edited else ""))
                target.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(target) as file:
                    file.write(new.read_bytes())
    return said


def _versions(path: Path) -> tuple[object, str | None]:
    """Return what a file holds, by digest, and what a notebook held when it was handed out."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return digest(notebook), notebook.metadata.get(HANDED_OUT)
    except Exception:  # no notebook, or one that was damaged
        return path.read_bytes(), None


def _keep(path: Path) -> str:
    """Copy a file beside itself, once, under a name of its own; say which."""
    mine, kept = path.read_bytes(), path.with_name(f"mine-{path.name}")
    while kept.exists() and kept.read_bytes() != mine:
        kept = kept.with_name(f"mine-{kept.name}")
    with whole_file(kept) as file:
        file.write(mine)
    return f"; yours is {kept.name}"


def _pull(folder: Path) -> list[str]:
    """Bring a clone up to date, as `git pull` would if nothing were edited."""

    def git(*words: str) -> list[str]:
        done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True)
        if done.returncode:
            raise OSError(f"git {words[0]}: {done.stderr.strip() or 'you have own commits'}")
        return done.stdout.split("\0")[:-1]

    git("fetch")
    git("merge-base", "--is-ancestor", "HEAD", "@{upstream}")
    changed = ("diff", "-z", "--name-only", "--no-renames", "HEAD")
    new, edited, said = git(*changed, "@{upstream}"), git(*changed), []
    for name in new:
        mine = name in edited and (folder / name).is_file()
        said.append(f"{name} is new" + (_keep(folder / name) if mine else ""))
        if mine:
            git("checkout", "HEAD", "--", name)
    git("merge", "--ff-only", "@{upstream}")
    return said
