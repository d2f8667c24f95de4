"""What holds for every test: no network, and no settings left over from the developer's shell."""

import ipaddress
import socket

import pytest

# Here once, not in each test file: a fixture imported into two files is two fixtures, and a second
# Playwright in the same process refuses to start.
from browser import browser, jupyterlab, jupyterlab_server  # noqa: F401
from small_course import folder  # noqa: F401

# Minutes each: in parallel runs they come first, so that none is left over for one core at the end.
SLOWEST_FIRST = [
    *("test_build_site.py", "test_page.py", "test_room.py", "test_draw_pad.py"),
    *("test_kana_page.py", "test_scale.py", "test_package.py", "test_threshold_explorer.py"),
    *("test_checks.py", "test_margin_explorer.py"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first."""
    order = {name: place for place, name in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


real_connect = socket.socket.connect


def connect_to_this_machine_only(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = address[0]
        try:
            here = ipaddress.ip_address(host).is_loopback
        except ValueError:
            here = host == "localhost"
        if not here:
            raise OSError(f"tests never touch the network, but this one called {host}")
    return real_connect(self, address)


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Cut the network, and forget what the shell says about the data.

    MNISTLAB_DATA stays: tests that want the full data look there, and skip when it is not set.
    """
    monkeypatch.setattr(socket.socket, "connect", connect_to_this_machine_only)
    for name in ("MNISTLAB_SOURCE", "MNISTLAB_OFFLINE", "MNISTLAB_CHECK_STRICT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MNISTLAB_DONE", "")  # what a developer has done stays as it is
