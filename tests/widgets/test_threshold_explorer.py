"""The threshold explorer in JupyterLab in a real Chromium: what it shows is what sklearn says."""

import re

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score
from sklearn.model_selection import cross_val_predict

from mnistlab import load_mnist

CELLS = [
    "import numpy as np\nfrom mnistlab.widgets import ThresholdExplorer",
    "scores, y_true, images = (np.load(f'{name}.npy') for name in ('scores', 'truth', 'images'))",
    "explorer = ThresholdExplorer(scores, y_true, images)\nexplorer",
    "explorer.threshold",
]


@pytest.fixture(scope="module")
def data():
    mnist = load_mnist("sample")
    X, y_true = mnist.X_train, mnist.y_train == 5
    margins = SGDClassifier(random_state=42)
    forest = RandomForestClassifier(30, random_state=0)
    return {
        "truth": y_true,
        "images": X,
        "margins": cross_val_predict(
            margins, X / np.float32(255), y_true, cv=3, method="decision_function"
        ),
        "votes": cross_val_predict(forest, X, y_true, cv=3, method="predict_proba")[:, 1],
    }


class Explorer:
    """The widget as a reader of the page sees it."""

    def __init__(self, page, scores, y_true):
        self.page, self.scores, self.y_true = page, scores, y_true
        self.root = page.locator(".mnistlab-threshold")
        self.slider = self.root.get_by_role("slider")
        self.slider.wait_for()

    def text(self, name):
        return self.root.locator(f"[data-value={name}]").inner_text()

    @property
    def threshold(self):
        return float(self.root.get_by_role("spinbutton").input_value())

    def agrees_with_sklearn(self):
        """Compare every number on the page with scikit-learn's at the threshold on the page."""
        predictions = self.scores >= self.threshold
        counts = [int(self.text(n).replace(",", "")) for n in ("tn", "fp", "fn", "tp")]
        assert counts == confusion_matrix(self.y_true, predictions).ravel().tolist()
        recall = recall_score(self.y_true, predictions)
        fallout = counts[1] / (counts[0] + counts[1])
        self.shows("recall", recall)
        self.shows("fallout", fallout)
        self.shows("accuracy", accuracy_score(self.y_true, predictions))
        precision = precision_score(self.y_true, predictions) if predictions.any() else None
        if precision is None:
            assert self.text("precision") == "undefined"
        else:
            self.shows("precision", precision)
        spoken = self.slider.get_attribute("aria-valuetext")
        assert f"precision {self.text('precision')}, recall {self.text('recall')}" in spoken
        self.point_stands_at("pr", recall, precision)
        self.point_stands_at("roc", fallout, recall)
        return counts

    def shows(self, name, share):
        """Three decimals; a 5 in the fourth may be rounded either way."""
        assert re.fullmatch(r"[01]\.\d{3}", self.text(name))
        assert float(self.text(name)) == pytest.approx(share, abs=0.0005 + 1e-12)

    def point_stands_at(self, curve, x, y):
        """Compare the point's place with the axes drawn on the page (0 at 30|170, 1 at 186|14)."""
        point = self.root.locator(f"[data-curve={curve}] .here")
        assert point.is_visible() == (y is not None)
        if y is not None:
            assert float(point.get_attribute("cx")) == pytest.approx(30 + 156 * x, abs=0.1)
            assert float(point.get_attribute("cy")) == pytest.approx(170 - 156 * y, abs=0.1)


@pytest.fixture
def explore(jupyterlab, data):
    def open_one(kind="margins", theme="light"):
        for name, array in {**data, "scores": data[kind]}.items():
            np.save(jupyterlab.folder / f"{name}.npy", array)
        page = jupyterlab.open(CELLS, theme=theme)
        return Explorer(page, data[kind], data["truth"])

    yield open_one
    assert jupyterlab.problems == []


@pytest.mark.parametrize("kind", ["votes", "margins"])
def test_keyboard_moves_the_threshold_and_the_numbers_follow(explore, kind):
    explorer = explore(kind)
    assert explorer.threshold == 0
    explorer.agrees_with_sklearn()
    explorer.slider.focus()
    places = [0.0]
    for keys in (["ArrowRight"] * 7, ["ArrowLeft"] * 2, ["PageUp"], ["PageUp"], ["ArrowLeft"] * 3):
        for key in keys:
            explorer.page.keyboard.press(key)
        places.append(explorer.threshold)
        explorer.agrees_with_sklearn()
    assert len(set(places)) == len(places)

    explorer.page.keyboard.press("Home")  # a page is 20 steps of about a thousand
    first = explorer.threshold
    explorer.page.keyboard.press("PageUp")
    paged = explorer.threshold
    explorer.page.keyboard.press("End")
    assert 0.01 < (paged - first) / (explorer.threshold - first) < 0.06
    explorer.agrees_with_sklearn()


def type_in(box, text):
    box.select_text()
    box.press_sequentially(text)
    box.press("Enter")


def test_the_number_box_takes_any_threshold(explore):
    explorer = explore()
    box = explorer.root.get_by_role("spinbutton", name="Threshold")
    type_in(box, "1234.5")
    assert explorer.threshold == 1234.5
    explorer.agrees_with_sklearn()
    type_in(box, "-1e9")  # below every score: all are called yes
    tn, _, fn, _ = explorer.agrees_with_sklearn()
    assert (tn, fn) == (0, 0) and explorer.text("recall") == "1.000"
    type_in(box, "1e9")  # none is
    _, fp, _, tp = explorer.agrees_with_sklearn()
    assert (tp, fp) == (0, 0) and explorer.text("precision") == "undefined"


