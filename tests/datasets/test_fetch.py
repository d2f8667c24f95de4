"""Files from mirrors, with every fault a network or a disk can have."""

import errno
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import mirrors
import numpy as np
import pytest
from worlds import DAMAGES, NAMES, QMNIST_NAMES, break_disk, registry_module

from mnistlab import datasets, formats
from mnistlab.datasets import fetch


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


def test_a_failed_download_leaves_a_good_file(course, good):
    """Even asked to fetch what is there, a broken mirror cannot harm it."""
    datasets.load_mnist("full")
    before = {path: path.read_bytes() for path in course.cache.iterdir()}
    for fault in ("cut", "web page", "wrong content"):
        good.answers = {name: FAULTS[fault](data) for name, data in course.zipped.items()}
        with pytest.raises(datasets.DataNotFound):
            fetch.fetch_files(datasets.registry()["mnist"], datasets.cache_dir(), quick=False)
    assert {path: path.read_bytes() for path in course.cache.iterdir()} == before


# --- the disk ------------------------------------------------------------------------------------


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


# --- other processes -----------------------------------------------------------------------------

SCRIPT = """
import hashlib, pooch, signal, sys
from importlib import import_module
from pathlib import Path
from mnistlab import datasets
# A shell that starts the tests in the background has them ignore Ctrl-C, and their children too.
signal.signal(signal.SIGINT, signal.default_int_handler)
root = Path(sys.argv[1])
import_module("mnistlab.datasets.registry").CHECKOUT = root / "course"
pooch.os_cache = lambda name: root / "user" / name
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


# --- mnistlab download ---------------------------------------------------------------------------


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
    monkeypatch.setattr(registry_module, "CHECKOUT", course.root / "nowhere")
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


@pytest.mark.parametrize("said", ["1", "true", "True", "YES", "on", " 1 "])
def test_offline_is_obeyed(course, good, monkeypatch, said):
    monkeypatch.setenv("MNISTLAB_OFFLINE", said)
    with pytest.raises(datasets.DataNotFound, match=f"MNISTLAB_OFFLINE={said}, and not on"):
        datasets.load_mnist("full")
    assert datasets.load_mnist().source == "sample" and good.asked == []


@pytest.mark.parametrize("said", ["", "0", "false", "No", "off"])
def test_offline_may_be_denied(course, good, monkeypatch, said):
    monkeypatch.setenv("MNISTLAB_OFFLINE", said)
    assert datasets.load_mnist().source == "full" and good.asked == NAMES


@pytest.mark.parametrize("source", ["auto", "full"])
def test_offline_neither_yes_nor_no(course, good, monkeypatch, source):
    monkeypatch.setenv("MNISTLAB_OFFLINE", "maybe")
    with pytest.raises(ValueError, match="MNISTLAB_OFFLINE is 'maybe', expected one of 1, true"):
        datasets.load_mnist(source)
    assert good.asked == []
