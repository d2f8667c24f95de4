"""The formats MNIST is handed round in: IDX, CSV and Keras' NPZ. Bytes to arrays and back.

IDX is the format of the original files. A header, then the numbers, nothing else::

    offset  bytes  meaning
    0       2      always zero
    2       1      type code: 0x08 means unsigned byte (see IDX_TYPES)
    3       1      rank: how many dimensions, 3 for a stack of pictures
    4       4 each size of every dimension, big-endian: 60000, 28, 28
    4+4*r   ...    the numbers, row by row, big-endian

A file is not trusted to tell the truth about itself. No reader allocates what a header promises:
memory grows with the bytes that really arrive, and never past the size that was promised.
Whatever is wrong with a file's content, `ValueError` says which file, where in it, what was found
and what was expected.
"""

import gzip
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from math import prod
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import numpy as np

# http://yann.lecun.com/exdb/mnist/ (the page, today only in archives) lists these six codes.
IDX_TYPES = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
IDX_CODES = {dtype.newbyteorder("="): code for code, dtype in IDX_TYPES.items()}

# EMNIST, the largest of MNIST's relatives, has 0.55 GB of pixels. More is a mistake or an attack.
MAX_BYTES = 2**30
MAX_RANK = 64  # NumPy's own limit
CHUNK = 2**20

PIXELS = 28 * 28
KERAS_NAMES = ("x_train", "y_train", "x_test", "y_test")


def unpacked(path: str | Path, name: str | Path | None = None) -> Iterator[bytes]:
    """Yield what is in a file in chunks of at most 1 MB, unzipped if it is gzipped.

    Parameters
    ----------
    path : str or Path
        A file. Its first two bytes tell whether it is gzipped, not its name: browsers and mirrors
        like to unzip on the way and keep the name.
    name : str or Path, optional
        How to call the file in an error message, if not by its path.

    Yields
    ------
    bytes
        The next piece of the payload.

    Raises
    ------
    ValueError
        If the gzip stream is damaged or cut off.
    """
    with open(path, "rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = gzip.GzipFile(fileobj=file) if gzipped else file
        try:
            while chunk := stream.read(CHUNK):
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{name or path}: damaged gzip stream near byte {file.tell()} ({error})"
            ) from None


def idx_header(start: bytes, name: str | Path) -> tuple[np.dtype, tuple[int, ...], int]:
    """Read the header of an IDX file.

    Parameters
    ----------
    start : bytes
        The first bytes of the file, at least the whole header.
    name : str or Path
        How to call the file in an error message.

    Returns
    -------
    dtype : numpy.dtype
        Type of the numbers, as stored (big-endian).
    shape : tuple of int
        Size of every dimension.
    offset : int
        Where the numbers start, in bytes.

    Raises
    ------
    ValueError
        If this is not the header of an IDX file, or it promises more than `MAX_BYTES`.
    """
    start = bytes(start[: 4 + 4 * 255])
    if not start:
        raise ValueError(f"{name}: the file is empty; expected an IDX file")
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in IDX_TYPES:
        hint = " It looks like a web page." if start.lstrip()[:1] == b"<" else ""
        raise ValueError(
            f"{name}, byte 0: found {start[:16]!r}, expected an IDX file: two zero bytes, "
            f"a type code from {', '.join(f'0x{code:02x}' for code in IDX_TYPES)}, a rank.{hint}"
        )
    dtype, rank = IDX_TYPES[start[2]], start[3]
    if rank > MAX_RANK:
        raise ValueError(f"{name}, byte 3: found rank {rank}, expected at most {MAX_RANK}")
    offset = 4 + 4 * rank
    if len(start) < offset:
        raise ValueError(
            f"{name}, byte {len(start)}: the file ends inside its header; "
            f"expected {offset} bytes of header for rank {rank}"
        )
    shape = tuple(int(size) for size in np.frombuffer(start, ">u4", rank, offset=4))
    # max(size, 1): NumPy refuses (0, 4294967295, 4294967295) too, although it holds nothing.
    if prod(max(size, 1) for size in shape) * dtype.itemsize > MAX_BYTES:
        raise ValueError(
            f"{name}, byte 4: the header promises {shape} numbers of {dtype.itemsize} bytes; "
            f"expected at most {MAX_BYTES} bytes"
        )
    return dtype, shape, offset


