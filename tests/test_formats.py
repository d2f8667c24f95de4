"""Bytes to arrays and back; and whatever is wrong with a file, a ValueError that names it."""

import gzip
import io
import os
import random
import struct
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from mnistlab import formats, load_mnist

DTYPES = ["uint8", "int8", "int16", "int32", "float32", "float64"]
anything_goes = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def idx_bytes(code, shape, payload):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + payload


def written(tmp_path, data, name="digits-idx"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def small_digits(n=12):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
    return images, np.arange(n) % 10


def read_anyhow(path):
    """Every reader, also the one that maps."""
    for reader in (formats.read_idx, formats.map_idx):
        with pytest.raises(ValueError, match="digits-idx") as error:
            reader(path)
    return str(error.value)


# --- IDX: what is written is read again -----------------------------------------------------------


@anything_goes
@given(data=st.data(), dtype=st.sampled_from(DTYPES), zipped=st.booleans(), big=st.booleans())
def test_idx_round_trip(tmp_path, data, dtype, zipped, big):
    shape = data.draw(nps.array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=5))
    array = data.draw(nps.arrays(np.dtype(dtype).newbyteorder(">" if big else "<"), shape))
    path = tmp_path / ("a-idx.gz" if zipped else "a-idx")
    formats.write_idx(path, array)
    again = formats.read_idx(path)
    assert again.shape == array.shape and again.dtype == np.dtype(dtype)
    assert again.astype(array.dtype).tobytes() == array.tobytes()  # NaNs too
    assert path.read_bytes()[:2] == (b"\x1f\x8b" if zipped else b"\0\0")
    if not zipped:
        assert (
            formats.map_idx(path).tobytes()
            == array.astype(np.dtype(dtype).newbyteorder(">")).tobytes()
        )


def test_idx_is_what_the_page_said(tmp_path):
    """Bytes written by hand from the description of the format, not by our own writer."""
    images = idx_bytes(0x08, (2, 1, 3), bytes([1, 2, 3, 4, 5, 255]))
    assert formats.read_idx(written(tmp_path, images)).tolist() == [[[1, 2, 3]], [[4, 5, 255]]]
    labels = idx_bytes(0x0C, (2, 2), struct.pack(">4i", 1, -2, 3, 2**31 - 1))
    assert formats.read_idx(written(tmp_path, labels)).tolist() == [[1, -2], [3, 2**31 - 1]]
    floats = idx_bytes(0x0E, (1,), struct.pack(">d", 0.1))
    assert formats.read_idx(written(tmp_path, floats)).tolist() == [0.1]


def test_idx_rank_64_and_views(tmp_path):
    for array in (np.ones((1,) * 64, np.uint8), np.arange(12, dtype=np.int16).reshape(3, 4).T[::2]):
        formats.write_idx(tmp_path / "a", array)
        assert np.array_equal(formats.read_idx(tmp_path / "a"), array)


def test_gzip_is_recognised_by_its_bytes_not_its_name(tmp_path):
    data = idx_bytes(0x08, (3,), b"abc")
    assert formats.read_idx(written(tmp_path, data, "plain.gz")).tolist() == [97, 98, 99]
    assert formats.read_idx(written(tmp_path, gzip.compress(data), "zipped")).tolist() == [
        97,
        98,
        99,
    ]
    several = gzip.compress(data[:5]) + gzip.compress(data[5:])  # as bgzip writes it
    assert formats.read_idx(written(tmp_path, several, "members")).tolist() == [97, 98, 99]


def test_same_array_same_gz_file(tmp_path):
    for name in ("a.gz", "b.gz"):
        formats.write_idx(tmp_path / name, np.arange(10, dtype=np.uint8))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_map_is_read_only_and_plain(tmp_path):
    formats.write_idx(tmp_path / "a", np.arange(6, dtype=np.uint8).reshape(2, 3))
    mapped = formats.map_idx(tmp_path / "a")
    assert type(mapped) is np.ndarray and not mapped.flags.writeable and not mapped.flags.owndata
    with pytest.raises(ValueError):
        mapped.flags.writeable = True


