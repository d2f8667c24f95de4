"""JupyterLab as `mnistlab lab` starts it, and the first minute in it."""

import shutil
import socket
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from mnistlab.command import cli

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def first(jupyterlab):
    """The server, with the first notebook in its folder, and what the file browser hides."""
    shutil.copy(NOTEBOOKS / cli.FIRST_NOTEBOOK, jupyterlab.folder)
    (jupyterlab.folder / "figures").mkdir(exist_ok=True)
    return jupyterlab


def status(url):
    try:
        with urlopen(url, timeout=60) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def test_lab_opens_the_first_notebook_for_this_machine_and_token_only(first):
    address = urlsplit(first.address)
    assert (address.scheme, address.hostname) == ("http", "127.0.0.1")
    contents = f"{first.address}api/contents/{cli.FIRST_NOTEBOOK}"
    assert first.token and status(contents) == 403
    assert status(f"{contents}?token={first.token}") == 200
    assert f"/lab/tree/{cli.FIRST_NOTEBOOK}?token=" in first.log.read_text()
    # Listening on 127.0.0.1 only: the machine's other addresses refuse.
    if sys.platform == "linux":
        with socket.socket() as elsewhere, pytest.raises(OSError):
            elsewhere.settimeout(5)
            elsewhere.connect(("127.0.0.2", address.port))


def test_the_first_minute(first):
    jupyterlab = first
    page = jupyterlab._browser.new_page(viewport={"width": 1280, "height": 800})
    token = f"token={jupyterlab.token}"
    page.goto(f"{jupyterlab.address}lab/tree/{cli.FIRST_NOTEBOOK}?reset&{token}")
    page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status == 'idle'",
        timeout=120_000,
    )
    page.wait_for_timeout(2000)  # for what would pop up late
    listed = page.locator(".jp-DirListing-itemText").all_inner_texts()
    assert cli.FIRST_NOTEBOOK in listed
    assert not {"course.toml", "figures", "__pycache__"} & set(listed)
    assert not page.locator(".Toastify__toast, .jp-Dialog").count()
    name = page.locator(".jp-DirListing-itemText", has_text=cli.FIRST_NOTEBOOK).first
    assert name.evaluate("e => e.scrollWidth <= e.clientWidth + 1")  # it is not cut
    assert not page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty")
    page.close()
