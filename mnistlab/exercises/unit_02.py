"""Notebook 02, loading: the reader of a header, and labels that are text."""

import numpy as np

from . import exercise


def _idx(*shape: int) -> bytes:
    """Return the header of an IDX file of bytes, and the first two of what follows it."""
    sizes = b"".join(size.to_bytes(4, "big") for size in shape)
    return bytes([0, 0, 8, len(shape)]) + sizes + bytes([7, 9])


def _read(data: bytes, places: range, order: str = "big") -> list[int]:
    return [int.from_bytes(data[place : place + 4], order) for place in places]


@exercise(
    "02-header",
    cases=[(_idx(60_000, 28, 28),), (_idx(10_000),), (_idx(513, 20, 7),)],
    mistakes={
        "Here the most significant byte comes first, not last.": lambda data: _read(
            data, range(4, 4 + 4 * data[3], 4), "little"
        ),
        "The first four bytes are no size: begin after them.": lambda data: _read(
            data, range(0, 4 * data[3], 4)
        ),
        "The fourth byte says how many sizes follow: labels have one.": lambda data: _read(
            data, range(4, 16, 4)
        ),
    },
)
def header(data: bytes) -> list[int]:
    """Return the shape of the array that an IDX file holds."""
    return _read(data, range(4, 4 + 4 * data[3], 4))


_LABELS = np.array(["5", "0", "4", "5", "9"], dtype=object)


@exercise(
    "02-strings",
    cases=[(_LABELS, 5), (_LABELS, 0), (np.array(["7", "7", "1"]), 3)],
    mistakes={
        "Text is never equal to a number: bring both to one type.": lambda labels, digit: np.zeros(
            len(labels), dtype=bool
        ),
        "That counts them. A boolean array is wanted, with one value for each label.": (
            lambda labels, digit: int((labels == str(digit)).sum())
        ),
        "These are the places. True or False for each label is wanted.": (
            lambda labels, digit: np.flatnonzero(labels == str(digit))
        ),
    },
)
def is_digit(labels: np.ndarray, digit: int) -> np.ndarray:
    """Return where labels, given as text, are one digit."""
    return labels.astype(np.int64) == digit