def read_idx(path: str | Path, rank: int | None = None) -> np.ndarray:
    """Read an IDX file, gzipped or not.

    Parameters
    ----------
    path : str or Path
        The file.
    rank : int, optional
        The number of dimensions expected: 3 for pictures, 1 for labels. Not checked if missing.

    Returns
    -------
    ndarray
        The numbers in this machine's byte order.

    Raises
    ------
    ValueError
        If the file is not a whole, correct IDX file.
    """
    chunks = unpacked(path)
    payload = bytearray(next(chunks, b""))
    while 0 < len(payload) < 4 + 4 * MAX_RANK and (chunk := next(chunks, b"")):
        payload += chunk
    dtype, shape, offset = idx_header(payload, path)
    if rank not in (None, len(shape)):
        raise ValueError(f"{path}, byte 3: found rank {len(shape)}, expected {rank}")
    _fill(payload, chunks, offset + prod(shape) * dtype.itemsize, path)
    numbers = np.frombuffer(payload, dtype, offset=offset).reshape(shape)
    return numbers.astype(dtype.newbyteorder("="), copy=False)


def _fill(payload: bytearray, chunks: Iterable[bytes], size: int, name: str | Path) -> None:
    """Append chunks until there are exactly `size` bytes, or say what is wrong."""
    for chunk in chunks:
        payload += chunk
        if len(payload) > size:
            break
    if len(payload) != size:
        found = "more" if len(payload) > size else f"only {len(payload)}"
        where = min(len(payload), size)
        raise ValueError(f"{name}, byte {where}: expected {size} bytes, found {found}")


def map_idx(path: str | Path) -> np.ndarray:
    """Open an IDX file that is not gzipped without reading it.

    The operating system loads the pages that are looked at and shares them between all processes
    which map the same file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    ndarray
        The numbers as stored (big-endian), read-only.

    Raises
    ------
    ValueError
        If the header is not one of an IDX file, or does not fit the length of the file.
    """
    with open(path, "rb") as file:
        dtype, shape, offset = idx_header(file.read(4 + 4 * MAX_RANK), path)
        size, found = offset + prod(shape) * dtype.itemsize, os.fstat(file.fileno()).st_size
        if found != size:
            raise ValueError(
                f"{path}, byte {min(found, size)}: expected {size} bytes, found {found}"
            )
        # A view as plain array: users need not know that this is a file.
        return np.memmap(file, dtype, mode="r", offset=offset, shape=shape).view(np.ndarray)


def write_idx(path: str | Path, array: np.ndarray) -> None:
    """Write an array as IDX file, gzipped if the name ends in ``.gz``.

    Parameters
    ----------
    path : str or Path
        The file. It appears whole or not at all.
    array : ndarray
        Numbers of one of the six types that IDX knows: uint8, int8, int16, int32, float32, float64.

    Raises
    ------
    ValueError
        If IDX has no code for the type, or cannot hold the shape.
    """
    array = np.asarray(array)
    code = IDX_CODES.get(array.dtype.newbyteorder("="))
    if code is None:
        names = ", ".join(dtype.name for dtype in IDX_CODES)
        raise ValueError(f"{path}: IDX cannot hold {array.dtype}; convert to one of {names}")
    if any(size >= 2**32 for size in array.shape):
        raise ValueError(f"{path}: IDX cannot hold the shape {array.shape}")
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    data = header + array.astype(IDX_TYPES[code], copy=False).tobytes()
    if str(path).endswith(".gz"):
        # No date: the same array gives the same file. Level 9 takes ten times as long for 2 % less.
        data = gzip.compress(data, compresslevel=6, mtime=0)
    with whole_file(path) as file:
        file.write(data)


