"""Notebook 02, loading: the reader of a header, and labels that are text."""

import numpy as np

from mnistlab.exercises import exercise


def _idx(*shape: int) -> bytes:
    """Return the header of an IDX file of bytes, and the first two of what follows it."""
    sizes = b"".join(size.to_bytes(4, "big") for size in shape)
    return bytes([0, 0, 8, len(shape)]) + sizes + bytes([7, 9])


def _read(data: bytes, start: int, n_sizes: int, order: str = "big") -> list[int]:
    places = range(start, start + 4 * n_sizes, 4)
    return [int.from_bytes(data[place : place + 4], order) for place in places]


@exercise(
    "02-header",
    cases=[(_idx(60_000, 28, 28),), (_idx(10_000),), (_idx(513, 20, 7),)],
    mistakes={
        "Here the most significant byte comes first.": lambda d: _read(d, 4, d[3], "little"),
        "The first four bytes are no size: begin after them.": lambda d: _read(d, 0, d[3]),
        "The fourth byte says how many sizes follow: labels have one.": lambda d: _read(d, 4, 3),
    },
)
def header(data: bytes) -> list[int]:
    """Return the shape of the array that an IDX file holds."""
    return _read(data, 4, data[3])


_LABELS = np.array(["5", "0", "4", "5", "9"], dtype=object)


@exercise(
    "02-strings",
    cases=[(_LABELS, 5), (_LABELS, 0), (np.array(["7", "7", "1"]), 3)],
    wrong_results={
        "Text is never equal to a number: bring both to one type.": np.zeros_like,
        "That counts them. A boolean array is wanted, with one value for each label.": np.sum,
        "These are the places. True or False for each label is wanted.": np.flatnonzero,
    },
)
def is_digit(labels: np.ndarray, digit: int) -> np.ndarray:
    """Return where labels, given as text, are one digit."""
    return labels.astype(np.int64) == digit
