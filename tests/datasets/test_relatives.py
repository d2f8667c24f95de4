"""MNIST's relatives: zipped IDX and npz, known by their payload or as distributed."""

import gzip
import hashlib
import io
import json
import os
import tomllib
from pathlib import Path

import mirrors
import numpy as np
import pytest
from worlds import registry_module

from mnistlab import datasets, formats
from mnistlab.command import cli, doctor
from mnistlab.datasets import fetch, store

REAL = tomllib.loads(datasets.shipped("registry.toml").read_text(encoding="utf-8"))
REAL_DATA = os.environ.get("MNISTLAB_DATA")
PARTS = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]
K49_NAMES = [
    f"k49-{part}.npz" for part in ("train-imgs", "train-labels", "test-imgs", "test-labels")
]


class World:
    """A registry of small files: kmnist (the test set known by its payload) and k49."""

    def __init__(self, root):
        self.root = root
        self.cache = root / "course" / "data" / "cache"
        rng = np.random.default_rng(0)
        self.arrays = [
            rng.integers(0, 256, (40, 28, 28), dtype=np.uint8),
            rng.integers(0, 10, 40, dtype=np.uint8),
            rng.integers(0, 256, (10, 28, 28), dtype=np.uint8),
            rng.integers(0, 10, 10, dtype=np.uint8),
        ]
        self.zipped, self.facts = {}, {"kmnist": {}, "k49": {}}
        for part, array in zip(PARTS, self.arrays, strict=True):
            formats.write_idx(root / "x.gz", array)
            data = (root / "x.gz").read_bytes()
            payload = gzip.decompress(data)
            facts = {"mirror_name": f"{part}.gz", "gz_size": len(data), "size": len(payload)}
            if part.startswith("train"):
                facts["digest"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
            else:
                facts["sha256"] = hashlib.sha256(payload).hexdigest()
            self.zipped[f"{part}.gz"] = data
            self.facts["kmnist"][f"kmnist-{part}.gz"] = facts
        for name, array in zip(K49_NAMES, self.arrays, strict=True):
            self.zipped[name] = npz(array)
            self.facts["k49"][name] = {
                "gz_size": len(self.zipped[name]),
                "size": array.nbytes + 4 + 4 * array.ndim,  # as IDX
                "digest": f"md5:{hashlib.md5(self.zipped[name]).hexdigest()}",
            }
        (root / "course" / "data").mkdir(parents=True)
        self.write_registry()

    def write_registry(self, *urls):
        lines = []
        for dataset, files in self.facts.items():
            lines += [f"[{dataset}]", f'folder = "{dataset}"', f"mirrors = {json.dumps(urls)}"]
            lines += [f"{key} = {json.dumps(REAL[dataset][key])}" for key in ("title", "classes")]
            for name, facts in files.items():
                lines += [f'[{dataset}.files."{name}"]']
                lines += [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
        path = self.root / "course" / "data" / "registry.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        datasets.registry.cache_clear()

    def fill(self, folder, names, prefix=""):
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / f"{prefix}{name}").write_bytes(self.zipped[name])
        return folder

    def check(self, data, source="full"):
        assert data.source == source
        n_train = 40 if source == "full" else 0
        assert np.array_equal(data.images_train, self.arrays[0][:n_train])
        assert np.array_equal(data.y_train, self.arrays[1][:n_train])
        assert np.array_equal(data.images_test, self.arrays[2])
        assert np.array_equal(data.y_test, self.arrays[3])
        for X, y in [(data.X_train, data.y_train), (data.X_test, data.y_test)]:
            assert X.dtype == np.uint8 and y.dtype == np.int64 and X.shape[1:] == (784,)
            assert type(X) is type(y) is np.ndarray
            assert not X.flags.writeable and not y.flags.writeable


def npz(array):
    stream = io.BytesIO()
    np.savez_compressed(stream, array)
    return stream.getvalue()


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(registry_module, "CHECKOUT", tmp_path / "course")
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "user" / name)
    store.say_once.cache_clear()
    for name in ("MNISTLAB_DATA", "MNISTLAB_MIRRORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(fetch, "READ_SECONDS", 1)
    yield World(tmp_path)
    datasets.registry.cache_clear()


@pytest.fixture
def good(world):
    with mirrors.mirror(world.zipped) as server:
        world.write_registry(server.url)
        yield server


@pytest.mark.parametrize("name", ["kmnist", "k49"])
def test_downloaded_once_and_mapped(world, good, name):
    for source in ("auto", "full"):
        data = datasets.load(name, source)
        world.check(data)
    assert len(good.asked) == 4
    assert data.name in repr(data) and "40 pictures" in repr(data)
    assert len(data.class_names) == (10 if name == "kmnist" else 49)
    base = data.X_train
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert type(base.base).__name__ == "mmap"  # not a copy in memory


def test_what_check_compares_with_does_not_change(world, good, monkeypatch):
    monkeypatch.setattr(datasets, "_last_source", "sample")
    datasets.load("kmnist")
    assert datasets.last_source() == "sample"


@pytest.mark.parametrize("below", ["", "kmnist", "mnist"])
@pytest.mark.parametrize("prefix", ["", "kmnist-"])
def test_only_the_test_set_is_at_hand(world, monkeypatch, capsys, below, prefix):
    """MNISTLAB_DATA may be the folder itself, the one above, or one beside it."""
    world.fill(world.root / "far" / "kmnist", [f"{part}.gz" for part in PARTS[2:]], prefix)
    (world.root / "far" / "mnist").mkdir()
    monkeypatch.setenv("MNISTLAB_DATA", str(world.root / "far" / below))
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    for _ in range(2):
        world.check(datasets.load("kmnist"), "test")
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "Only the test set of Kuzushiji-MNIST" in said
    assert "mnistlab download kmnist" in said
    with pytest.raises(datasets.DataNotFound, match="mnistlab download kmnist"):
        datasets.load("kmnist", "full")


def test_a_file_of_mnist_is_not_taken_for_one_of_kmnist(world, monkeypatch, capsys):
    """Both are called t10k-images-idx3-ubyte.gz at home."""
    world.fill(world.root / "mnist", [f"{part}.gz" for part in PARTS])
    monkeypatch.setenv("MNISTLAB_DATA", str(world.root / "mnist"))
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    with pytest.raises(datasets.DataNotFound):
        datasets.load("kmnist")
    assert capsys.readouterr().out == ""  # nothing was called damaged


def test_with_the_sample_only_the_disk_is_asked(world, good, monkeypatch):
    monkeypatch.setenv("MNISTLAB_SOURCE", "sample")
    with pytest.raises(datasets.DataNotFound, match="Not on this computer"):
        datasets.load("kmnist")
    assert good.asked == []
    world.fill(world.cache / "kmnist", [f"{part}.gz" for part in PARTS], "kmnist-")
    world.check(datasets.load("kmnist"))
    assert good.asked == []


FAULTS = {
    "web page": lambda data: mirrors.web_page,
    "cut": mirrors.cut,
    "short": mirrors.short,
    "empty": lambda data: b"",
    "404": lambda data: mirrors.status(404),
    "another byte": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "another npz": lambda data: npz(np.zeros((40, 28, 28), np.uint8)),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "k49-train-imgs.npz"])
