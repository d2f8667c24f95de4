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
MAX_DEFLATE = 1032  # https://zlib.net/zlib_tech.html: times that deflate shrinks at most
LABEL_IS_LAST = "the label is in the last column, expected it in the first; move it there"


def unpacked(path: str | Path, name: str | Path | None = None) -> Iterator[bytes]:
    """Yield what is in a file, unzipped if it is gzipped, 1 MB at a time.

    Its first two bytes tell whether it is gzipped, not its name: browsers and mirrors like to unzip
    on the way and keep the name. Errors call the file `name`, if not by its path: ValueError if the
    gzip stream is damaged or cut off.
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
    """Read the header of an IDX file from its first bytes; `name` is what errors call the file.

    Returns the type of the numbers as stored (big-endian), their shape, and where they start, in
    bytes. ValueError if this is no such header, or it promises more than `MAX_BYTES`.
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


def read_idx(path: str | Path) -> np.ndarray:
    """Read an IDX file, gzipped or not, as an array of numbers in this machine's byte order.

    ValueError if the file is not a whole, correct IDX file.
    """
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
        what = "more" if found > expected else f"only {found}"
        raise ValueError(
            f"{path}, byte {min(found, expected)}: expected {expected} bytes, found {what}"
        )


def map_idx(path: str | Path) -> np.ndarray:
    """Open an IDX file that is not gzipped without reading it.

    The operating system loads the pages that are looked at and shares them between all processes
    which map the same file. The array is read-only, its numbers as stored (big-endian). ValueError
    as from `read_idx`.
    """
    with open(path, "rb") as file:
        dtype, shape, offset = idx_header(file.read(4 + 4 * MAX_RANK), path)
        size = offset + prod(shape) * dtype.itemsize
        _check_length(os.fstat(file.fileno()).st_size, size, path)
        # A view as plain array: users need not know that this is a file.
        return np.memmap(file, dtype, mode="r", offset=offset, shape=shape).view(np.ndarray)


def write_idx(path: str | Path, array: np.ndarray) -> None:
    """Write an array as IDX file, gzipped if the name ends in ``.gz``; whole or not at all.

    IDX knows uint8, int8, int16, int32, float32 and float64. ValueError if it has no code for the
    type, or cannot hold the shape.
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

    Returns the images (n, 784), uint8, and the labels (n,), int64. A first line of column names
    that starts with ``label`` is skipped. ValueError if a line does not hold 785 whole numbers from
    0 to 255, a label is not 0 to 9, or the labels stand last.
    """
    # "sig": Excel puts a byte order mark first. "replace": garbage is found, and named, below.
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        names = file.readline().replace('"', "").strip().lower().split(",")
        skip = int(names[0].startswith("label"))
        file.seek(0)
        if not any(line.strip() for line in islice(file, skip, skip + 2)):
            raise ValueError(f"{path}: no digits found; expected lines of {PIXELS + 1} numbers")
        if names[-1] in ("label", "class") and not skip:
            raise ValueError(f"{path}, line 1: {LABEL_IS_LAST}")
        file.seek(0)
        try:
            table = np.loadtxt(file, np.uint8, None, ",", skiprows=skip, ndmin=2)
        except ValueError as error:
            raise _what_is_wrong(path, skip, str(error)) from None
    if table.shape[1] != PIXELS + 1 or table[:, 0].max() > 9:
        raise _what_is_wrong(path, skip, f"found a table of shape {table.shape}")
    labels, last = table[:, 0], table[:, -1]
    # The top row of a picture is paper; so is its last pixel, unless that is the label.
    if not table[:, :28].any() and last.max() <= 9 and np.count_nonzero(last) * 2 > len(last):
        raise ValueError(f"{path}: {LABEL_IS_LAST}")
    return np.ascontiguousarray(table[:, 1:]), labels.astype(np.int64)


def _what_is_wrong(path: str | Path, skip: int, otherwise: str) -> ValueError:
    """Find the first line that is not a label and 784 pixels (slow, so only when needed)."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        for number, line in islice(enumerate(file, start=1), skip, None):
            cells = line.rstrip("\n").split(",") if line.strip() else []
            if cells and len(cells) != PIXELS + 1:
                return ValueError(
                    f"{path}, line {number}: found {len(cells)} columns, expected {PIXELS + 1} "
                    f"(the line starts with {line[:20]!r})"
                )
            for column, cell in enumerate(cells, start=1):
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

    `images` (n, 784) or (n, 28, 28) are uint8, `labels` (n,) are 0 to 9; ValueError if one of the
    two is of another kind. The file appears whole or not at all.
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
    wrong = np.flatnonzero((labels < 0) | (labels > 9))
    if len(wrong):
        raise ValueError(
            f"{name}: label {wrong[0]} (counted from 0) is {labels[wrong[0]]}, expected 0 to 9"
        )
    return images.reshape(-1, 28, 28), labels.astype(np.int64)


def read_npz(
    path: str | Path, members: Iterable[str], name: str | Path | None = None
) -> list[np.ndarray]:
    """Read arrays of whole numbers from an npz archive, without ever unpickling.

    NumPy reads them, after a look at the headers: it allocates whatever a header promises.

    Returns the arrays called `members`, in that order. Errors call the file `name`, if not by its
    path: ValueError if it is damaged, lacks an array, or holds something else in it.
    """
    with open(path, "rb") as file:
        try:
            # What numpy.load returns for an archive; it would also open files that are none.
            with np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
                largest = min(MAX_BYTES, MAX_DEFLATE * os.fstat(file.fileno()).st_size)
                for member in members:
                    _check_npy(archive.zip, f"{member}.npy", largest)
                return [archive[member] for member in members]
        # What zipfile and zlib raise for damaged archives; OSError for a seek before the start.
        except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as e:
            raise ValueError(f"{name or path}: not an npz archive of whole numbers ({e})") from None


def _check_npy(archive: zipfile.ZipFile, member: str, largest: int) -> None:
    """Raise ValueError if an array is missing, not of whole numbers, or not as long as it says."""
    if member not in archive.namelist():
        raise ValueError(
            f"{member}: missing; found {', '.join(archive.namelist()[:10]) or 'nothing'}"
        )
    info = archive.getinfo(member)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{member}: unknown compression, expected none or deflate")
    with archive.open(member) as stream:
        version_1 = np.lib.format.read_magic(stream) == (1, 0)
        read_header = "read_array_header_1_0" if version_1 else "read_array_header_2_0"
        shape, _, dtype = getattr(np.lib.format, read_header)(stream)
        size = prod(shape) * dtype.itemsize
        if dtype.kind not in "iu":
            pickled = " (pickled Python objects: programs, never read)" * dtype.hasobject
            raise ValueError(f"{member}: found numbers of type {dtype}{pickled}")
        if stream.tell() + size != info.file_size or info.file_size > largest:
            raise ValueError(f"{member}: {info.file_size} bytes do not hold {shape} {dtype}")


def write_keras_npz(
    path: str | Path,
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
) -> None:
    """Write MNIST as Keras distributes it: pictures and labels as in `write_csv`, all as uint8."""
    arrays = {}
    for part, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        x, y = _checked(x, y, f"{path}, x_{part} and y_{part}")
        arrays |= {f"x_{part}": x, f"y_{part}": y.astype(np.uint8)}
    with whole_file(path) as file:
        np.savez_compressed(file, **arrays)


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
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
