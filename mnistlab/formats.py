"""The formats MNIST is handed round in: IDX and CSV. Bytes to arrays and back.

For a third, NPZ, there are ``numpy.load`` and ``numpy.savez_compressed``.

IDX is the format of the original files. A header, then the numbers, nothing else::

    offset  bytes  meaning
    0       2      always zero
    2       1      type code: 0x08 means unsigned byte (see IDX_TYPES)
    3       1      rank: how many dimensions, 3 for a stack of pictures
    4       4 each size of every dimension, big-endian: 60000, 28, 28
    4+4*r   ...    the numbers, row by row, big-endian

No reader allocates what a header promises: memory grows with the bytes that really arrive, and
never past the size that was promised. Whatever is wrong with a file's content, `ValueError` says
which file, where in it, what was found and what was expected.
"""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from math import prod
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike

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
CSV_LINE = f"expected in each line a label from 0 to 9 and {PIXELS} pixels from 0 to 255"
LABEL_IS_LAST = "the label is in the last column, expected it in the first; move it there"


def unpacked(path: str | Path) -> Iterator[bytes]:
    """Yield what is in a file, unzipped if it is gzipped, 1 MB at a time.

    Its first two bytes tell whether it is gzipped, not its name: browsers and mirrors like to unzip
    on the way and keep the name. ValueError if the gzip stream is damaged or cut off.
    """
    with open(path, "rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = gzip.GzipFile(fileobj=file) if gzipped else file
        try:
            while chunk := stream.read(CHUNK):
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            where = f"near byte {file.tell()}"
            raise ValueError(f"{path}: damaged gzip stream {where} ({error})") from None


def idx_header(start: bytes, name: str | Path) -> tuple[np.dtype, tuple[int, ...], int]:
    """Read the header of an IDX file from its first bytes; `name` is what errors call the file.

    Returns the type of the numbers as stored (big-endian), their shape, and where they start, in
    bytes. ValueError if this is no such header, or it promises more than `MAX_BYTES`.
    """
    if not start:
        raise ValueError(f"{name}: the file is empty; expected an IDX file")
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in IDX_TYPES:
        hint = " It looks like a web page." if start.lstrip()[:1] == b"<" else ""
        raise ValueError(
            f"{name}, byte 0: found {bytes(start[:16])!r}, expected an IDX file: two zero bytes, "
            f"a type code from {', '.join(f'0x{code:02x}' for code in IDX_TYPES)}, a rank.{hint}"
        )
    dtype, rank = IDX_TYPES[start[2]], start[3]
    if rank > MAX_RANK:
        raise ValueError(f"{name}, byte 3: found rank {rank}, expected at most {MAX_RANK}")
    offset = 4 + 4 * rank
    if len(start) < offset:
        raise ValueError(f"{name}, byte {len(start)}: file ends, expected {offset} bytes of header")
    shape = tuple(int(size) for size in np.frombuffer(start, ">u4", rank, offset=4))
    # max(size, 1): NumPy refuses (0, 4294967295, 4294967295) too, although it holds nothing.
    if prod(max(size, 1) for size in shape) * dtype.itemsize > MAX_BYTES:
        promised = f"{shape} numbers of {dtype.itemsize} bytes"
        raise ValueError(f"{name}, byte 4: promises {promised}, expected at most {MAX_BYTES} bytes")
    return dtype, shape, offset


def read_idx(path: str | Path) -> np.ndarray:
    """Read an IDX file, gzipped or not, in this machine's byte order; ValueError if it is wrong."""
    chunks = unpacked(path)
    payload = bytearray(next(chunks, b""))
    dtype, shape, offset = idx_header(payload, path)
    size = offset + prod(shape) * dtype.itemsize
    while len(payload) <= size and (chunk := next(chunks, b"")):
        payload += chunk
    _check_length(len(payload), size, path)
    numbers = np.frombuffer(payload, dtype, offset=offset).reshape(shape)
    return numbers.astype(dtype.newbyteorder("="), copy=False)


def _check_length(found: int, expected: int, path: str | Path) -> None:
    if found != expected:
        where, what = min(found, expected), "more" if found > expected else f"only {found}"
        raise ValueError(f"{path}, byte {where}: expected {expected} bytes, found {what}")


def map_idx(path: str | Path) -> np.ndarray:
    """Open an IDX file that is not gzipped without reading it.

    The operating system loads the pages that are looked at and shares them between processes. The
    array is read-only, its numbers as stored (big-endian). ValueError as from `read_idx`.
    """
    with open(path, "rb") as file:
        dtype, shape, offset = idx_header(file.read(4 + 4 * MAX_RANK), path)
        size = offset + prod(shape) * dtype.itemsize
        _check_length(os.fstat(file.fileno()).st_size, size, path)
        # A view as plain array: users need not know that this is a file.
        return np.memmap(file, dtype, mode="r", offset=offset, shape=shape).view(np.ndarray)


def idx_parts(array: ArrayLike, name: str | Path) -> tuple[bytes, bytes]:
    """Return the header and the numbers of an IDX file; errors as from `write_idx`."""
    array = np.asarray(array)
    code = IDX_CODES.get(array.dtype.newbyteorder("="))
    if code is None:
        names = ", ".join(dtype.name for dtype in IDX_CODES)
        raise ValueError(f"{name}: IDX cannot hold {array.dtype}; convert to one of {names}")
    if any(size >= 2**32 for size in array.shape):
        raise ValueError(f"{name}: IDX cannot hold the shape {array.shape}")
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header, array.astype(IDX_TYPES[code], copy=False).tobytes()


def write_idx(path: str | Path, array: np.ndarray) -> None:
    """Write an array as IDX file, gzipped if the name ends in ``.gz``; whole or not at all.

    IDX knows uint8, int8, int16, int32, float32 and float64. ValueError if it has no code for the
    type, or cannot hold the shape.
    """
    data = b"".join(idx_parts(array, path))
    if str(path).endswith(".gz"):
        # No date: the same array gives the same file. Level 9 takes ten times as long for 2 % less.
        data = gzip.compress(data, compresslevel=6, mtime=0)
    with whole_file(path) as file:
        file.write(data)


def read_csv(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read MNIST as comma-separated text: the label first, then 784 pixels.

    Returns the images (n, 784), uint8, and the labels (n,), int64. A first line of column names
    that starts with ``label`` is skipped. ValueError if a line does not hold 785 whole numbers from
    0 to 255, a label is not 0 to 9, or the labels stand last.
    """
    # "sig": Excel puts a byte order mark first. "replace": NumPy finds, and names, the garbage.
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        names = file.readline().replace('"', "").strip().lower().split(",")
        skip = int(names[0].startswith("label"))
        file.seek(0)
        if not any(line.strip() for line in islice(file, skip, skip + 2)):
            raise ValueError(f"{path}: no digits found; {CSV_LINE}")
        if names[-1] in ("label", "class") and not skip:
            raise ValueError(f"{path}, line 1: {LABEL_IS_LAST}")
        file.seek(0)
        try:
            table = np.loadtxt(file, np.uint8, None, ",", skiprows=skip, ndmin=2)
        except ValueError as error:
            counted = "rows count from 0, without names and blank ones"
            raise ValueError(f"{path}: {str(error)[:150]}; {CSV_LINE} ({counted})") from None
    if table.shape[1] != PIXELS + 1:
        raise ValueError(f"{path}: found {table.shape[1]} columns; {CSV_LINE}")
    labels, last = table[:, 0], table[:, -1]
    if labels.max() > 9:
        raise ValueError(f"{path}: found the label {labels.max()}; {CSV_LINE}")
    # The top row of a picture is paper; so is its last pixel, unless that is the label.
    if not table[:, :28].any() and last.max() <= 9 and np.count_nonzero(last) * 2 > len(last):
        raise ValueError(f"{path}: {LABEL_IS_LAST}")
    return np.ascontiguousarray(table[:, 1:]), labels.astype(np.int64)


def write_csv(path: str | Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Write MNIST as comma-separated text: the label first, then 784 pixels, no column names.

    `images` (n, 784) or (n, 28, 28) are uint8, `labels` (n,) are 0 to 9; ValueError if one of the
    two is of another kind. The file appears whole or not at all.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    right = images.dtype == np.uint8 and images.shape[1:] in [(28, 28), (PIXELS,)]
    right = right and labels.dtype.kind in "iu" and labels.shape == images.shape[:1]
    if not right or not np.isin(labels, range(10)).all():
        raise ValueError(
            f"{path}: found pictures {images.shape} {images.dtype} and labels {labels.shape} "
            f"{labels.dtype}; expected (n, 28, 28) uint8, and (n,) whole numbers from 0 to 9"
        )
    words = [str(value) for value in range(256)]  # looked up: four times as fast as str()
    with whole_file(path) as file:
        for image, label in zip(images.reshape(-1, PIXELS), labels, strict=True):
            line = ",".join(words[value] for value in [label, *image.tolist()])
            file.write(line.encode() + b"\n")


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing bytes that appears whole or not at all.

    The bytes go to a file beside it, with a name that no other process has. It takes the right name
    only when the block ends without an error; an interrupt or a full disk leaves what was there.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        with open(part, "xb") as file:
            yield file
        os.replace(part, path)
    finally:
        with suppress(OSError):
            part.unlink()
