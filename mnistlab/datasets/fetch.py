"""Files from the mirrors, each believed only when it is whole and right.

The loop over mirrors is ours: `pooch.retrieve` knows one address, and checks the digest of the
zipped file, not of what is in it. One address is fetched by pooch.
"""

import os
import queue
import threading
import time
import urllib.request
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager, suppress
from pathlib import Path

import pooch

from .. import formats
from ..progress_bar import ProgressBar
from .registry import COURSE, DataNotFound, RegisteredFile, cache_dir, registry
from .store import is_good, places, verified

CONNECT_SECONDS, READ_SECONDS = 5, 20
QUICK_SECONDS = 3  # "auto" waits this long for a first answer,
PATIENCE_SECONDS = 60  # and this long for the whole download


def download(dest: str | Path | None = None, *names: str) -> Path:
    """Get all files of some data sets, verified, and say so line by line; return the folder.

    `names` are "mnist", "qmnist", "kmnist", "k49" or "fashion"; MNIST and QMNIST's labels if none.
    `dest` (or the course's cache) gets a folder ``mnist`` with the files, to be carried elsewhere
    and named in ``MNISTLAB_DATA``. Files that are there and right are kept, so an interrupted
    download is taken up again. Errors as from `fetch_files`; ValueError if a name is unknown.
    """
    for name in names:
        if name not in registry():
            raise ValueError(f"no data set is called {name!r}; there are: {', '.join(registry())}")
    folder = cache_dir() if dest is None else Path(dest)
    absent = []
    for file in (file for name in names or COURSE for file in registry()[name]):
        target = folder / file.folder / file.name
        if is_good(target, file):
            print(f"{file.name}: already there, verified")
        elif good := next((path for path in places(file) if is_good(path, file)), None):
            with _folder_of(target), formats.whole_file(target) as out:
                out.write(good.read_bytes())
            print(f"{file.name}: copied, verified")
        else:
            absent.append(file)
    if absent:
        fetch_files(absent, folder, quick=False)
    for file in absent:
        print(f"{file.name}: downloaded, verified")
    return folder


def fetch_files(files: list[RegisteredFile], folder: Path, quick: bool) -> None:
    """Download files from the first mirror that delivers them whole and right.

    DataNotFound if no mirror delivers one of them, or ``MNISTLAB_OFFLINE`` forbids to ask; OSError
    if the disk is full or cannot be written; ValueError if MNISTLAB_OFFLINE is no yes and no no.
    """
    said = os.environ.get("MNISTLAB_OFFLINE", "")
    offline = RawConfigParser.BOOLEAN_STATES.get(said.strip().lower() or "no")
    if offline is None:
        known = "1, true, yes, on to leave the network alone, or 0, false, no, off"
        raise ValueError(f"MNISTLAB_OFFLINE is {said!r}, expected one of {known}")
    if offline:
        names = "not on this computer: " + ", ".join(file.name for file in files)
        raise DataNotFound(f"MNISTLAB_OFFLINE={said}, and {names}. {files[0].help}")
    own = [url.rstrip("/") + "/" for url in os.environ.get("MNISTLAB_MIRRORS", "").split()]
    if quick and not own:
        _wait_for_an_answer(files[0])
    deadline = time.monotonic() + PATIENCE_SECONDS if quick else float("inf")
    best = None
    with ProgressBar("Downloading", sum(f.gz_size for f in files) // 1000, unit="kB") as bar:
        for file in files:
            # A mirror that worked for the last file is tried first for the next.
            mirrors = sorted([*own, *file.mirrors], key=lambda url, best=best: url != best)
            best = _from_mirrors(file, folder / file.folder / file.name, mirrors, bar, deadline)


def _wait_for_an_answer(file: RegisteredFile) -> None:
    """Return as soon as one of its mirrors answers; raise DataNotFound if none does.

    In threads: time-outs of sockets do not count the look-up of names, which can hang for a minute.
    """
    answers: queue.Queue[bool] = queue.Queue()

    def ask(url: str) -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")
            with urllib.request.urlopen(request, timeout=QUICK_SECONDS):
                answers.put(True)
        except (OSError, ValueError):
            answers.put(False)

    for mirror in file.mirrors:
        url = mirror + (file.mirror_name or file.name)
        threading.Thread(target=ask, args=(url,), daemon=True).start()
    end = time.monotonic() + QUICK_SECONDS
    with suppress(queue.Empty):
        if any(answers.get(timeout=max(end - time.monotonic(), 0)) for _ in file.mirrors):
            return
    raise DataNotFound(f"No mirror answered within {QUICK_SECONDS} s. {file.help}")


def _from_mirrors(file, target, mirrors, bar, deadline):
    """Download one file; return the mirror that had it."""
    download_to = pooch.HTTPDownloader(chunk_size=8192, timeout=(CONNECT_SECONDS, READ_SECONDS))
    failures = []
    with _folder_of(target):
        for mirror in mirrors:
            public = mirror in file.mirrors
            url = mirror + (file.mirror_name if public and file.mirror_name else file.name)
            try:
                with formats.whole_file(target) as out:
                    sink = _Sink(out, file, bar, deadline)
                    download_to(url, sink, None)
                    for _ in verified(out.name, file):
                        pass
                return mirror
            except (OSError, ValueError) as error:
                if getattr(error, "errno", None):  # the disk's: a mirror's errors have no number
                    if is_good(target, file):  # another process was faster, as in store._unzip
                        return mirror
                    raise
                bar.update(-(sink.size // 1000))
                failures.append(f"  {url}: {_reason(error)}")
    failed = "\n".join([file.help, *failures])
    raise DataNotFound(f"{file.name}: no mirror delivered the right file. {failed}")


class _Sink:
    """The open file a download goes to. Counts, and stops what is too long or too slow."""

    def __init__(self, out, file, bar, deadline):
        self.out, self.file, self.bar, self.deadline = out, file, bar, deadline
        self.size = 0
        self.flush = out.flush  # pooch calls it after each chunk

    def write(self, chunk: bytes) -> None:
        before, self.size = self.size, self.size + len(chunk)
        self.bar.update(self.size // 1000 - before // 1000)
        if self.size > self.file.size + 4096:  # zipping adds a little to what cannot be zipped
            raise ValueError(f"still sending after {self.file.size:,} bytes")
        if time.monotonic() > self.deadline:
            raise ValueError(f"not here within {PATIENCE_SECONDS} s")
        self.out.write(chunk)


def _reason(error: Exception) -> str:
    """Say in a few words why a mirror failed."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}"
    if "Timeout" in type(error).__name__ or "timed out" in str(error):
        return "no answer in time"
    if isinstance(error, OSError):  # requests wraps its causes: the last part is the cause
        return str(error).split(": ")[-1].partition(" ([Errno")[0].rstrip("')\"")
    return str(error).rpartition(".part")[2].lstrip(":, ")  # without the unfinished file's name


@contextmanager
def _folder_of(target: Path) -> Iterator[None]:
    """Make the folder; if the disk refuses, then or later, say which file it was and what to do."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise OSError(
            error.errno,
            f"{target} cannot be written: {error.strerror}. Make room there, or run "
            "`mnistlab download --dest FOLDER` and set MNISTLAB_DATA to that folder.",
        ) from error
