"""The course's site: built once, offline, and looked at in a real browser."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, unquote, urldefrag, urlsplit

import nbformat
import pytest
from browser import served
from hands import WRITTEN, smooth

from mnistlab.command import course

ROOT = Path(__file__).parents[2]
try:
    import build_site
    import make_book
    import store_explorers
    from axe_playwright_python.base import AXE_SCRIPT
    from axe_playwright_python.sync_playwright import Axe
    from bs4 import BeautifulSoup
    from pypdf import PdfReader
except ImportError as missing:
    if os.environ.get("CI"):
        raise
    pytest.skip(
        f"the site needs the group docs of the environment, as `make env` builds it ({missing})",
        allow_module_level=True,
    )

NOTEBOOKS = [Path(entry["file"]).stem for entry in course.read_course()]
ADDRESS = "https://github.com/someone/mnistlab"

# Sphinx in a process of its own, in which every connection is refused.
BUILD = """
import socket, sys
from pathlib import Path
def refuse(*address): raise OSError(f"the build must not use the network, but called {address}")
socket.socket.connect = socket.create_connection = refuse
sys.path.insert(0, "tools")
import build_site
sys.exit(build_site.build_site(Path(sys.argv[1]) / "site", Path(sys.argv[1]) / "work", ""))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site, warnings being errors, and return its folder."""
    folder = tmp_path_factory.mktemp("built")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, folder], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def address(site):
    with served(site) as (address, _):
        yield address


def pages(site):
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return [name for name in found if Path(name).stem not in build_site.OLD_NAMES]


@cache
def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def ids(path):
    return {tag["id"] for tag in soup(path).find_all(id=True)}


class Visitor:
    """A browser's window, and everything on the visited pages that should not be."""

    def __init__(self, browser, address, scheme="light", width=1280, height=900, **more):
        self.context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, **more
        )
        self.page = self.context.new_page()
        self.address, self.problems = address, []
        self.page.on("pageerror", lambda error: self.note(f"uncaught: {error}"))
        self.page.on("console", self.check_console)
        self.page.on("request", self.check_host)

    def note(self, problem):
        self.problems.append(f"{self.page.url.removeprefix(self.address)}: {problem}")

    def check_console(self, message):
        if message.type in ("warning", "error"):
            self.note(f"{message.type}: {message.text}")

    def check_host(self, request):
        if not request.url.startswith((self.address, "data:")):
            self.note(f"asks another host: {request.url}")

    def open(self, name=""):
        self.page.goto(self.address + name, wait_until="networkidle")
        return self.page


@pytest.fixture
def visit(browser, address):
    """Return a function that opens a window; the test fails if its pages had problems."""
    visitors = []

    def start(**settings):
        visitors.append(Visitor(browser, address, **settings))
        return visitors[-1]

    yield start
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        visitor.context.close()
    assert problems == []


# --- what was built -------------------------------------------------------------------------------


@pytest.mark.parametrize("old", build_site.OLD_NAMES)
def test_old_names_lead_to_the_new_pages(visit, old):
    window = visit()
    page = window.open(f"notebooks/{old}.html")
    page.wait_for_url(f"**/notebooks/{build_site.OLD_NAMES[old]}.html")
    assert page.locator("h1").count() == 1


