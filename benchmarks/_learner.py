"""One learner of `room.py`: opens and runs notebooks on their own server, as JupyterLab would.

Lines of stdin say "open" or "run" and a notebook's path; the answers are lines of JSON. The
environment says where the server is.
"""

import json
import os
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import requests
import websocket
from jupyter_server.gateway.managers import GatewayKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from mnistlab.command.course import notebooks_dir

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from refresh import IGNORED_BY_NBVAL, tidy

PICTURES = ("image/png", "image/jpeg")  # nbval does not compare them either
SECONDS_PER_CELL = 1200


class TextSocket(websocket.WebSocket):
    """Leaves out binary messages (contents of widgets), which the gateway's client cannot read."""

    def recv(self):
        while isinstance(message := super().recv(), bytes):
            pass
        return message


class KernelManager(GatewayKernelManager):
    """Looks at the server when its client asks, after a second without an answer."""

    async def _async_is_alive(self):
        return await self.is_alive()


class Server:
    """A learner's server, behind the hub's proxy; the kernels' sockets go by the same way."""

    def __init__(self):
        prefix = "JUPYTER_GATEWAY_"  # what GatewayKernelManager reads
        self.address = os.environ[prefix + "URL"]
        self.session = requests.Session()
        self.session.trust_env = False
        token = f"token {os.environ[prefix + 'AUTH_TOKEN']}"
        self.session.headers["Authorization"] = token
        # GatewayKernelManager's client would open its socket without the token.
        websocket.create_connection = partial(
            websocket.create_connection, class_=TextSocket, header={"Authorization": token}
        )

    def ask(self, method, path, model=None):
        answer = self.session.request(method, f"{self.address}/api/{path}", json=model)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def open(self, path):
        """Open a notebook as a tab, with a kernel; close all others and shut their kernels down."""
        for session in self.ask("GET", "sessions"):
            if session["path"] != path:
                self.ask("DELETE", f"sessions/{session['id']}")
        tab = {"path": path, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        return self.ask("POST", "sessions", tab)["kernel"]["id"]

    def run(self, path):
        """Open a notebook, run it and save it; return it, and what went wrong."""
        kernel = self.open(path)
        notebook = nbformat.from_dict(self.ask("GET", f"contents/{path}")["content"])
        client = NotebookClient(
            notebook,
            km=KernelManager(),
            timeout=SECONDS_PER_CELL,
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
        )
        error = None
        try:
            client.execute(kernel_id=kernel)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
            error = f"{type(failure).__name__}: {str(failure)[-500:]}"
        client.kc.stop_channels()
        self.ask("PUT", f"contents/{path}", {"type": "notebook", "content": notebook})
        return notebook, error


def other_outputs(notebook, name):
    """Return the sources of the cells whose outputs are not those stored in the course."""
    stored = nbformat.read(notebooks_dir() / name, as_version=4)
    expected = {cell.id: compared(cell) for cell in stored.cells if cell.cell_type == "code"}
    return [
        cell.source
        for cell in tidy(notebook).cells
        if cell.cell_type == "code" and compared(cell) != expected[cell.id]
    ]


def compared(cell):
    """Return of a cell's outputs what nbval compares: all but pictures and what is tagged."""
    if IGNORED_BY_NBVAL in cell.metadata.get("tags", []):
        return None
    return [
        output.get("text")
        or {kind: data for kind, data in output.data.items() if kind not in PICTURES}
        for output in cell.outputs
        if output.output_type != "error"
    ]


def main():
    """Run what is asked for, line by line."""
    server = Server()
    for line in sys.stdin:
        what, path = line.split()
        if what == "open":
            answer = {"kernel": server.open(path)}
        else:
            start = time.perf_counter()
            notebook, error = server.run(path)
            seconds = time.perf_counter() - start
            wrong = [] if error else other_outputs(notebook, os.path.basename(path))
            answer = {"seconds": seconds, "error": error, "wrong": wrong}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
