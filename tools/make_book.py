"""Print the built site as one PDF, build/mnistlab.pdf, with Chromium: `make book`.

The articles of the site's pages are put into one page, in the order of the course, with their links
led to each other; folds are opened. Chromium prints it twice: from the first PDF's outline come the
page numbers of the contents. Nothing is executed and nothing fetched.
"""

import os
import shutil
import sys
import tempfile
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import build_site
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from mnistlab.command import course
from mnistlab.formats import whole_file

SITE = build_site.BUILD / "site"
BOOK = build_site.BUILD / "mnistlab.pdf"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AFTER = ("docs/glossary.html", "sources.html")  # after the notebooks
FOOTER = (
    '<div style="width: 100%; font: 8pt sans-serif; text-align: center; color: #555">'
    '<span class="pageNumber"></span></div>'
)
COVER = """\
<section class="book-cover"><h1>A course about one data set</h1>
<p>Handwritten digits, from “what are these pictures?” to a web page that reads your own.</p>
<p>mnistlab {version}. Text and pictures CC BY 4.0, code BSD-3-Clause.
Hiragana drawn from KanjiVG’s strokes (Ulrich Apel) and MNIST’s digits CC BY-SA 3.0.</p></section>
<nav class="book-contents"><h1>Contents</h1><ol>
{lines}
</ol></nav>
"""
WAIT = """async () => {
  for (const image of document.images) image.loading = "eager";
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  await window.MathJax?.startup?.promise;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
}"""


def chapters() -> list[str]:
    """Return the site's pages that make the book, in order."""
    notebooks = [f"notebooks/{Path(entry['file']).stem}.html" for entry in course.read_course()]
    return ["set_up.html", *notebooks, *AFTER]


def name_of(page: str) -> str:
    """Return how ids of a page start in the book."""
    return page.removesuffix(".html").replace("/", "-")


def article(site: Path, page: str, pages: list[str]) -> BeautifulSoup:
    """Return a page's article with its ids, links and pictures as the book needs them."""
    whole = BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
    found = whole.select_one("article")
    found["id"] = name_of(page)
    for tag in found.select(".headerlink, script, iframe"):
        tag.decompose()
    for tag in found.select("summary .expanded"):
        tag.string = tag.get_text().removeprefix("Hide ").capitalize()  # paper hides nothing
    for tag in found.find_all(id=True):
        if tag is not found:
            tag["id"] = f"{name_of(page)}--{tag['id']}"
    for tag in found.find_all(src=True):
        if not tag["src"].startswith("data:"):
            tag["src"] = relative(site, page, tag["src"])
    for tag in found.find_all("a", href=True):
        if urlsplit(tag["href"]).scheme:
            continue
        target, fragment = urldefrag(tag["href"])
        there = relative(site, page, target) if target else page
        if there in pages:
            tag["href"] = f"#{name_of(there)}" + (f"--{unquote(fragment)}" if fragment else "")
        else:
            del tag["href"]  # downloads, and pages that are not in the book
    return found


def relative(site: Path, page: str, link: str) -> str:
    """Return a link of a page as seen from the site's top."""
    path = os.path.normpath((site / page).parent / unquote(link.partition("?")[0]))
    return os.path.relpath(path, site).replace(os.sep, "/")


def book_page(site: Path, numbers: dict[str, int]) -> tuple[str, list[str]]:
    """Return the whole book as one page, and its chapters' titles."""
    pages = chapters()
    articles = [article(site, page, pages) for page in pages]
    titles = [found.h1.get_text().strip() for found in articles]
    lines = "\n".join(
        f'<li><a href="#{name_of(page)}">{escape(title)}</a> <span>{numbers.get(title, "")}</span>'
        for page, title in zip(pages, titles, strict=True)
    )
    whole = BeautifulSoup((site / pages[1]).read_text(encoding="utf-8"), "html.parser")
    head = whole.head
    for tag in head.select("link[rel=stylesheet], script[src]"):
        name = "href" if tag.name == "link" else "src"
        tag[name] = relative(site, pages[1], tag[name])
    for tag in head.select('meta[http-equiv], link:not([rel="stylesheet"])'):
        tag.decompose()
    head.title.string = "mnistlab: a course about one data set"
    scripts = "".join(
        f'<script src="{relative(site, pages[1], tag["src"])}"></script>'
        for tag in whole.select("script[src*=mathjax]")
        if tag not in head.find_all("script")
    )
    cover = COVER.format(version=build_site.version(), lines=lines)
    body = "\n".join(str(found) for found in articles)
    return (
        f'<!doctype html><html lang="en">{head}<body class="book" data-theme="light">'
        f"{cover}{body}{scripts}</body></html>",
        titles,
    )


def outline(reader: PdfReader) -> dict[str, int]:
    """Return the page, from 1, of each heading of the first level in a PDF's outline."""
    return {
        " ".join(entry.title.split()): reader.get_destination_page_number(entry) + 1
        for entry in reader.outline
        if not isinstance(entry, list)
    }


def make_book(site: Path, target: Path) -> int:
    """Print the book; return its number of pages.

    Raises
    ------
    FileNotFoundError
        The site has not been built, or there is no Chromium.
    """
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"{site} holds no site: `make site` builds it")
    browser = os.environ.get("MNISTLAB_CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM)), None
    )
    if browser is None:
        raise FileNotFoundError("no Chromium in PATH; MNISTLAB_CHROMIUM can name one")
    numbers: dict[str, int] = {}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        printed = Path(scratch) / "book.pdf"
        page_file = site / "book-being-made.html"  # beside the pictures it shows
        try:
            for _ in range(2):
                page_file.write_text(book_page(site, numbers)[0], encoding="utf-8")
                page = chromium.new_page(color_scheme="light")
                page.set_default_timeout(600_000)
                page.goto(page_file.as_uri())
                page.evaluate(WAIT)
                page.pdf(
                    path=printed,
                    format="A4",
                    margin={"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"},
                    display_header_footer=True,
                    header_template="<span></span>",
                    footer_template=FOOTER,
                    tagged=True,
                    outline=True,
                )
                page.close()
                reader = PdfReader(printed)
                numbers = outline(reader)
        finally:
            page_file.unlink(missing_ok=True)
            chromium.close()
        with whole_file(target) as file:
            file.write(printed.read_bytes())
    return len(reader.pages)


if __name__ == "__main__":
    site, target = map(Path, sys.argv[1:] or (SITE, BOOK))
    if site == SITE and not (SITE / "index.html").is_file():
        work = build_site.BUILD / "site-work"
        if failed := build_site.build_site(SITE, work, build_site.repository()):
            sys.exit(failed)
    print(f"{target}: {make_book(site, target)} pages")