@pytest.mark.parametrize("dtype", ["int64", "uint16", "bool", "complex64", "U3", "O"])
def test_idx_has_no_code_for_it(tmp_path, dtype):
    with pytest.raises(ValueError, match=r"a-idx.*int32"):
        formats.write_idx(tmp_path / "a-idx", np.zeros(3, dtype))
    assert list(tmp_path.iterdir()) == []


# --- IDX: what is wrong is named ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\0", "byte 0"),
        (b"\0\0\x08", "byte 0"),
        (b"<!DOCTYPE html><html>403 Forbidden</html>", "web page"),
        (b"\n\n <html>", "web page"),
        (b"\0\x01\x08\x01\0\0\0\0", "byte 0"),
        (b"\0\0\x07\x01\0\0\0\0", "0x0c"),
        (b"\0\0\x08\xff" + bytes(2000), "byte 3"),
        (b"\0\0\x08\x03\0\0\xea", "byte 7"),
        (idx_bytes(8, (5,), b"1234"), "byte 12"),
        (idx_bytes(8, (5,), b"123456"), "byte 13"),
        (idx_bytes(8, (60000, 28, 28), b""), "47040016"),
        (idx_bytes(8, (2**32 - 1,) * 3, b"123"), "promises"),
        (idx_bytes(8, (0, 2**32 - 1, 2**32 - 1, 2**32 - 1), b""), "promises"),
        (idx_bytes(0x0E, (2**30,), b"123"), "promises"),
    ],
)
def test_malformed_idx(tmp_path, data, words):
    message = read_anyhow(written(tmp_path, data))
    assert words in message and ("expected" in message)
    if data:
        with pytest.raises(ValueError, match=r"digits-idx") as error:
            formats.read_idx(written(tmp_path, gzip.compress(data)))
        assert words in str(error.value)


def test_every_cut_of_a_gz_file_is_noticed(tmp_path):
    whole = gzip.compress(idx_bytes(8, (400,), np.random.default_rng(1).bytes(400)))
    for length in range(len(whole)):
        with pytest.raises(ValueError, match="digits-idx"):
            formats.read_idx(written(tmp_path, whole[:length]))


