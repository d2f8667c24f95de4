"""Files on disk: found, verified, unzipped into the cache, mapped into memory."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pooch

from .. import formats
from .registry import RegisteredFile, cache_dir, search_path, unzipped_paths

say_once = cache(print)  # a line is printed, but not twice in the same process


def frozen(array: np.ndarray) -> np.ndarray:
    """Make an array read-only and return it."""
    array.flags.writeable = False
    return array


def open_file(file: RegisteredFile) -> np.ndarray | None:
    """Map a file into memory, read-only; None if there is no good one on this computer."""
    for path in unzipped_paths(file):
        array = _mapped(path, file)
        if array is not None:
            return array
    for path in places(file):
        try:
            return _unzip(path, file)
        except ValueError as error:
            say_once(f"A damaged file is ignored: {error}")
    return None


def places(file: RegisteredFile) -> Iterator[Path]:
    """Yield the paths at which a file lies, zipped or not and not verified, in order of trying."""
    for folder in search_path(file):
        for name in file.names(in_own_folder=folder.name == file.folder):
            if (folder / name).is_file():
                yield folder / name


def is_good(path: Path, file: RegisteredFile) -> bool:
    """Read a whole file and tell whether it is the right one."""
    try:
        for _ in verified(path, file):
            pass
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    return True


def verified(path: str | Path, file: RegisteredFile) -> Iterator[bytes]:
    """Yield the payload, an IDX file, in chunks; nothing is believed before the last one has come.

    ValueError, at the end at the latest, if this is not the right file. `pooch.Decompress` goes by
    the name's ending, unzips bombs to the end, and needs a second pass for the digest.
    """
    if file.digest:
        algorithm, _, expected = file.digest.partition(":")
        found = pooch.file_hash(path, algorithm)
        if found != expected:
            raise ValueError(f"{path}: {algorithm} of the file is {found}, expected {expected}")
    if file.name.endswith(".npz"):
        # The digest was right: no header lies. NumPy refuses what is pickled.
        with np.load(path) as archive:
            chunks = formats.idx_parts(archive["arr_0"], path)
    else:
        chunks = formats.unpacked(path)
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        if size == 0:
            formats.idx_header(chunk, path)  # says so if it is a web page
        size += len(chunk)
        if size > file.size:
            raise ValueError(f"{path}: unzips to more than {file.size:,} bytes")
        digest.update(chunk)
        yield chunk
    if size < file.size:
        raise ValueError(f"{path}: unzips to {size:,} bytes, expected {file.size:,}")
    found = digest.hexdigest()
    if file.sha256 and found != file.sha256:
        raise ValueError(f"{path}: SHA-256 of the content is {found}, expected {file.sha256}")


def _mapped(path: Path, file: RegisteredFile) -> np.ndarray | None:
    """Map an unzipped file. It was verified when it was written, so a glance will do now."""
    try:
        return formats.map_idx(path) if path.stat().st_size == file.size else None
    except (OSError, ValueError):  # not there, not readable, not mappable: do without
        return None


def _unzip(path: Path, file: RegisteredFile) -> np.ndarray:
    """Unzip a file into the cache and map it; into memory if the cache cannot be written."""
    target = cache_dir() / file.folder / file.unzipped
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with formats.whole_file(target) as out:
            for chunk in verified(path, file):
                out.write(chunk)
    except OSError as error:
        if error.filename == str(path):  # it is the source that cannot be read
            raise
        # Another process may have been faster: Windows then refuses to replace the open file.
        if _mapped(target, file) is None:
            say_once(f"The cache cannot be written ({error.strerror}); the digits stay in memory.")
    array = _mapped(target, file)
    if array is None:
        payload = b"".join(verified(path, file))
        dtype, shape, start = formats.idx_header(payload, path)
        array = np.frombuffer(payload, dtype, offset=start).reshape(shape)
    return array
