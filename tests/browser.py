"""JupyterLab in a real browser, for the tests of what moves.

The fixtures are handed to every test by ``conftest.py``::

    def test_something(jupyterlab):
        page = jupyterlab.open(["1 + 1"])

A server is started on the loopback address, with a token, and with an empty home and no
configuration, so that nothing of the person who runs the tests is read or changed. The browser is
the system's own Chromium (``MNISTLAB_CHROMIUM`` names another); Playwright only drives it.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Off: the address bar's two popups, pages of their own in each window that cost more than the one
# tested. Chromium heeds the last list only, so Playwright's own is in it.
OFF = [
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable"),
    *("LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
]
FLAGS = [
    f"--disable-features={','.join(OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS = 120  # patience for a kernel or a server on a busy machine


def find_chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    return os.environ.get("MNISTLAB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def start_browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


class JupyterLab:
    """A running server, and the pages opened from it.

    Attributes
    ----------
    folder : pathlib.Path
        Where the notebooks lie that it shows: a course, found by `mnistlab lab`.
    log : pathlib.Path
        What the server said.
    problems : list of str
        What the opened pages wrote to the console as errors, and exceptions nobody caught.
    """

    def __init__(self, address: str, token: str, folder: Path, log: Path, browser):
        self.address, self.token, self.folder, self.log = address, token, folder, log
        self.problems: list[str] = []
        self._browser = browser
        self._last: tuple = ()

    def open(self, cells: list[str], *, theme: str = "light") -> Page:
        """Open a notebook of these code cells, and run them all.

        Where the last notebook had the same cells, they are run again on its page, in this theme: a
        kernel and JupyterLab itself need seconds to start, and what moves starts anew all the same.
        """
        if self._last[:1] == (cells,):
            page = self._last[1]
            page.evaluate("jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        else:
            page = self._open_new(cells)
            self._last = (cells, page)
        name = f"JupyterLab {theme.title()}"
        page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")
        self.run_all(page)
        return page

    def _open_new(self, cells: list[str]) -> Page:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        file = self.folder / f"{secrets.token_hex(4)}.ipynb"
        nbformat.write(notebook, file)
        return self._show(file)

    def open_file(self, file: Path) -> Page:
        """Open a notebook that lies in `folder`, and run all of its cells."""
        page = self._show(file)
        self.run_all(page)
        return page

    def _show(self, file: Path) -> Page:
        page = self._browser.new_page(viewport={"width": 1000, "height": 1100})
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("console", self._note)
        name = file.relative_to(self.folder).as_posix()
        page.goto(f"{self.address}doc/tree/{name}?token={self.token}")
        page.locator(".jp-NotebookPanel-toolbar").wait_for()
        # Before the kernel is known to the page, running a cell would only ask which one to use.
        page.wait_for_function(
            "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status == 'idle'"
        )
        return page

    def close(self) -> None:
        """Close all pages but the one that the next test may go on with."""
        for context in self._browser.contexts:
            if not (self._last and context is self._last[1].context):
                context.close()

    def run_all(self, page: Page) -> None:
        """Run every cell and wait for the last one; a Python error in a cell fails the test."""
        # Started, not awaited: what is waited for is what a reader of the page would wait for.
        page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
        prompt = page.locator(".jp-CodeCell .jp-InputPrompt").last
        deadline = time.monotonic() + SECONDS
        while not prompt.inner_text().strip("[]: \n").isdigit():
            errors = page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
            if errors.count():
                pytest.fail(errors.first.inner_text())
            if time.monotonic() > deadline:
                pytest.fail("the notebook did not come to its end")
            page.wait_for_timeout(100)

    def _note(self, message) -> None:
        if message.type == "error":
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")


@contextmanager
def start_jupyterlab(folder: Path, browser):
    """Start a server with its own empty home under `folder`; stop it at the end."""
    home, notebooks = folder / "home", folder / "notebooks"
    settings, runtime = home / "settings", home / "runtime"
    for path in (notebooks, settings, runtime):
        path.mkdir(parents=True)
    (notebooks / "course.toml").touch()
    environment = os.environ | {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    log = folder / "jupyter.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "mnistlab", "lab", "--no-browser", "--ServerApp.port=0"),
                "--LabApp.expose_app_in_browser=True",
            ],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address, token = _address(server, runtime, log)
        yield JupyterLab(address, token, notebooks, log, browser)
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _address(server, runtime: Path, log: Path) -> tuple[str, str]:
    """Wait until the server has written down where it listens, and the token it asks for."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                facts = json.loads(file.read_text())
                urlopen(facts["url"] + "api", timeout=SECONDS).close()
                return facts["url"], facts["token"]
            except (json.JSONDecodeError, URLError):
                pass  # half-written, or not listening yet
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser():
    if find_chromium() is None:
        # In CI nothing is left out without a word.
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up(f"no Chromium on PATH ({', '.join(NAMES)}); MNISTLAB_CHROMIUM can name one")
    with start_browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def jupyterlab_server(tmp_path_factory, browser):
    with start_jupyterlab(tmp_path_factory.mktemp("jupyterlab"), browser) as server:
        yield server


@pytest.fixture
def jupyterlab(jupyterlab_server):
    """One server for all tests; a test's problems are its own."""
    jupyterlab_server.problems.clear()
    yield jupyterlab_server
    jupyterlab_server.close()


@contextmanager
def served(folder):
    """Run `python -m http.server` in a folder; yield its address and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/", server
    finally:
        server.terminate()
        server.wait()