def test_every_page_is_there(site):
    built = pages(site)
    for name in NOTEBOOKS:
        assert f"notebooks/{name}.html" in built
    guides = {f"docs/{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    assert guides - {"docs/index.html"} <= set(built)
    others = {"index.html", "sources.html", "set_up.html", "search.html"}
    assert others | {"try/index.html", "try_kana/index.html"} <= set(built)
    front = (site / "index.html").read_text(encoding="utf-8")
    assert "ひらがなを書いてみてください" in front and "Draw hiragana" in front


def test_links_within_the_site_lead_somewhere(site):
    broken = []
    for name in pages(site):
        for tag in soup(site / name).find_all(href=True) + soup(site / name).find_all(src=True):
            link = tag.get("href", tag.get("src"))
            if urlsplit(link).scheme:
                continue
            target, fragment = urldefrag(link)
            file = (site / name).parent / unquote(target.partition("?")[0])
            file = file.resolve() if target else site / name
            if not file.is_file():
                broken.append(f"{name}: {link}")
                continue
            known = file.suffix != ".html" or fragment.startswith(":~:") or not fragment
            if not known and unquote(fragment) not in ids(file):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site):
    for name in pages(site):
        loading = soup(site / name).find_all(["script", "link", "img", "iframe", "source"])
        hosts = [urlsplit(tag.get("src") or tag.get("href") or "").netloc for tag in loading]
        assert not any(hosts), name
        assert soup(site / name).find("meta", {"http-equiv": "Content-Security-Policy"}), name