def peak_of(function, *arguments):
    """Bytes allocated at most while a reader fails."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    """Half a gigabyte of zeros behind a header that promises 1,000 bytes."""
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=1) as file:
        file.write(idx_bytes(8, (1000,), b""))
        for _ in range(512):
            file.write(bytes(2**20))
    path = written(tmp_path, bomb.getvalue())
    assert peak_of(formats.read_idx, path) < 16 * 2**20


def test_a_promise_is_not_allocated(tmp_path):
    """A header that promises one gigabyte, and three bytes."""
    path = written(tmp_path, idx_bytes(8, (2**30,), b"123"))
    assert peak_of(formats.read_idx, path) < 4 * 2**20
    path = written(tmp_path, gzip.compress(idx_bytes(8, (2**30,), b"123")))
    assert peak_of(formats.read_idx, path) < 4 * 2**20


# --- CSV ------------------------------------------------------------------------------------------


@anything_goes
@given(images=nps.arrays(np.uint8, st.tuples(st.integers(1, 3), st.just(784))), data=st.data())
def test_csv_round_trip(tmp_path, images, data):
    labels = data.draw(nps.arrays(np.int64, len(images), elements=st.integers(0, 9)))
    assume(images[:, :27].any() or labels.any())  # else the last pixel may look like a label
    formats.write_csv(tmp_path / "a.csv", images, labels)
    again, labels_again = formats.read_csv(tmp_path / "a.csv")
    assert np.array_equal(again, images) and again.dtype == np.uint8
    assert np.array_equal(labels_again, labels) and labels_again.dtype == np.int64
    assert (tmp_path / "a.csv").read_bytes().count(b",") == 784 * len(images)


@pytest.mark.parametrize("header", ["label,1x1", '"label","1x1"', "label"])
def test_csv_with_column_names(tmp_path, header):
    images, labels = small_digits()
    formats.write_csv(tmp_path / "a.csv", images, labels)
    text = (tmp_path / "a.csv").read_bytes()
    path = written(tmp_path, header.encode() + b"\r\n" + text.replace(b"\n", b"\r\n") + b"\r\n\r\n")
    again, labels_again = formats.read_csv(path)
    assert np.array_equal(again, images.reshape(-1, 784)) and np.array_equal(labels_again, labels)


def csv_line(label="5", pixel="0"):
    return ",".join([label, *["0"] * 783, pixel])


def test_csv_from_a_spreadsheet(tmp_path):
    """A byte order mark in front, with and without column names."""
    images, labels = small_digits()
    formats.write_csv(tmp_path / "a.csv", images, labels)
    for names in ("", '"label","1x1"\n'):
        text = "\ufeff" + names + (tmp_path / "a.csv").read_text()
        again, labels_again = formats.read_csv(written(tmp_path, text.encode("utf-8"), "b.csv"))
        assert np.array_equal(again, images.reshape(-1, 784))
        assert np.array_equal(labels_again, labels)
    text = "\ufeff" + csv_line("x")
    with pytest.raises(ValueError, match="'x' to uint8 at row 0, column 1"):
        formats.read_csv(written(tmp_path, text.encode("utf-8"), "b.csv"))


@pytest.mark.parametrize("names", ["", "pixel1,pixel2,label\n", '"1x1","class"\n'])
@pytest.mark.parametrize("n", [1, 40])
def test_csv_with_the_label_last(tmp_path, names, n):
    """As the sample's own source file has it."""
    sample = load_mnist("sample")
    rows = np.column_stack([sample.X_train, sample.y_train])[sample.y_train.argsort()[::-1]][:n]
    text = names + "\n".join(",".join(map(str, row)) for row in rows)
    with pytest.raises(ValueError, match="label is in the last column, expected it in the first"):
        formats.read_csv(written(tmp_path, text.encode(), "digits.csv"))


def test_csv_of_nothing_but_zeros_is_read(tmp_path):
    """No label but 0, and a last pixel that is not paper in every picture, or grey all over."""
    sample = load_mnist("sample")
    images, labels = sample.X_train[sample.y_train == 0][:20].copy(), np.zeros(20, int)
    images[:9, -1] = 5
    formats.write_csv(tmp_path / "a.csv", images, labels)
    assert np.array_equal(formats.read_csv(tmp_path / "a.csv")[0], images)
    formats.write_csv(tmp_path / "a.csv", np.maximum(images, 3), labels)
    assert np.array_equal(formats.read_csv(tmp_path / "a.csv")[0], np.maximum(images, 3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no digits"),
        ("\n \n\n", "no digits"),
        ("label,1x1\n", "no digits"),
        ("<html>\nNot found\n</html>\n", "'<html>' to uint8 at row 0, column 1"),
        ("5,1,2\n", "found 3 columns"),
        (csv_line() + "\n" + csv_line() + ",0\n", "changed from 785 to 786 at row 2"),
        (csv_line() + ",0\n" + csv_line() + ",0\n", "found 786 columns"),
        (csv_line() + "\n\n5,1,2\n", "changed from 785 to 3"),
        (csv_line() + "\n" + csv_line("x"), "'x' to uint8 at row 1, column 1"),
        (csv_line("10"), "found the label 10"),
        ("label\n" + csv_line() + "\n" + csv_line("00000000000000000012"), "found the label 12"),
        (csv_line("-1"), "'-1' to uint8 at row 0, column 1"),
        (csv_line("5.0"), "'5.0'"),
        (csv_line("5", "256"), "'256' to uint8 at row 0, column 785"),
        (csv_line("5", "9" * 5000), "99999"),
        (csv_line("5", ""), "'' to uint8 at row 0, column 785"),
        (csv_line("5", "nan"), "'nan'"),
        (csv_line("5", "²"), "column 785"),
        (csv_line("5", "1\0"), "column 785"),
        (csv_line("5", '"1'), "column 785"),
    ],
)
def test_malformed_csv(tmp_path, text, words):
    path = written(tmp_path, text.encode("latin1"), "digits.csv")
    with warnings.catch_warnings(), pytest.raises(ValueError, match=r"digits\.csv") as error:
        warnings.simplefilter("error")
        formats.read_csv(path)
    assert words in str(error.value) and "expected" in str(error.value)
    assert len(str(error.value)) < len(str(path)) + 320