def read_csv(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read MNIST as comma-separated text: the label first, then 784 pixels.

    Parameters
    ----------
    path : str or Path
        The file. A first line of column names that starts with ``label`` is skipped.

    Returns
    -------
    images : ndarray of shape (n, 784), uint8
        Pixels, 0 to 255.
    labels : ndarray of shape (n,), int64
        Digits, 0 to 9.

    Raises
    ------
    ValueError
        If a line does not hold 785 whole numbers from 0 to 255, or a label is not 0 to 9.
    """
    with open(path, encoding="latin1") as file:  # any byte is a character: garbage is found below
        skip = int(file.readline().lstrip('"').startswith("label"))
        file.seek(0)
        if not any(line.strip() for line in islice(file, skip, skip + 2)):
            raise ValueError(f"{path}: no digits found; expected lines of {PIXELS + 1} numbers")
        file.seek(0)
        try:
            table = np.loadtxt(file, np.uint8, None, ",", skiprows=skip, ndmin=2)
        except ValueError as error:
            raise _what_is_wrong(path, skip, str(error)) from None
    if table.shape[1] != PIXELS + 1 or table[:, 0].max() > 9:
        raise _what_is_wrong(path, skip, f"found a table of shape {table.shape}")
    return np.ascontiguousarray(table[:, 1:]), table[:, 0].astype(np.int64)


def _what_is_wrong(path: str | Path, skip: int, otherwise: str) -> ValueError:
    """Find the first line that is not a label and 784 pixels (slow, so only when needed)."""
    with open(path, encoding="latin1") as file:
        for number, line in islice(enumerate(file, start=1), skip, None):
            cells = line.rstrip("\n").split(",")
            if line.strip() and len(cells) != PIXELS + 1:
                return ValueError(
                    f"{path}, line {number}: found {len(cells)} columns, expected {PIXELS + 1} "
                    f"(the line starts with {line[:20]!r})"
                )
            for column, cell in enumerate(cells if line.strip() else [], start=1):
                highest, what = (9, "a label") if column == 1 else (255, "a pixel")
                cell = cell.strip()[:20]
                if not (cell.isdecimal() and int(cell) <= highest):
                    return ValueError(
                        f"{path}, line {number}, column {column}: found {cell!r}, "
                        f"expected {what} from 0 to {highest}"
                    )
    return ValueError(f"{path}: {otherwise}; expected a label and {PIXELS} pixels in each line")


def write_csv(path: str | Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Write MNIST as comma-separated text: the label first, then 784 pixels, no column names.

    Parameters
    ----------
    path : str or Path
        The file. It appears whole or not at all.
    images : ndarray of shape (n, 784) or (n, 28, 28), uint8
        Pixels, 0 to 255.
    labels : ndarray of shape (n,)
        Digits, 0 to 9.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.
    """
    images, labels = _checked(images, labels, path)
    words = [str(value) for value in range(256)]  # looked up: four times as fast as str()
    with whole_file(path) as file:
        for image, label in zip(images.reshape(-1, PIXELS), labels, strict=True):
            line = ",".join(words[value] for value in [label, *image.tolist()])
            file.write(line.encode() + b"\n")


def _checked(
    images: np.ndarray, labels: np.ndarray, name: str | Path
) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of shape (n, 28, 28) and int64 labels, or say what is wrong with them."""
    images, labels = np.asarray(images), np.asarray(labels)
    if images.dtype != np.uint8 or images.shape[1:] not in [(28, 28), (PIXELS,)]:
        raise ValueError(
            f"{name}: found pictures of shape {images.shape} and type {images.dtype}, "
            "expected (n, 28, 28) and uint8"
        )
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: found labels of shape {labels.shape} and type {labels.dtype}, "
            f"expected ({len(images)},) and whole numbers"
        )
    check_labels(labels, name)
    return images.reshape(-1, 28, 28), labels.astype(np.int64)


def check_labels(labels: np.ndarray, name: str | Path) -> None:
    """Raise if a label is not one of the ten digits.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Whole numbers.
    name : str or Path
        How to call the file in an error message.

    Raises
    ------
    ValueError
        If a label is not 0 to 9.
    """
    wrong = np.flatnonzero((labels < 0) | (labels > 9))
    if len(wrong):
        raise ValueError(
            f"{name}: label {wrong[0]} (counted from 0) is {labels[wrong[0]]}, expected 0 to 9"
        )


def read_keras_npz(path: str | Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read MNIST as Keras distributes it: a zip archive of four ``.npy`` files.

    ``numpy.load(path, allow_pickle=False)`` would do, for a file one trusts. This reads the four
    members one by one, so that a lying header cannot make it allocate memory, and never
    unpickles: a pickle from the network is a program.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarray
        Pictures of shape (n, 28, 28), uint8, and labels of shape (n,), int64.

    Raises
    ------
    ValueError
        If the archive is damaged, lacks one of the four arrays, or holds something else in them.
    """
    arrays = read_npz(path, KERAS_NAMES)
    x_train, y_train = _checked(arrays[0], arrays[1], f"{path}, x_train and y_train")
    x_test, y_test = _checked(arrays[2], arrays[3], f"{path}, x_test and y_test")
    return x_train, y_train, x_test, y_test


def read_npz(
    path: str | Path, members: Iterable[str], name: str | Path | None = None
) -> list[np.ndarray]:
    """Read arrays of whole numbers from an npz archive, without ever unpickling.

    Parameters
    ----------
    path : str or Path
        The file.
    members : iterable of str
        What the arrays are called in it.
    name : str or Path, optional
        How to call the file in an error message, if not by its path.

    Returns
    -------
    list of ndarray
        The arrays, in the order of `members`.

    Raises
    ------
    ValueError
        If the archive is damaged, lacks an array, or holds something else in it.
    """
    name = name or path
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return [_read_npy(archive, f"{member}.npy", name) for member in members]
        except ValueError:
            raise
        # What zipfile and zlib raise for damaged archives; OSError for a seek before the start.
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
            raise ValueError(f"{name}: not a whole npz archive ({error})") from None


def _read_npy(archive: zipfile.ZipFile, member: str, path: str | Path) -> np.ndarray:
    """Read one array of an npz archive."""
    name = f"{path}, {member}"
    if member not in archive.namelist():
        raise ValueError(
            f"{name}: missing; found {', '.join(archive.namelist()[:10]) or 'nothing'}"
        )
    if archive.getinfo(member).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name}: unknown compression, expected none or deflate")
    with archive.open(member) as stream:
        shape, columns_first, dtype = _npy_header(stream, name)
        if dtype.hasobject:
            raise ValueError(
                f"{name}: holds pickled Python objects: programs, not numbers. Not read"
            )
        size = prod(shape) * dtype.itemsize
        if dtype.kind not in "iu" or len(shape) > 3 or size > MAX_BYTES:
            raise ValueError(
                f"{name}: found {shape} numbers of type {dtype}, expected whole numbers"
            )
        payload = bytearray()
        _fill(payload, iter(lambda: stream.read(CHUNK), b""), size, name)
    return np.frombuffer(payload, dtype).reshape(shape, order="F" if columns_first else "C")


