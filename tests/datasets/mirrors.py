"""Mirrors on this machine, good and broken, for the tests of the data layer."""

import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror(ThreadingHTTPServer):
    """A web server on 127.0.0.1.

    `answers` maps the name of a file to its content, or to one of the functions below that spoil
    the answer. `asked` lists the names that were asked for with GET, in order. `busy` is set when
    an answer has stopped half-way, and stopped answers go on when `go_on` is set.
    """

    daemon_threads = True

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked = []
        self.busy = threading.Event()
        self.go_on = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, request, client_address):
        """Say nothing: a client that leaves half-way is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        name = self.path.lstrip("/")
        if self.command == "GET":
            self.server.asked.append(name)
        answer = self.server.answers.get(name, status(404))
        if callable(answer):
            answer(self)
        else:
            send(self, answer)


@contextmanager
def mirror(answers):
    """Run a mirror while the block runs."""
    server = Mirror(answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler, data, code=200, kind="application/gzip", length=None, **headers):
    handler.send_response(code)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(data) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(data)


def status(code):
    return lambda handler: send(handler, b"<html>no</html>", code, "text/html")


def web_page(handler):
    """What a captive portal in a hotel sends for every address."""
    send(handler, b"<!DOCTYPE html><html><body>Please log in</body></html>", kind="text/html")


def cut(data):
    """Promise everything, send half, hang up."""

    def answer(handler):
        send(handler, data[: len(data) // 2], length=len(data))
        handler.close_connection = True

    return answer


def short(data):
    """Send half, and claim that this is all."""
    return lambda handler: send(handler, data[: len(data) // 2])


def stalled(data):
    """Send half, then nothing until the test says `go_on`."""

    def answer(handler):
        send(handler, data[: len(data) // 2], length=len(data))
        if handler.command == "GET":
            handler.wfile.flush()
            handler.server.busy.set()
            handler.server.go_on.wait(30)
            handler.wfile.write(data[len(data) // 2 :])

    return answer


def silent(handler):
    """Take the question and never answer."""
    handler.server.busy.set()
    handler.server.go_on.wait(30)
    handler.close_connection = True


def endless(handler):
    """Send bytes until the client leaves."""
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    while handler.command == "GET":
        handler.wfile.write(bytes(65536))


def dribble(handler):
    """Send a little at a time, for ever."""
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    while handler.command == "GET":
        handler.wfile.write(bytes(500))
        handler.wfile.flush()
        time.sleep(0.02)


def declared_as_gzip(data):
    """Say that the zip is only for the way, so that the client unzips it."""
    return lambda handler: send(handler, data, Content_Encoding="gzip")


def moved(url):
    """Send the client elsewhere."""
    return lambda handler: send(handler, b"", 302, Location=url + handler.path.lstrip("/"))


@contextmanager
def unreachable():
    """Yield an address at which nobody takes the call: the queue of the socket is full."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = []
        try:
            for _ in range(3):  # Linux queues one more than it was told
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex(server.getsockname())
                waiting.append(client)
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            for client in waiting:
                client.close()


def nobody():
    """Return an address at which connections are refused."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{server.getsockname()[1]}/"