def test_every_figure_has_words(site):
    for name in pages(site):
        without = [
            tag for tag in soup(site / name).find_all("img") if not tag.get("alt", "").strip()
        ]
        assert without == [], name
    captions = [
        output.metadata["image/png"]["alt"]
        for path in (ROOT / "notebooks").glob("05_metrics.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    page = soup(next(site.glob("notebooks/05_metrics.html")))
    assert [tag["alt"] for tag in page.select(".cell_output img")] == captions


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_solutions_are_folded(site, name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    solutions = [cell for cell in notebook.cells if "solution" in cell.metadata.get("tags", [])]
    folded = soup(site / "notebooks" / f"{name}.html").select("div.cell.tag_solution")
    assert len(folded) == len(solutions) > 0
    for cell, div in zip(solutions, folded, strict=True):
        assert div.find("details") and not div.find("details", open=True)
        assert div.summary.select_one(".collapsed").get_text() == "Show the solution"
        assert re.sub(r"\s", "", cell.source) in re.sub(r"\s", "", div.details.get_text())


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_glossary_is_linked_once_a_term(site, name):
    links = [
        tag["href"] for tag in soup(site / "notebooks" / f"{name}.html").select("a:has(.std-term)")
    ]
    assert len(links) == len(set(links)) > 2
    assert all(link.startswith("../docs/glossary.html#term-") for link in links)


def test_glossary_is_short_and_whole(site):
    page = soup(site / "docs" / "glossary.html")
    definitions = page.select("dl.glossary > dd")
    assert 25 <= len(definitions) <= 50
    assert all(5 <= len(definition.get_text().split()) <= 45 for definition in definitions)


def test_sources_of_every_notebook(site):
    page = soup(site / "sources.html")
    for entry in course.read_course():
        text = build_site.read_markdown(ROOT / "notebooks" / entry["file"])
        numbered = re.findall(r"^\d+\. ", text.partition("\n## Sources")[2], flags=re.MULTILINE)
        section = next(s for s in page.select("section section") if entry["title"] in s.h2.text)
        assert len(section.select("ol > li")) == len(numbered) > 0


def test_results_are_those_of_the_records(site):
    text = soup(site / "docs" / "results.html").get_text(" ")
    for path in (ROOT / "benchmarks" / "results").glob("*.json"):
        assert path.name in text
    record = json.loads((ROOT / "benchmarks" / "results" / "data_loading.json").read_text())
    for target in record["targets"]:
        assert target["what"] in text
    for row in build_site.flat(record["measured"]).values():
        assert build_site.cell_text(row) in text


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_can_be_downloaded_and_says_what_is_on_the_page(site, name):
    page = soup(site / "notebooks" / f"{name}.html")
    (link,) = (a for a in page.select("a.download") if a.get_text() == "Download this notebook")
    file = site / "notebooks" / link["href"]
    assert file.read_bytes() == (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()
    assert page.select_one(".toc-title").get_text().strip() == "On this page"
    assert len(page.select(".toc-tree a")) >= 5


def test_every_explorer_lives_with_the_state_of_the_notebook_as_it_is(site):
    living = set()
    for name in NOTEBOOKS:
        widget, code = store_explorers.code_of(ROOT / "notebooks" / f"{name}.ipynb")
        boxes = soup(site / "notebooks" / f"{name}.html").select(".live")
        assert len(boxes) == bool(widget), name
        if widget:
            living.add(widget)
            record = json.loads((store_explorers.LIVE / f"{name}.json").read_text())
            advice = f"{name} has changed: tools/store_explorers.py {name[:2]}"
            assert record["code"] == store_explorers.digest(code), advice
            assert boxes[0].get_text().startswith("With JavaScript you can move")
            script = site / "notebooks" / boxes[0]["data-script"]
            assert 20_000 < script.stat().st_size < 300_000
    assert living == {"ThresholdExplorer", "MarginExplorer"}


# --- records, tables and launch buttons, without a browser ---------------------------------------


def test_tables_of_a_record():
    record = {
        "benchmark": "x",
        "machine": "A | B",
        "seconds": 1234.5678,
        "runs": [{"seed": 0, "kept": True, "each": [1, 2]}, {"seed": 1, "other": None}],
        "rows": {"first": {"a": {"b": 0.123456}}, "second": {"a": {"b": 2}}},
    }
    assert build_site.record_tables(record) == [
        "|  | measured |\n| --- | --- |\n| seconds | 1,235 |",
        "**Runs**",
        "| seed | kept | each | other |\n| --- | --- | --- | --- |\n"
        "| 0 | yes | 1, 2 |  |\n| 1 |  |  | – |",
        "**Rows**",
        "|  | a, b |\n| --- | --- |\n| first | 0.1235 |\n| second | 2 |",
    ]
    assert build_site.conditions(record) == "*Measured with: machine A \\| B.*"


def test_a_record_without_a_script_is_refused():
    with pytest.raises(ValueError, match=r"no script in .* writes nobody\.json"):
        build_site.what_is_measured("nobody")


def test_launch_buttons_need_an_address():
    file = f"{NOTEBOOKS[0]}.ipynb"
    path = ROOT / "notebooks" / file
    without = build_site.site_notebook(path, "").cells[0].source
    assert "Download" in without and "Binder" not in without and "Colab" not in without
    with_address = build_site.site_notebook(path, ADDRESS).cells[0].source
    assert f"mybinder.org/v2/gh/someone/mnistlab/main?labpath=notebooks/{file}" in with_address
    assert f"colab.research.google.com/github/someone/mnistlab/blob/colab/{file}" in with_address
    assert (
        f"[edit it](https://github.dev/someone/mnistlab/blob/main/notebooks/{file})" in with_address
    )


def test_ways_without_a_set_up_come_from_the_one_address():
    assert "YOUR-HUB" not in build_site.set_up_page("")
    text = build_site.set_up_page(ADDRESS)
    assert "codespaces.new/someone/mnistlab" in text
    assert "mybinder.org/v2/gh/someone/mnistlab/main" in text
    link = next(word for word in text.split() if word.startswith("https://YOUR-HUB"))
    assert parse_qs(urlsplit(link).query) == {
        "repo": [ADDRESS],
        "branch": ["main"],
        "urlpath": [f"lab/tree/mnistlab/notebooks/{NOTEBOOKS[0]}.ipynb"],
    }


def test_colab_notebooks_install_the_course_first(tmp_path, capsys):
    assert build_site.build_colab(tmp_path, "") == 1
    assert "Repository in pyproject.toml" in capsys.readouterr().err
    assert build_site.build_colab(tmp_path, ADDRESS) == 0
    for name in NOTEBOOKS:
        notebook = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
        nbformat.validate(notebook)
        original = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        assert ADDRESS in notebook.cells[0].source and "%pip install" in notebook.cells[0].source
        assert len(notebook.cells) == len(original.cells) + 1
        assert not any("](figures/" in cell.source for cell in notebook.cells)


# --- the book -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book(site, browser, tmp_path_factory):
    """Print the built site, in a process of its own: a second Playwright in one is refused."""
    target = tmp_path_factory.mktemp("book") / "book.pdf"
    subprocess.run([sys.executable, "tools/make_book.py", site, target], cwd=ROOT, check=True)
    assert not (site / "book-being-made.html").exists()
    return PdfReader(target)


def test_book_has_every_notebook_and_its_contents_say_the_page(book):
    assert 100 < len(book.pages) < 700
    starts = make_book.outline(book)
    contents = " ".join(" ".join(book.pages[n].extract_text().split()) for n in (1, 2))
    for entry in course.read_course():
        number = starts[entry["title"]]
        assert entry["title"] in " ".join(book.pages[number - 1].extract_text().split())
        assert f"{entry['title']} {number}" in contents


def letters(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def test_a_page_is_printed_with_its_folds_open_and_without_its_frame(visit):
    page = visit().open("notebooks/09_cnn_from_scratch.html")
    framed(page)
    printed = PdfReader(BytesIO(page.pdf()))
    text = letters("".join(sheet.extract_text() for sheet in printed.pages))
    folds = page.locator("article details:not([open])").all()
    for fold in folds:  # closed on the screen: hints, solutions, what came out
        inner = fold.evaluate("f => [...f.children].slice(1).map((c) => c.textContent).join(' ')")
        assert letters(inner)[:40] in text, inner
    assert len(folds) >= 8
    assert "hereandnowacnnreads" in text and "readshandwrittendigits" not in text
    assert "skiptocontent" not in text and "downloadthisnotebook" not in text


def test_book_keeps_the_words_of_figures(site, book):
    objects = [book.get_object(number) for number in range(1, book.trailer["/Size"])]
    words = [str(o["/Alt"]) for o in objects if isinstance(o, dict) and "/Alt" in o]
    pictures = [len(soup(site / page).select("article img")) for page in make_book.chapters()]
    assert len(words) >= sum(pictures) > 50  # formulas have words too
    assert any("false positives" in text for text in words)


# --- in the browser -------------------------------------------------------------------------------

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WINDOWS = [
    pytest.param({"scheme": "light", **PHONE}, id="phone, light"),
    pytest.param({"scheme": "dark", **PHONE}, id="phone, dark"),
    pytest.param({"scheme": "light", **DESKTOP}, id="desktop, light"),
    pytest.param({"scheme": "dark", **DESKTOP}, id="desktop, dark"),
]


# Code whose box is too narrow, folded code too. What is folded is closed again.
CLIPPED = """() => {
  const closed = document.querySelectorAll("details:not([open])");
  for (const fold of closed) fold.open = true;
  const boxes = [...document.querySelectorAll(".cell_input pre")];
  const clipped = boxes.some(box => box.scrollWidth > box.clientWidth);
  for (const fold of closed) fold.open = false;
  return clipped;
}"""


# Contrast follows from a text's style and from what lies under it. Of the texts in view that share
# both, three are marked, and axe looks at these: thousands are alike, and it takes its time.
MARK = """() => {
  const NOTHING = "rgba(0, 0, 0, 0),none,1,static,none";
  const known = new Map([[null, { text: "", ground: "" }]]), seen = {};
  const look = (node) => {
    if (!known.has(node)) {
      const style = getComputedStyle(node);
      const list = (...names) => names.map((name) => style[name]).join();
      const own = list("backgroundColor", "backgroundImage", "opacity", "position", "filter");
      const ground = look(node.parentElement).ground + (own === NOTHING ? "" : `${own};`);
      known.set(node, { text: list("color", "fontSize", "fontWeight", "textShadow"), ground });
    }
    return known.get(node);
  };
  for (const node of document.querySelectorAll("body *")) {
    delete node.dataset.style;
    const texts = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
    const written = texts.map((child) => child.data).join("").trim().length;
    if (!written && !node.matches("input, select, textarea")) continue;
    if (!node.checkVisibility({ visibilityProperty: true })) continue;
    // Of a single letter axe does not judge.
    const { text, ground } = look(node);
    const style = [node.localName, text, ground, written === 1].join("|");
    seen[style] = (seen[style] ?? 0) + 1;
    if (seen[style] <= 3) node.dataset.style = "";
  }
}"""
# Some animations never end; the change of a colour does.
SETTLED = """() => Promise.all(document.getAnimations()
  .filter((animation) => animation instanceof CSSTransition)
  .map((animation) => animation.finished.catch(() => null)))"""
MARKED = {"rules": [{"id": "color-contrast", "selector": "[data-style]"}]}
AXE = Axe(f"{AXE_SCRIPT}; axe.configure({json.dumps(MARKED)})")


def barriers(page, **more):
    # What lies in the frame is a page of its own, and visited as such.
    options = {"resultTypes": ["violations"], "iframes": False, **more}
    page.evaluate(MARK)
    for violation in AXE.run(page, options=options).response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            places = [node["html"][:150] for node in violation["nodes"][:3]]
            yield f"{violation['id']}: {places}"


def test_every_page_loads_and_has_no_barrier(visit, site):
    """In light and dark, narrow in one and wide in the other; in turn, each comes first."""
    phone, desktop = visit(**PHONE), visit(**DESKTOP)
    found = []
    for number, name in enumerate(pages(site)):
        visitor = (phone, desktop)[number % 2]
        schemes = ("light", "dark")[:: 1 if number % 4 < 2 else -1]
        windows = (PHONE, DESKTOP)[:: 1 if visitor is phone else -1]
        visitor.page.emulate_media(color_scheme=schemes[0])
        page = visitor.open(name)
        for scheme, window in zip(schemes, windows, strict=True):
            page.set_viewport_size(window)
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            # All rules once; then those that hang on the colours.
            colours = {"runOnly": ["color-contrast", "link-in-text-block"]}
            rules = {} if scheme == schemes[0] else colours
            found += [f"{name}, {scheme}: {barrier}" for barrier in barriers(page, **rules)]
            if page.evaluate("[...document.images].some(i => i.complete && !i.naturalWidth)"):
                found.append(f"{name}, {scheme}: a picture is missing")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > window["width"]:
                found.append(f"{name}: {width} pixels wide")
            if page.evaluate(CLIPPED):
                found.append(f"{name}: code is clipped")
    assert found == []


def test_previous_and_next_lead_through_the_course(visit):
    page = visit().open(f"notebooks/{NOTEBOOKS[0]}.html")
    for name in NOTEBOOKS[1:]:
        page.locator("a.next-page").click()
        page.wait_for_url(f"**/{name}.html")
    page.locator("a.prev-page").click()
    page.wait_for_url(f"**/{NOTEBOOKS[-2]}.html")


def test_reading_progress_is_kept_in_the_browser_and_shown_in_the_menu(visit):
    page = visit().open(f"notebooks/{NOTEBOOKS[0]}.html")
    page.evaluate("document.querySelector('article').scrollIntoView({ block: 'end' })")
    # Not wait_for_function: the page's policy forbids the eval that it needs.
    for _ in range(100):
        if page.evaluate("localStorage.getItem('mnistlab-read')?.includes('1')"):
            break
        page.wait_for_timeout(100)
    page.goto(page.url.replace(NOTEBOOKS[0], NOTEBOOKS[1]))
    mark = page.locator(f".sidebar-tree a[href='{NOTEBOOKS[0]}.html'] .read")
    assert mark.inner_text().strip() == "read"
    assert page.context.cookies() == []


def test_lines_of_88_characters_stay_whole_on_a_desktop(visit):
    page = visit(width=1280).open(f"notebooks/{NOTEBOOKS[4]}.html")
    fits = page.evaluate("""() => {
      const pre = document.querySelector(".cell_input pre");
      pre.textContent = "x ".repeat(43) + "xx";
      const one = pre.getBoundingClientRect().height;
      pre.textContent = "x";
      return one === pre.getBoundingClientRect().height;
    }""")
    assert fits


def tab_to(page, selector, limit=60):
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}")


@pytest.mark.parametrize("width", [390, 1280])
def test_keyboard_alone(visit, width):
    page = visit(width=width).open()
    tab_to(page, "a.skip-to-content", limit=4)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("#furo-main-content"))
    page.reload()
    link = f".sidebar-tree a[href$='{NOTEBOOKS[4]}.html']"
    tab_to(page, link)
    page.wait_for_timeout(500)  # on a phone the menu slides in
    assert 0 <= page.locator(link).bounding_box()["x"] < width
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{NOTEBOOKS[4]}.html")
    # A folded solution opens, and closes.
    tab_to(page, "details.hide > summary", limit=400)
    opened = "document.activeElement.parentElement.open"
    page.keyboard.press("Enter")
    page.wait_for_function(opened)
    # Code that is wider than its box can be reached, and so scrolled.
    page.wait_for_function(
        "[...document.activeElement.parentElement.querySelectorAll('pre')]"
        ".every(box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"
    )
    page.keyboard.press("Enter")
    page.wait_for_function(f"!{opened}")


def stored_text(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return "".join(output.get("text", "") for output in outputs)


@pytest.fixture
def explorer(visit):
    """Return a function that opens a notebook and brings its explorer into view."""

    def start(name, **window):
        asked = []
        visitor = visit(**window)
        visitor.page.on("request", lambda request: asked.append(request.url))
        page = visitor.open(f"notebooks/{name}.html")
        box = page.locator(".live")
        assert not any("/live/" in url for url in asked), "loaded before it was seen"
        assert "With JavaScript" in box.inner_text()
        box.scroll_into_view_if_needed()
        box.get_by_role("slider").first.wait_for()
        assert sum("/live/" in url for url in asked) == 1
        return box

    return start


def assert_no_barrier(box):
    found = Axe().run(box.page, context=".live", options={"resultTypes": ["violations"]})
    serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in serious] == []


def values(box, *names):
    return [box.locator(f"[data-value={name}]").inner_text() for name in names]


PRECISION = "tn", "fp", "fn", "tp", "precision", "recall"


@pytest.mark.parametrize("window", WINDOWS)
def test_the_threshold_moves_without_a_kernel(explorer, window):
    box = explorer("05_metrics", **window)
    tn, fp, fn, tp, precision, recall = values(box, *PRECISION)
    said = stored_text("05_metrics")
    assert_no_barrier(box)
    assert f"TN {tn}  FP {fp}  FN {fn}  TP {tp}" in said
    assert f"precision {precision}" in said and f"recall {recall}" in said
    slider, page = box.get_by_role("slider"), box.page
    slider.focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    by_key = values(box, *PRECISION)
    assert int(by_key[1]) < int(fp) and float(by_key[5]) < float(recall)
    place = slider.bounding_box()
    assert place["x"] + place["width"] <= window["width"]
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 0.8 * place["width"], middle)
    page.mouse.down()
    page.mouse.move(place["x"] + 0.3 * place["width"], middle, steps=5)
    page.mouse.up()
    by_mouse = values(box, *PRECISION)
    assert float(by_mouse[5]) > 0.99 and int(by_mouse[1].replace(",", "")) > 1000
    # A threshold of the notebook's table, typed in.
    number = box.get_by_label("Threshold", exact=True).and_(box.locator("[type=number]"))
    number.fill("2")
    number.press("Tab")
    precision, recall = (round(float(v), 2) for v in values(box, "precision", "recall"))
    assert f"2: precision {precision:.2f}, recall {recall:.2f}" in said


@pytest.mark.parametrize("window", WINDOWS)
def test_the_margin_moves_without_a_kernel(explorer, window):
    box = explorer("10_svc", **window)
    names = "C", "gamma", "support", "mistakes", "mistakes_new"
    seen = [(values(box, *names), box.locator("canvas").evaluate("c => c.toDataURL()"))]
    box.get_by_role("slider", name="gamma").focus()
    for key in ("ArrowRight", "Home", "End"):
        box.page.keyboard.press(key)
        seen.append((values(box, *names), box.locator("canvas").evaluate("c => c.toDataURL()")))
    assert [v[1] for v, _ in seen] == ["0.3", "1", "none (linear)", "30"]
    assert len({picture for _, picture in seen}) == 4
    # The notebook's own count, at C = 1 and gamma = 1.
    own = re.search(r"C = 1, gamma = 1 +wrong: +(\d+) of its own", stored_text("10_svc"))
    assert seen[1][0][3] == own[1]
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert_no_barrier(box)


def test_explorers_follow_the_page_between_light_and_dark(explorer):
    box = explorer("10_svc", scheme="dark")
    colour = "e => getComputedStyle(e.firstChild.firstChild).backgroundColor"
    seen = set()
    for _ in range(3):
        seen.add((box.evaluate(colour), box.page.evaluate("document.body.dataset.jpThemeLight")))
        box.page.locator(".theme-toggle-content .theme-toggle").click()
    assert {light for _, light in seen} == {"true", "false"} and len(seen) == 2


def test_an_explorer_moves_in_a_page_opened_from_the_disk(browser, site):
    page = browser.new_page()
    page.goto((site / "notebooks" / "10_svc.html").as_uri())
    page.locator(".live").scroll_into_view_if_needed()
    page.locator(".live input").first.wait_for()
    page.close()


def test_without_javascript_the_page_says_what_its_figure_shows(visit):
    """There is no cell to run on the website."""
    window = visit(java_script_enabled=False)
    for name, figure in {"05_metrics": "one position", "10_svc": "four positions"}.items():
        box = window.open(f"notebooks/{name}.html").locator(".live")
        said = box.inner_text()
        assert said.startswith("With JavaScript you can move") and figure in said
        assert "Run this cell" not in window.page.locator("article").inner_text()
        assert box.locator("xpath=preceding::img").count() > 0


# --- the reader's page in a frame -----------------------------------------------------------------

FRAMED = {  # the pages with a frame, and whether "See it think" is unfolded where there is room
    "index": True,
    "notebooks/09_cnn_from_scratch": True,
    "notebooks/13_your_handwriting": False,
    "notebooks/15_hiragana": False,
}


def framed(page):
    """Bring the frame into view, write a 5 in it; return its place, and the page that is in it."""
    place = page.locator("iframe.try")
    place.scroll_into_view_if_needed()
    place.content_frame.locator("#chances li").first.wait_for(state="attached")
    inner = place.element_handle().content_frame()
    strokes = next(strokes for label, strokes in WRITTEN if label == 5)
    inner.evaluate("drawn => hand.put(drawn)", [[list(point) for point in s] for s in strokes])
    return place, inner


@pytest.mark.parametrize("name", FRAMED)
@pytest.mark.parametrize("window", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_see_it_think_is_whole_in_a_frame(visit, name, window):
    page = visit(**window).open(f"{name}.html")
    place, inner = framed(page)
    whole = "document.querySelector('main').offsetHeight <= innerHeight"
    fits = "document.documentElement.scrollWidth <= innerWidth"

    def until_whole():
        for _ in range(100):  # its policy forbids Playwright's own way to wait
            if inner.evaluate(whole):
                break
            page.wait_for_timeout(100)
        assert inner.evaluate(whole) and inner.evaluate(fits)
        return place.bounding_box()["height"]

    before = until_whole()
    fold = inner.locator("#think")
    unfolded = fold.evaluate("fold => fold.open")
    assert unfolded == (FRAMED[name] and window is DESKTOP)
    fold.locator("summary").click()
    if not unfolded:
        after = until_whole()
        assert after > before + 300 and inner.locator("#chances").is_visible()
        fold.locator("summary").click()
    for _ in range(100):
        if place.bounding_box()["height"] < (before - 300 if unfolded else after):
            break
        page.wait_for_timeout(100)
    until_whole()
    assert place.bounding_box()["height"] < (before - 300 if unfolded else after)


@pytest.mark.parametrize("name", FRAMED)
def test_pictures_are_saved_from_a_frame(visit, name):
    page = visit().open(f"{name}.html")
    _, inner = framed(page)
    inner.locator("#wrong").click()
    inner.get_by_label("It is").select_option(index=4)
    with page.expect_download() as download:
        inner.locator("#save").click()
    assert re.fullmatch(r"\w+_read_as_\w+\.png", download.value.suggested_filename)
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    if name == "notebooks/15_hiragana":
        with page.context.expect_page() as opened:
            inner.evaluate("document.querySelector('#licence a').href = location.href")
            inner.locator("#licence a").first.click()
        assert opened.value.evaluate("origin") + "/" == page.url.partition("notebooks")[0]
        return  # the game is for digits
    inner.locator("#fool").click()
    inner.evaluate("asked = '1'")
    inner.evaluate("drawn => hand.put(drawn)", [[[100, 60], [180, 60], [120, 220]]])  # a 7
    inner.locator("#judge").click()
    with page.expect_download() as download:
        inner.locator("#share").click()
    assert download.value.suggested_filename.startswith("fooled_1_read_as_")


def test_answers_and_hints_stay_folded_until_they_are_asked_for(visit):
    window = visit()
    for name in NOTEBOOKS:
        page = window.open(f"notebooks/{name}.html")
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
        answers = page.locator(".cell.tag_hide-output > details")
        folded = [t for t in tags if "hide-output" in t and "solution" not in t]
        assert answers.count() == len(folded) + sum("hide-input" in t for t in folded)
        hints = page.locator("article details:has(> summary > b)")
        prose = build_site.read_markdown(ROOT / "notebooks" / f"{name}.ipynb")
        assert hints.count() == prose.count("<summary><b>") > 0, name
        for fold in [*answers.all(), *hints.all()]:
            inner = fold.locator(":scope > :not(summary)").first
            assert not inner.is_visible(), name
            fold.locator("summary").first.click()
            assert inner.is_visible(), name


def test_search_finds_a_word(visit):
    page = visit().open()
    page.locator("input[name=q]").first.focus()
    page.keyboard.type("precision")
    page.keyboard.press("Enter")
    page.locator("#search-results a[href*='05_metrics']").first.wait_for()


def test_light_and_dark_can_be_switched(visit):
    page = visit(scheme="dark").open(f"notebooks/{NOTEBOOKS[0]}.html")
    seen = set()
    for _ in range(3):
        seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.locator(".theme-toggle-content .theme-toggle").click()
    assert len(seen) == 2


def test_formulas_are_set(visit):
    page = visit().open("notebooks/14_in_the_browser.html")
    formulas = page.locator(".math")
    assert formulas.count() >= 1
    assert page.locator(".math mjx-container svg").count() == formulas.count()
    assert page.locator(".math [data-mjx-error]").count() == 0


def test_links_to_the_glossary_open_the_term(visit):
    page = visit().open("notebooks/05_metrics.html")
    page.locator("a:has(.std-term)", has_text="recall").first.click()
    page.wait_for_url("**/docs/glossary.html#term-recall")
    assert "Of all true cases" in page.locator("dt#term-recall + dd").inner_text()


@pytest.mark.parametrize("width", [390, 1280])
def test_try_it_reads_a_digit_on_the_front_page(visit, width):
    page = visit(width=width, height=1400).open()
    frame = page.frame_locator("iframe.try")
    frame.locator("#bars li").first.wait_for()
    right = 0
    for label, strokes in WRITTEN[:6]:
        pad = frame.locator("#pad").bounding_box()
        for stroke in strokes:
            for i, (x, y) in enumerate(smooth(stroke, 4)):
                page.mouse.move(pad["x"] + 2 + x, pad["y"] + 2 + y)
                if i == 0:
                    page.mouse.down()
            page.mouse.up()
        right += frame.locator("#answer b").inner_text() == str(label)
        frame.get_by_role("button", name="Clear").click()
    assert right >= 5
