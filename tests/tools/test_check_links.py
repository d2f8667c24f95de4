"""Which links are followed, and what is forgiven: `tools/check_links.py`."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

check_links = pytest.importorskip("check_links")  # needs the group docs

TEXT = """
[a](https://a.org/b_(c)), <https://d.org/e#part>, see https://f.org/g. Not `http://THAT-MACHINE:8000/`,
[ours](https://github.com/OWNER/mnistlab), http://localhost:8888/, [2](http://i.org/j)).
"""


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_links_are_cut_out_of_their_sentences():
    assert check_links.links_in(TEXT) == {
        *("https://a.org/b_(c)", "https://d.org/e", "https://f.org/g", "http://i.org/j"),
    }


def test_every_source_is_among_them():
    links = check_links.all_links()
    assert "https://doi.org/10.1109/5.726791" in links and len(links) > 50


@pytest.mark.parametrize(
    ("status", "state"), [(200, "ok"), (403, "forgiven"), (429, "forgiven"), (503, "forgiven")]
)
def test_busy_sites_are_forgiven(site, capsys, status, state):
    assert check_links.check({f"{site}/{status}": "05.ipynb"})
    assert f"1 {state}" in capsys.readouterr().out


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_named_with_its_page(site, capsys, status):
    links = {f"{site}/200": "04.ipynb", f"{site}/{status}": "05.ipynb"}
    assert not check_links.check(links)
    assert f"GONE      05.ipynb: {site}/{status} ({status})" in capsys.readouterr().out


def test_a_host_without_a_name_is_gone_and_a_silent_one_forgiven(monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        assert check_links.follow(silent)[0] == "forgiven"
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(unknown))
    assert check_links.follow("http://nobody.invalid/")[0] == "GONE"