def test_mouse_clicks_and_drags(explore):
    explorer = explore()
    box = explorer.slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    places = []
    for share in (0.6, 0.7, 0.8):
        explorer.page.mouse.click(box["x"] + share * box["width"], middle)
        places.append(explorer.threshold)
        explorer.agrees_with_sklearn()
    explorer.page.mouse.down()
    for share in (0.75, 0.66):
        explorer.page.mouse.move(box["x"] + share * box["width"], middle, steps=5)
        explorer.agrees_with_sklearn()  # while the button is still down
    explorer.page.mouse.up()
    assert places == sorted(set(places)) and places[0] < explorer.threshold < places[1]


def test_the_line_stands_above_the_thumb(explore):
    explorer = explore()
    slider = explorer.slider.bounding_box()
    for share in (0.1, 0.5, 0.9):
        x = slider["x"] + share * slider["width"]
        explorer.page.mouse.click(x, slider["y"] + slider["height"] / 2)
        line = explorer.root.locator("line.cut").bounding_box()
        assert line["x"] + line["width"] / 2 == pytest.approx(x, abs=2)


def test_digits_change_sides_with_the_threshold(explore, data):
    explorer = explore()
    explorer.slider.focus()

    def scores_in(cell):
        titles = explorer.root.locator(f"canvas[data-cell={cell}]:visible").evaluate_all(
            "canvases => canvases.map(canvas => canvas.title)"
        )
        return [float(re.search(r"-?[\d,.]+$", title)[0].replace(",", "")) for title in titles]

    before = {cell: scores_in(cell) for cell in ("tn", "fp", "fn", "tp")}
    for left, right in (("tn", "fp"), ("fn", "tp")):
        assert before[left] == sorted(before[left]) and before[right] == sorted(before[right])
        assert max(before[left]) < explorer.threshold <= min(before[right])
    while explorer.threshold <= min(before["fp"]):
        explorer.page.keyboard.press("ArrowRight")
    after = {cell: scores_in(cell) for cell in ("tn", "fp", "fn", "tp")}
    assert min(before["fp"]) in after["tn"]  # crossed from the right column to the left one
    # The picture is the digit of that score: dark where the training image has ink.
    canvas = explorer.root.locator("canvas[data-cell=tn]").last
    pixels = canvas.evaluate("c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)")
    found = (255 - data["images"] == np.array(pixels)[::4]).all(axis=1)
    assert found.any() and not data["truth"][found].any()


def test_a_screen_reader_finds_its_way(explore):
    explorer = explore()
    assert explorer.root.get_by_role("slider", name=re.compile("Threshold")).count() == 1
    table = explorer.root.get_by_role("table").first
    for name in ("is 5", "is not 5"):
        assert table.get_by_role("rowheader", name=name, exact=True).count() == 1
    for name in ("called 5", "called not 5"):
        assert table.get_by_role("columnheader", name=name, exact=True).count() == 1
    explorer.slider.focus()
    explorer.page.keyboard.press("PageUp")
    _, fp, fn, _ = explorer.agrees_with_sklearn()
    said = f"{fp:,} false positives, {fn:,} false negatives"
    explorer.root.get_by_role("status").filter(has_text=said).wait_for(state="attached")


def luminance(colour):
    parts = np.array([int(n) for n in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    """Contrast of two colours as WCAG 2 defines it: 1 to 21, 4.5 is enough for text."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_is_readable_on_both_themes(explore, theme):
    explorer = explore(theme=theme)
    style = "(e, name) => getComputedStyle(e)[name]"
    card = explorer.root.evaluate(style, "backgroundColor")
    assert (luminance(card) > 0.5) == (theme == "light")
    for selector in (".count", ".kind", ".corner", "caption", "th", ".numbers small"):
        colour = explorer.root.locator(selector).first.evaluate(style, "color")
        assert contrast(colour, card) >= 4.5, selector
    for selector in (".bars.no.wrong", ".bars.yes.wrong"):
        colour = explorer.root.locator(selector).evaluate(style, "fill")
        assert contrast(colour, card) >= 3, selector


def test_python_and_browser_share_the_threshold(explore):
    explorer = explore()
    explorer.page.evaluate(
        """jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .requestExecute({ code: "explorer.threshold = 1.2345" }).done.then(() => null)"""
    )
    explorer.page.wait_for_function(
        "document.querySelector('.mnistlab-threshold [type=number]').value == 1.2345"
    )
    # Not a position of the slider, and shown all the same. What is on the page is rounded.
    predictions = explorer.scores >= 1.2345
    counts = [int(explorer.text(n).replace(",", "")) for n in ("tn", "fp", "fn", "tp")]
    assert counts == confusion_matrix(explorer.y_true, predictions).ravel().tolist()

    explorer.slider.focus()
    explorer.page.keyboard.press("PageDown")
    cells = explorer.page.locator(".jp-CodeCell")
    cells.last.locator(".cm-content").click()
    explorer.page.keyboard.press("Control+Enter")
    explorer.page.wait_for_function(
        "wanted => document.querySelector('.jp-CodeCell:last-of-type .jp-OutputArea-output pre')"
        "?.innerText == wanted",
        arg=repr(explorer.threshold),
    )
