"""Which files there are, and where they are kept."""

import os

from worlds import NAMES, QMNIST_NAMES

from mnistlab import datasets


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
