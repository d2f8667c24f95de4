"""Notebooks as HTML pages: what is folded stays out of sight until it is asked for."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnistlab.command.course import write_page

HINT = "<details><summary><b>Hint</b></summary>\n\nLook at `shape`.\n\n</details>\n\nThat was it."


def cell(source, said, *tags):
    output = new_output("stream", text=said)
    return new_code_cell(source, metadata={"tags": [*tags]}, outputs=[output], execution_count=1)


NOTEBOOK = new_notebook(
    cells=[
        new_markdown_cell(f"# Title\n\n{HINT}\n\n![a dot](figures/dot.svg)"),
        cell("asked = 951", "came 951", "hide-output"),
        cell("plumbing = 1", "drawn", "hide-input"),
        cell("solved = 2", "Right. Two.", "solution"),
    ]
)


@pytest.fixture
def page(browser, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    without_scripts = browser.new_context(java_script_enabled=False, offline=True)
    page = without_scripts.new_page()
    written = write_page(NOTEBOOK, tmp_path / "99_small.ipynb", tmp_path / "build")
    page.goto(written.as_uri(), wait_until="commit")
    yield page
    without_scripts.close()


@pytest.mark.parametrize(
    ("summary", "folded", "in_view"),
    [
        ("Hint", "Look at shape.", "That was it."),
        ("Show what came out", "came 951", "asked = 951"),
        ("Show the code", "plumbing = 1", "drawn"),
        ("Show the solution", "Right. Two.", "Title"),
        ("Show the solution", "solved = 2", "Title"),
    ],
)
def test_what_is_folded_shows_when_it_is_asked_for(page, summary, folded, in_view):
    text = page.get_by_text(folded)
    assert text.count() == 1 and not text.is_visible()
    assert page.get_by_text(in_view).first.is_visible()
    page.locator("summary", has_text=summary).click()
    assert text.is_visible()


def test_pictures_lie_inside(page):
    assert page.locator("img").get_attribute("src").startswith("data:image/svg+xml;base64,")
