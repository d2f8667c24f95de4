"""Pictures of forms, rows or single digits, read into a table: a line for each picture."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from ..progress_bar import progress
from ..reader import load_reader
from .read import read_number

# What is read of a folder; the last five cannot be, and are reported instead of passed over.
ENDINGS = [".avif", ".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp",
           ".dng", ".heic", ".heif", ".pdf", ".svg"]  # fmt: skip
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet computes begins with one of these


def read_pictures(paths: str | Path | Iterable[str | Path], model: Any = None) -> pd.DataFrame:
    """Read pictures, or all in a folder, into a table; what cannot be read has a line there too.

    Parameters
    ----------
    paths : path, or several
        Of files and folders. Of a folder the pictures are read, by name; its hidden files, other
        files and folders are passed over.
    model : classifier, optional
        As `read_number` takes it; `load_reader()` when left out.

    Returns
    -------
    DataFrame
        ``file``; ``text``, with a line for each row; ``rows``, the same in one line, "_" for an
        empty cell of a form; ``sure``, whether every digit is; ``left_out``, the boxes (top, left,
        bottom, right) of what may be a digit and is in no row; ``error``, why a file was not read.
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