# --- whole or not at all --------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupt_leaves_the_old_file(tmp_path, fault):
    path = written(tmp_path, b"old")
    with (
        pytest.raises(type(fault) if isinstance(fault, Exception) else fault),
        formats.whole_file(path) as file,
    ):
        file.write(b"new, but only ha")
        file.flush()
        raise fault
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


PARALLEL = """
import sys
from mnistlab import formats
path, number = sys.argv[1], sys.argv[2].encode()
print("ready", flush=True)
sys.stdin.readline()
for _ in range(300):
    with formats.whole_file(path) as file:
        for _ in range(5):
            file.write(number * 20_000)
            file.flush()
    with open(path, "rb") as file:
        data = file.read()
    assert len(data) == 100_000 and data == data[:1] * 100_000
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows does not replace a file that is open")
def test_three_processes_save_and_load_one_file(tmp_path):
    path = tmp_path / "model.npz"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PARALLEL, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for process in processes:  # they start together, when all are past their imports
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.npz"]


def test_bad_input_writes_nothing(tmp_path):
    images, labels = small_digits()
    for bad_images, bad_labels in [
        (images.astype(float), labels),
        (images[:, :27], labels),
        (images, labels[:-1]),
        (images, labels + 1),
        (images, labels - 1),
        (images, labels.astype(str)),
    ]:
        with pytest.raises(ValueError, match="out"):
            formats.write_csv(tmp_path / "out", bad_images, bad_labels)
    assert list(tmp_path.iterdir()) == []


def test_missing_file_is_not_a_value_error(tmp_path):
    for reader in (formats.read_idx, formats.map_idx, formats.read_csv):
        with pytest.raises(FileNotFoundError):
            reader(tmp_path / "nowhere")


# --- fuzz: only ValueError ever leaves ------------------------------------------------------------


def mutated(whole, chance):
    """Flip, cut, insert, repeat or overwrite, up to four times."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        # Half of the faults hit the first 64 bytes, where the headers are, or the last 64.
        end = len(data)
        start = chance.choice([min(64, end), end, end])
        at = (
            chance.randrange(start + 1)
            if chance.random() < 0.8
            else max(0, end - chance.randrange(64))
        )
        kind = chance.randrange(6)
        if kind == 0 and at < end:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            data[at:at] = chance.randbytes(chance.randrange(1, 9))
        elif kind == 3:
            data[at : at + 4] = chance.choice([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"])
        elif kind == 4:
            del data[at : at + chance.randrange(1, 40)]
        else:
            data[at:at] = data[at : at + chance.randrange(1, 40)]
    return bytes(data)


def fuzz_cases(tmp_path):
    images, labels = small_digits(4)
    formats.write_idx(tmp_path / "idx", images)
    formats.write_idx(tmp_path / "idx.gz", labels.astype(np.int32))
    formats.write_csv(tmp_path / "csv", images, labels)
    return {
        "idx": (formats.read_idx, "idx"),
        "gz": (formats.read_idx, "idx.gz"),
        "map": (formats.map_idx, "idx"),
        "csv": (formats.read_csv, "csv"),
    }


@pytest.mark.parametrize("case", ["idx", "gz", "map", "csv"])
def test_fuzz(tmp_path, case):
    reader, name = fuzz_cases(tmp_path)[case]
    whole = (tmp_path / name).read_bytes()
    path = tmp_path / "mutated"
    refused = 0
    for seed in range(150 if case == "csv" else 1500):
        path.write_bytes(mutated(whole, random.Random(f"{case} {seed}")))
        try:
            reader(path)
        except ValueError as error:
            refused += 1
            assert "mutated" in str(error), seed
        except BaseException as error:
            pytest.fail(f"seed {seed}: {error!r}")
    assert refused > 20
