"""A small world for the tests: 300 + 50 digits, a registry, a cache; and what can go wrong."""

import gzip
import hashlib
import json
import os
from importlib import import_module

import numpy as np
import pytest

from mnistlab import datasets, formats

# The module; in the package its name is taken by the function registry().
registry_module = import_module("mnistlab.datasets.registry")

NAMES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]
QMNIST_NAMES = ["qmnist-train-labels-idx2-int.gz", "qmnist-test-labels-idx2-int.gz"]


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


DAMAGES = {
    "empty": lambda data: b"",
    "web page": lambda data: b"<!DOCTYPE html><html>403 Forbidden</html>",
    "cut": lambda data: data[:-100],
    "flipped": lambda data: gzip.compress(gzip.decompress(data)[:-1] + b"\xaa"),
    "longer": lambda data: gzip.compress(gzip.decompress(data) + b"\0"),
    "another": lambda data: gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 5]) + b"12345"),
}


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
