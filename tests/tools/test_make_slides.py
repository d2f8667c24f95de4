"""A notebook's slides: `tools/make_slides.py`."""

import re

import make_slides
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from small_course import write

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = new_output(
    "display_data",
    {"image/png": PIXEL},
    metadata={"image/png": {"alt": "One <dot>, in red."}},
)
CELLS = [
    new_markdown_cell("# Is it a dot?\n\nYou look at a dot.\n\n**You will be able to**\n\n- see"),
    new_markdown_cell("## The dot\n\nDots are round. How large is $x$? [Next](01_other.ipynb)."),
    new_markdown_cell("**Predict first.** Which colour?"),
    new_code_cell("draw()", outputs=[PICTURE]),
    new_markdown_cell("### Exercise 00-1: draw\n\nDraw one.\n\n<details>a hint</details>"),
    new_code_cell("secret = 1", metadata={"tags": ["solution"]}, outputs=[PICTURE]),
    new_markdown_cell("## What you saw\n\n- A dot.\n\n## Sources\n\n1. somebody"),
]


@pytest.fixture
def page(folder, tmp_path):
    path = write(folder, "00_small.ipynb", CELLS)
    return make_slides.write_slides(path, tmp_path / "slides")


def test_questions_figures_and_captions_and_nothing_that_is_folded(page):
    text = page.read_text(encoding="utf-8")
    slides = re.findall(r"<section.*?</section>", text, flags=re.DOTALL)
    assert len(slides) == 6
    assert "You look at a dot." in slides[0] and "able to" not in slides[0]
    assert "How large is" in slides[1] and "round" not in slides[1]
    assert "Which colour?" in slides[2]
    assert "<figcaption>One &lt;dot&gt;, in red.</figcaption>" in slides[3]
    assert 'alt="One &lt;dot&gt;, in red."' in slides[3]
    assert "Draw one." in slides[4] and "a hint" not in text and "secret" not in text
    assert "A dot." in slides[5] and "somebody" not in text


def test_a_heading_alone_is_a_slide_only_where_the_next_has_another(folder):
    cells = [
        new_markdown_cell("# Dots\n\nYou look.\n\n## The `dot`\n\nDots are round."),
        new_code_cell("draw()", outputs=[PICTURE]),
        new_markdown_cell("## Another dot\n\nIt is red.\n\n## A third\n\nHow many are there?"),
        new_markdown_cell("## Next\n\n[Other dots](01_other.ipynb).\n\n## Sources\n\n1. somebody"),
    ]
    slides = make_slides.slides_of(write(folder, "00_small.ipynb", cells))
    heads = [re.sub(r"<.*?>", "", re.search(r"<h\d.*?</h\d>", slide)[0]) for slide in slides]
    assert heads == ["Dots", "The dot", "Another dot", "A third"]
    assert "<figure>" in slides[1] and slides[2].strip().endswith("</h2>")
    assert "How many" in slides[3]


def test_slides_need_no_other_file_and_no_host(page, browser):
    window = browser.new_page()
    asked = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto(page.as_uri())
    window.locator("mjx-container").first.wait_for()  # the formula is set
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} == {page.as_uri()}
    window.keyboard.press("ArrowRight")
    window.wait_for_function("document.querySelector('main').scrollTop >= innerHeight - 1")
    window.close()
