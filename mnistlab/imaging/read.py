"""Let a model read the digits that were found; it also says where touching digits are cut.

Many pictures, or a folder of forms, are read into a table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, compress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..progress_bar import progress
from ..reader import load_reader
from .find import Digit, Writing, find_digits
from .load import PictureLike
from .segment import ALONE, Box, Group, beside, cut

WIDE_DIGIT = 1.5  # of its height: a digit wider than that is two or more that touch
WIDEST_PART = 1.2  # of its height: what a part of a wide group may be
SLIVER = 0.2  # of its height: into pieces of this width touching digits are cut at first
FEWER = 0.9  # times as probable for each part: of two ways alike, the one with fewer digits
WHOLE = (0.85, 0.95)  # probability from which ink as wide as tall, or WIDE_DIGIT, is not cut
TALL = 1.12  # times the height of the others
SURE = 0.99  # probability from which an answer is given without a doubt
NO_DIGIT = 10  # the class, after 0 to 9, of a model that knows what is none: letters, scribbles
# What is read of a folder; the last five cannot be, and are reported instead of passed over.
ENDINGS = [".avif", ".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp",
           ".dng", ".heic", ".heif", ".pdf", ".svg"]  # fmt: skip
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet computes begins with one of these


@dataclass
class Reading:
    """What a model read: best guess, doubts and places.

    ``text`` is the best guess, a line for each row, "?" for what is no digit; ``rows`` are its
    characters, where an empty cell of a form is None. ``probabilities`` (k, n_classes) and ``sure``
    (k,) bool belong to its k characters in this order, ``boxes`` are (top, left, bottom, right),
    ``images`` (k, 28, 28) uint8 is what the model saw. ``left_out`` are the boxes of what is in no
    row, and looks like a digit or stands amid them: then no character is sure. What was cut from a
    larger piece of ink, runs out of the picture, is hardly darker than its paper or may be a line
    never is.
    """

    text: str
    probabilities: np.ndarray
    boxes: list[Box]
    sure: np.ndarray
    images: np.ndarray
    rows: list[list[str | None]]
    left_out: list[Box]


def class_names(model: Any) -> list[str]:
    """Return what to show for each of a model's classes: "?" for `NO_DIGIT`.

    A model whose classes are 0 to 10 knows digits and what is none, as `load_reader`'s does.
    """
    names = [str(name) for name in model.classes_]
    return [*names[:-1], "?"] if names == [str(k) for k in range(NO_DIGIT + 1)] else names


def read_number(picture: PictureLike, model: Any) -> Reading:
    """Read the digits in a picture with a model; raises NotAPicture, NothingWritten.

    ``picture`` is as for `load`; ``model`` has ``predict_proba`` and ``classes_``, fitted on
    (n, 784) uint8. Where ink is wider than tall and the model in doubt, it is also cut into two or
    more digits, and the most probable way is taken.
    """
    found, others, amid = find_digits(picture, lambda writing, group: _cut(writing, group, model))
    unread = [row for row in found if not _is_read(row, model)]
    if 0 < len(unread) < len(found):
        found = [row for row in found if _is_read(row, model)]
        others += [digit for row in unread for digit in row if digit]
    digits = [digit for row in found for digit in row if digit]
    probabilities = _probabilities([*digits, *others], model)
    names = np.array(class_names(model))[probabilities.argmax(axis=1)]
    characters = iter(names.tolist())
    rows = [[next(characters) if digit else None for digit in row] for row in found]
    sure = (probabilities.max(axis=1) >= SURE) & (names != "?")
    n = len(digits)
    height, width = np.array([np.subtract(d.box[2:], d.box[:2]) for d in digits]).T
    size = np.median(height)
    slash = (height > TALL * size) & (width > 0.25 * height)  # taller, and it leans
    sure[:n] &= (names[:n] != "1") | ~(slash | (height < ALONE * size))  # or a stray mark
    left_out = [digit.box for digit in (*compress(others, sure[n:]), *amid)]
    return Reading(
        "\n".join("".join(filter(None, row)) for row in rows),
        probabilities[:n],
        [digit.box for digit in digits],
        sure[:n] & (not left_out) & [digit.whole for digit in digits],
        np.stack([digit.image for digit in digits]),
        rows,
        left_out,
    )


def _probabilities(digits: Iterable[Digit], model: Any) -> np.ndarray:
    return model.predict_proba(np.stack([digit.image.ravel() for digit in digits]))


def _is_read(row: list[Digit | None], model: Any) -> bool:
    """Say whether at least half of a row are digits to the model."""
    best = _probabilities(filter(None, row), model).argmax(axis=1)
    return 2 * np.count_nonzero(np.array(class_names(model))[best] == "?") <= len(best)


def _best(digits: Iterable[Digit], model: Any) -> np.ndarray:
    """Return how probable the best character is, for each digit: "no digit" is none."""
    known = np.array([name != "?" for name in class_names(model)])
    return _probabilities(digits, model)[:, known].max(axis=1)


def _cut(writing: Writing, group: Group, model: Any) -> list[Digit]:
    """Leave a group whole, or cut it where the model is surest of all parts together.

    The group is cut into slivers; neighbours in every number make candidates, each read by the
    model; the most probable way from the first sliver to the last is taken. The wider a group, the
    surer the model must be to leave it whole; what may be one wide digit is only cut through one
    stroke at a time. Sure digits side by side are digits of their own: a small one by a tall one.
    """
    whole = writing.digit(group)
    parts = [writing.digit(part, whole=False) for part in beside(group, writing.labels)]
    if parts and _best(parts, model).min() > SURE:
        return parts
    shape = group.width / group.height
    limit = np.interp(shape, (1, WIDE_DIGIT), WHOLE)
    if shape <= 1 or _best([whole], model).max() > limit:
        return [whole]
    step = SLIVER * group.height
    strokes = 1 if shape < WIDE_DIGIT else np.inf
    columns = np.arange(step, group.width - step / 2, step)
    slivers = cut(group, columns, writing.labels, writing.ink, strokes)
    n = len(slivers)
    digits = {(0, n): whole}
    for i in range(n):
        for j, part in enumerate(accumulate(slivers[i:], Group.join), start=i + 1):
            if part.height > group.height / 2 and part.width < WIDEST_PART * group.height:
                digits[i, j] = writing.digit(part, whole=False)
    logs = np.log(FEWER * _best(digits.values(), model))
    best = {0: (0.0, [])}
    for (i, j), log in sorted(zip(digits, logs, strict=True)):
        if i in best:
            way = best[i][0] + log, [*best[i][1], digits[i, j]]
            best[j] = max(way, best.get(j, way), key=lambda way: way[0])
    return best[n][1]


def read_pictures(paths: str | Path | Iterable[str | Path], model: Any = None) -> pd.DataFrame:
    """Read pictures, or all in a folder, into a table; what cannot be read has a line there too.

    Of a folder the pictures are read, by name; its hidden files, other files and folders are passed
    over. ``model`` is as for `read_number`, `load_reader()` when left out. The columns: ``file``;
    ``text``, with a line for each row; ``rows``, the same in one line, "_" for an empty cell of a
    form; ``sure``, whether every digit is; ``left_out``, the boxes (top, left, bottom, right) of
    what may be a digit and is in no row; ``error``, why a file was not read.
    """
    paths = [paths] if isinstance(paths, str | Path) else paths
    files = [file for path in paths for file in _files(Path(path))]
    model = model or load_reader()
    lines = [_line(file, model) for file in progress(files, "Reading pictures")]
    return pd.DataFrame(lines, columns=["file", "text", "rows", "sure", "left_out", "error"])


def _files(path: Path) -> list[Path]:
    """Return the pictures in a folder; a file, or a folder without any, stays as it is."""
    inside = sorted(path.glob("[!.]*")) if path.is_dir() else []
    return [file for file in inside if file.suffix.lower() in ENDINGS and file.is_file()] or [path]


def _line(file: Path, model: Any) -> tuple:
    name = file.as_posix()
    name = f"./{name}" if name.startswith(FORMULA) else name
    try:
        if file.is_dir():
            raise ValueError("no pictures in this folder")
        reading = read_number(file, model)
    except Exception as error:  # whatever is wrong with one file, the others are read
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return name, "", "", False, "", " ".join(why.split())
    rows = " / ".join("".join(cell or "_" for cell in row) for row in reading.rows)
    return name, reading.text, rows, all(reading.sure), " ".join(map(str, reading.left_out)), ""