def _npy_header(stream: BinaryIO, name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return shape, whether columns come first, and type of an npy file."""
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(stream)
        return np.lib.format.read_array_header_2_0(stream)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def write_keras_npz(
    path: str | Path,
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
) -> None:
    """Write MNIST as Keras distributes it.

    Parameters
    ----------
    path : str or Path
        The file. It appears whole or not at all.
    x_train, x_test : ndarray of shape (n, 784) or (n, 28, 28), uint8
        Pixels, 0 to 255.
    y_train, y_test : ndarray of shape (n,)
        Digits, 0 to 9; written as uint8, as Keras does.

    Raises
    ------
    ValueError
        If the arrays are not of that kind.
    """
    x_train, y_train = _checked(x_train, y_train, f"{path}, x_train and y_train")
    x_test, y_test = _checked(x_test, y_test, f"{path}, x_test and y_test")
    arrays = (x_train, y_train.astype(np.uint8), x_test, y_test.astype(np.uint8))
    with whole_file(path) as file:
        np.savez_compressed(file, **dict(zip(KERAS_NAMES, arrays, strict=True)))


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears whole or not at all.

    The bytes go to a file beside it, which takes the name only when the block ends without an
    error. An interrupt or a full disk leaves what was there before.

    Parameters
    ----------
    path : str or Path
        The file to write.

    Yields
    ------
    file object
        Open for writing bytes.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        with open(part, "xb") as file:
            yield file
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