def test_a_broken_mirror_is_passed_over(world, good, fault, name):
    dataset = "k49" if name.startswith("k49") else "kmnist"
    with mirrors.mirror(world.zipped | {name: FAULTS[fault](world.zipped[name])}) as bad:
        world.write_registry(bad.url)
        with pytest.raises(datasets.DataNotFound, match=f"mnistlab download {dataset}") as error:
            datasets.load(dataset, "full")
        assert name in str(error.value) and bad.url in str(error.value)
        assert not (world.cache / dataset / name).exists()
        world.write_registry(bad.url, good.url)
        world.check(datasets.load(dataset, "full"))
    assert not [path for path in world.cache.rglob("*.part")]


@pytest.mark.parametrize("array", [np.zeros((3, 28, 28), np.uint8), np.array([{}], dtype=object)])
def test_an_npz_with_something_else_in_it(world, monkeypatch, capsys, array):
    """Even where the digest is right: nothing is unpickled, no other length is believed."""
    data = npz(array)
    world.facts["k49"][K49_NAMES[2]]["digest"] = f"md5:{hashlib.md5(data).hexdigest()}"
    world.zipped[K49_NAMES[2]] = data
    world.write_registry()
    world.fill(world.cache / "k49", K49_NAMES)
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    with pytest.raises(datasets.DataNotFound):
        datasets.load("k49")
    assert "A damaged file is ignored" in capsys.readouterr().out


