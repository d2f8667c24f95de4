"""The small world, and a mirror that has everything."""

import mirrors
import pytest
from worlds import Course, registry_module

from mnistlab import datasets
from mnistlab.datasets import fetch, store


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The small world, with nothing of the real one in reach."""
    monkeypatch.setattr(registry_module, "CHECKOUT", tmp_path / "course")
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "user" / name)
    monkeypatch.setattr(datasets, "_last_source", None)
    store.say_once.cache_clear()
    for name in ("MNISTLAB_DATA", "MNISTLAB_MIRRORS"):
        monkeypatch.delenv(name, raising=False)
    # Where the shell has a proxy, it shall not be asked for this machine.
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(fetch, "READ_SECONDS", 1)
    yield Course(tmp_path)
    datasets.registry.cache_clear()


@pytest.fixture
def good(course):
    """A mirror that has everything, named in the registry."""
    with mirrors.mirror(course.zipped) as server:
        course.set_mirrors(server.url)
        yield server
