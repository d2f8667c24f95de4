"""What notebook 14 shows of the page's program, and what it lets the reader try in the console."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from browser import served
from hands import quick, recorded
from test_export import rounded

from mnistlab import MLP, exercises, load_mnist, web

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "14_in_the_browser.ipynb"
CELLS = nbformat.read(NOTEBOOK, as_version=4).cells
PROSE = "\n\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")


@pytest.fixture(scope="module")
def model():
    mnist = load_mnist("sample")
    model = MLP((64,), epochs=10, random_state=0)
    return model.fit(mnist.X_train / 255, mnist.y_train)


@pytest.fixture(scope="module")
def site(model, tmp_path_factory):
    """Return the page's folder; the notebook's own cell makes changed copies beside it."""
    page = web.export_page(model, tmp_path_factory.mktemp("console") / "site")
    (source,) = [cell.source for cell in CELLS if cell.source.startswith("at = html.index(")]
    exec(source, {"page": page, "html": page.read_text(encoding="utf-8")})
    return page.parent


class Console:
    """The browser's console at an open page: runs lines as if they were typed there."""

    def __init__(self, page):
        self.page, self.said = page, []
        page.on("console", lambda message: self.said.append(message.text))
        self.session = page.context.new_cdp_session(page)

    def run(self, line):
        settings = {"replMode": True, "awaitPromise": True, "returnByValue": True}
        done = self.session.send("Runtime.evaluate", {"expression": line, **settings})
        return done["result"].get("value")


@pytest.fixture
def console(browser):
    context = browser.new_context()
    yield Console(context.new_page())
    context.close()


def test_the_javascript_beside_numpy_is_that_of_the_page():
    program = "".join((web.SOURCES / "network.js").read_text(encoding="utf-8").split())
    shown = re.findall(r"^\| `([^`]+)`", PROSE, re.M)
    quoted = [*shown, "Math.max(...scores)", ".map(", ".reduce("]
    assert len(quoted) > 8
    for line in quoted:
        assert "".join(line.split()) in program, line


def test_the_console_gives_pythons_numbers(console, model, site, capsys):
    console.page.goto((site / "index.html").as_uri())
    console.page.locator("#bars li").first.wait_for()
    stroke = np.zeros((28, 28), dtype=np.uint8)
    stroke[4:24, 13:15] = 255
    blocks = re.findall(r"^```js\n(.*?)^```", PROSE, re.M | re.S)
    for block, picture in zip(blocks, (stroke, np.full((28, 28), 255, np.uint8)), strict=True):
        *before, last = block.strip().splitlines()
        for line in before:
            console.run(line)
        expected = rounded(model).predict_proba(picture.reshape(1, 784))[0]
        found = np.array(console.run(last).split(), dtype=float)
        assert np.abs(found - expected).max() < 1e-4
    pixels = load_mnist("sample").X_test[0]
    line = exercises.find("14-javascript").reference(pixels)
    found = console.run(f"Array.from(forward({line}, network))")
    assert np.abs(rounded(model).predict_proba(pixels.reshape(1, 784))[0] - found).max() < 1e-4


def test_of_three_changed_pages_one_still_reads(console, site):
    answers = {}
    strokes = quick(next(strokes for label, strokes in recorded() if label == 4))
    for name in ("program", "numbers", "names"):
        console.said.clear()
        console.page.goto((site.with_name("site-changed") / f"{name}.html").as_uri())
        console.page.wait_for_timeout(300)
        pad = console.page.locator("#pad").bounding_box()
        for (x, y), *others in strokes:
            console.page.mouse.move(pad["x"] + 2 + x, pad["y"] + 2 + y)
            console.page.mouse.down()
            for x, y in others:
                console.page.mouse.move(pad["x"] + 2 + x, pad["y"] + 2 + y)
            console.page.mouse.up()
        console.page.wait_for_timeout(300)
        alert = console.page.locator("#problem").inner_text()
        bars = console.page.locator("#bars li").count()
        answers[name] = bars, alert, " ".join(console.said)
    assert answers["program"][:2] == (0, "") and "Content Security Policy" in answers["program"][2]
    assert answers["numbers"][0] == 0 and "numbers are damaged" in answers["numbers"][1]
    assert answers["names"] == (10, "", "")
    assert console.page.locator("#answer b").inner_text() == "9"


def test_what_the_policy_forbids_and_what_not(console, site, tmp_path):
    elsewhere, asked = tmp_path / "elsewhere", []
    elsewhere.mkdir()
    (elsewhere / "index.html").write_text("elsewhere", encoding="utf-8")
    console.page.context.on("request", lambda request: asked.append(request.url))
    with served(site) as (address, _), served(elsewhere) as (other, _):
        console.page.goto(address)
        console.page.locator("#bars li").first.wait_for()
        console.run(f'await fetch("{other}")')
        assert any("default-src 'none'" in said for said in console.said) and other not in asked
        console.run('new Image().src = "index.html?drawing=3"')
        console.run('new Worker("index.html?drawing=4")')
        console.page.wait_for_timeout(300)
        assert any("img-src data:" in said for said in console.said)
        assert any(url.endswith("index.html?drawing=4") for url in asked)
        console.run(f'location = "{other}?drawing=4"')
        console.page.wait_for_url("**/?drawing=4")
        assert any(url.startswith(other) and url.endswith("?drawing=4") for url in asked)