def test_a_cache_that_cannot_be_written(world, monkeypatch, capsys):
    folder = world.root / "far"
    world.fill(folder / "kmnist", [f"{part}.gz" for part in PARTS])
    world.fill(folder / "k49", K49_NAMES)
    monkeypatch.setenv("MNISTLAB_DATA", str(folder))

    def read_only(path, mode="r", *args, **kwargs):
        if mode == "xb":
            raise OSError(30, "Read-only file system", str(path))
        return open(path, mode, *args, **kwargs)

    monkeypatch.setattr(formats, "open", read_only, raising=False)
    world.check(datasets.load("kmnist"))
    world.check(datasets.load("k49"))
    assert "stay in memory" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mnist49",), "expected one of 'mnist', 'kmnist', 'k49', 'fashion'"),
        (("kmnist", "sample"), "expected 'auto' or 'full'"),
    ],
)
def test_unknown_names(arguments, words):
    with pytest.raises(ValueError, match=words):
        datasets.load(*arguments)


def test_load_mnist_by_name():
    assert datasets.load("mnist", "sample").source == "sample"


def test_download_by_name(world, good, capsys):
    assert cli.main(["download", "--dest", str(world.root / "stick"), "k49"]) == 0
    assert capsys.readouterr().out.count("downloaded, verified") == 4
    assert good.asked == K49_NAMES
    assert cli.main(["download", "--dest", str(world.root / "stick"), "k49"]) == 0
    assert capsys.readouterr().out.count("already there, verified") == 4
    assert cli.main(["download", "nist"]) == 1
    assert "no data set is called 'nist'; there are: kmnist, k49" in capsys.readouterr().err


def test_own_mirror_has_the_names_that_download_gives(world, good, monkeypatch):
    folder = datasets.download(world.root / "stick", "kmnist")
    names = sorted(os.listdir(folder / "kmnist"))
    assert names == sorted(f"kmnist-{part}.gz" for part in PARTS)
    answers = {name: (folder / "kmnist" / name).read_bytes() for name in names}
    good.answers = {}
    with mirrors.mirror(answers) as own:
        monkeypatch.setenv("MNISTLAB_MIRRORS", own.url)
        world.check(datasets.load("kmnist"))


def test_doctor_speaks_of_a_relative_only_where_there_is_one(world):
    assert not [text for _, text in doctor._data() if "k49" in text]
    world.fill(world.cache / "k49", K49_NAMES[2:])
    assert [text for level, text in doctor._data() if "k49: not here (2 of 4" in text]
    world.fill(world.cache / "k49", K49_NAMES)
    assert [text for level, text in doctor._data() if "k49: all 4 files" in text]


# --- the real registry, and the real files where they are -----------------------------------------


def test_registry():
    datasets.registry.cache_clear()
    registry = datasets.registry()
    sizes = {"kmnist": (60000, 10000), "k49": (232365, 38547), "fashion": (60000, 10000)}
    for name, (n_train, n_test) in sizes.items():
        expected = [16 + 784 * n_train, 8 + n_train, 16 + 784 * n_test, 8 + n_test]
        files = registry[name]
        assert [f.size for f in files] == expected
        for file in files:
            assert len(file.mirrors) >= 2 and bool(file.sha256) != bool(file.digest)
            assert file.digest or not file.name.endswith(".npz")  # what is in it is believed then
            algorithm, _, digest = (file.digest or f"sha256:{file.sha256}").partition(":")
            assert len(bytes.fromhex(digest)) == hashlib.new(algorithm).digest_size
    names = [file.name for files in registry.values() for file in files]
    assert len(set(names)) == len(names)  # so that a folder may hold all of them
    classes = {name: class_names for name, (_, class_names) in datasets.relatives().items()}
    for name, n in {"kmnist": 10, "k49": 49, "fashion": 10}.items():
        assert len(set(classes[name])) == len(classes[name]) == n
    assert set(classes["kmnist"]) < set(classes["k49"])


def test_real_kmnist(monkeypatch, tmp_path):
    """The original test set, where it lies beside MNIST."""
    datasets.registry.cache_clear()
    images = datasets.registry()["kmnist"][2]
    if not (REAL_DATA and Path(REAL_DATA).is_dir() and [*datasets.places(images)]):
        pytest.skip("Kuzushiji-MNIST is not on this computer")
    monkeypatch.setattr(registry_module, "_cache_dirs", lambda: [tmp_path])
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    kmnist = datasets.load("kmnist")
    assert kmnist.X_test.shape == (10000, 784)
    assert np.bincount(kmnist.y_test).tolist() == [1000] * 10
