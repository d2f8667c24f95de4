"""Files on disk: found, verified, unzipped, mapped; and whatever is wrong with them or the disk."""

import errno
import gzip
import os
from mmap import mmap
from pathlib import Path

import numpy as np
import pytest
from worlds import DAMAGES, NAMES, break_disk, check_contract

from mnistlab import datasets, formats


@pytest.mark.parametrize("below", ["", "mnist"])
@pytest.mark.parametrize("unzipped", [False, True])
def test_mnistlab_data(course, monkeypatch, capsys, below, unzipped):
    folder = course.fill(course.root / "elsewhere" / below)
    if unzipped:
        for path in folder.iterdir():
            path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
            path.unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*")}
    monkeypatch.setenv("MNISTLAB_DATA", str(course.root / "elsewhere"))
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    for _ in range(2):
        mnist = datasets.load_mnist()
        check_contract(mnist, 300, 50)
        assert course.is_right(mnist)
    assert {path: path.read_bytes() for path in folder.rglob("*")} == before
    assert capsys.readouterr().out == ""
    assert course.files() == sorted(name.removesuffix(".gz") for name in NAMES)


@pytest.mark.parametrize("zipped", [False, True])
def test_other_names_of_the_same_files(course, monkeypatch, capsys, zipped):
    """As some unpackers, and Kaggle, call them: train-images.idx3-ubyte."""
    folder = course.root / "elsewhere"
    folder.mkdir()
    for name in NAMES:
        data = course.zipped[name]
        name = name.replace("-idx", ".idx")
        name, data = (name, data) if zipped else (name[:-3], gzip.decompress(data))
        (folder / name).write_bytes(data)
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    assert course.is_right(datasets.load_mnist())
    assert capsys.readouterr().out == ""


def test_names_that_were_looked_for_are_said(course, monkeypatch, capsys):
    folder = course.root / "elsewhere"
    folder.mkdir()
    (folder / "images.bin").write_bytes(gzip.decompress(course.zipped[NAMES[0]]))
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    assert datasets.load_mnist().source == "sample"
    (line,) = capsys.readouterr().out.splitlines()
    for name in (
        "train-images-idx3-ubyte.gz",
        "train-images-idx3-ubyte",
        "train-images.idx3-ubyte",
    ):
        assert f" {name}," in line or f" {name}." in line
    assert str(folder) in line


def test_second_load_maps_the_unzipped_files(course, good):
    datasets.load_mnist("full")
    for name in NAMES:
        (course.cache / name).unlink()
    mnist = datasets.load_mnist("full")
    assert course.is_right(mnist) and len(good.asked) == 4
    base = mnist.X_train
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base.base, mmap)


def test_mnistlab_data_is_no_folder(course, monkeypatch, capsys):
    monkeypatch.setenv("MNISTLAB_DATA", str(course.root / "typo"))
    with pytest.raises(datasets.DataNotFound, match=r"MNISTLAB_DATA is .*typo.*not a folder"):
        datasets.load_mnist("full")
    assert datasets.load_mnist().source == "sample"
    assert "MNISTLAB_DATA" in capsys.readouterr().out


def test_incomplete_mnistlab_data_is_completed(course, good, monkeypatch):
    folder = course.fill(course.root / "elsewhere", NAMES[:2])
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))
    assert course.is_right(datasets.load_mnist("full"))
    assert good.asked == NAMES[2:] and sorted(os.listdir(folder)) == sorted(NAMES[:2])


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_on_disk(course, good, monkeypatch, capsys, damage):
    """It is named, never used, never touched in a folder that is not ours, and replaced in ours."""
    bad = DAMAGES[damage](course.zipped[NAMES[0]])
    folder = course.fill(course.root / "elsewhere", **{NAMES[0]: bad})
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))
    course.fill(course.cache, NAMES[:1], **{NAMES[0]: bad})
    assert course.is_right(datasets.load_mnist("full"))
    assert (folder / NAMES[0]).read_bytes() == bad
    assert (course.cache / NAMES[0]).read_bytes() == course.zipped[NAMES[0]]
    out = capsys.readouterr().out
    assert out.count("A damaged file is ignored") == 2 and str(folder / NAMES[0]) in out


@pytest.mark.parametrize("damage", ["cut", "empty", "magic", "another"])
def test_damaged_unzipped_file_in_the_cache(course, good, damage):
    """The glance at size and magic number sees it; the file is made again from the zipped one."""
    datasets.load_mnist("full")
    path = course.cache / NAMES[0].removesuffix(".gz")
    data = path.read_bytes()
    path.unlink()
    another = gzip.decompress(course.zipped[NAMES[2]])
    faults = {"cut": data[:-1], "empty": b"", "magic": b"\1" + data[1:], "another": another}
    path.write_bytes(faults[damage])
    assert course.is_right(datasets.load_mnist("full"))
    assert len(good.asked) == 4 and path.read_bytes() == data


def test_disk_full_while_unzipping(course, good, monkeypatch, capsys):
    course.fill(course.cache)
    break_disk(monkeypatch, errno.ENOSPC, after=20_000)
    mnist = datasets.load_mnist("full")
    check_contract(mnist, 300, 50)
    assert course.is_right(mnist)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "stay in memory" in out
    assert not [name for name in course.files() if name.endswith(".part")]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_read_only_cache(course, good, monkeypatch, capsys, number):
    """Data elsewhere on disk is used from memory; a download is refused with a clear line."""
    folder = course.fill(course.root / "elsewhere")
    break_disk(monkeypatch, number)
    with pytest.raises(OSError, match="cannot be written"):
        datasets.load_mnist("full")
    assert datasets.load_mnist().source == "sample"
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))
    capsys.readouterr()
    mnist = datasets.load_mnist()
    check_contract(mnist, 300, 50)
    assert course.is_right(mnist)
    assert "stay in memory" in capsys.readouterr().out and good.asked == []


def test_read_only_parent(course, good, monkeypatch):
    """Not even the folder can be made."""

    def no_mkdir(self, *args, **kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    folder = course.fill(course.root / "elsewhere")
    monkeypatch.setattr(Path, "mkdir", no_mkdir)
    with pytest.raises(OSError, match="cannot be written"):
        datasets.load_mnist("full")
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))
    assert course.is_right(datasets.load_mnist("full"))


def test_source_that_cannot_be_read(course, monkeypatch):
    """The error names the file that cannot be read, not the cache."""
    folder = course.fill(course.root / "elsewhere")
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))

    def locked(path, mode="r", *args, **kwargs):
        if "elsewhere" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open(path, mode, *args, **kwargs)

    monkeypatch.setattr(formats, "open", locked, raising=False)
    with pytest.raises(PermissionError, match=NAMES[0]):
        datasets.load_mnist("full")


def test_interrupt_while_unzipping(course, monkeypatch):
    course.fill(course.cache)
    real = formats.unpacked

    def interrupted(*args):
        yield next(real(*args))
        raise KeyboardInterrupt

    monkeypatch.setattr(formats, "unpacked", interrupted)
    with pytest.raises(KeyboardInterrupt):
        datasets.load_mnist("full")
    assert course.files() == sorted(NAMES)
