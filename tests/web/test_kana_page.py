"""The page that reads hiragana, in a real browser: the same page as the digits', with 73 classes.

What is drawn are the strokes of ``data/kana``, as they are or varied by `mnistlab.simulated_hand`.
"""

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from hands import quick, recorded
from test_export import rounded
from test_page import DAMAGES, NO_DIGITS, Reader, pictures, says_that_it_is_damaged

from mnistlab import load, load_reader, simulated_hand, web

KANA = load("kana")
MARKED = [*("かが", "ばぱ", "はば", "しじ", "とど", "ふぶ", "ほぽ", "てで")]


class KanaReader(Reader):
    def open(self, address):
        self.page.goto(address)
        self.wait_until("network !== null")
        return self

    @property
    def best(self):
        """What the network finds most probable, sure or not."""
        return self.page.evaluate(
            "digits.map((d) => network.classes[ranked(d.probabilities)[0]]).join('')"
        )

    def in_a_row(self):
        self.page.get_by_label("a row").check()


def placed(name, side, left, top, rng=None):
    """Return the strokes of a character in a field of some side; by another hand with `rng`."""
    strokes, n = KANA.strokes[name], simulated_hand.n_marks(name)
    if rng is not None:
        parts = [simulated_hand._vary(stroke, rng, 0.8) for stroke in strokes]
        n_main = len(parts) - n
        parts = parts[:n_main] + simulated_hand._move_marks(parts[n_main:], rng, 0.8)
        strokes = [
            stroke + simulated_hand.FIELD / 2 for stroke in simulated_hand._warp(parts, rng, 0.8)
        ]
    return [(side / simulated_hand.FIELD * stroke + [left, top]).tolist() for stroke in strokes]


def written(text, side=100, gap=14, left=20, top=80):
    step = side + gap
    return [s for n, name in enumerate(text) for s in placed(name, side, left + n * step, top)]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return web.export_page(load_reader("kana"), tmp_path_factory.mktemp("kana"))


@pytest.fixture(scope="module")
def site(page):
    return page.as_uri()


@pytest.fixture
def opened(browser, site):
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    yield KanaReader(context.new_page()).open(site)
    context.close()


# --- the same numbers as Python -------------------------------------------------------------------


def test_a_drawing_becomes_the_same_40_by_40(opened):
    """As `simulated_hand.frame` sets it: smaller, larger, faint, thin, empty."""
    rng = np.random.default_rng(0)
    names = rng.choice(KANA.class_names, 12)
    written = [
        np.pad(simulated_hand.write(KANA.strokes[name], rng), int(rng.integers(0, 90))) / 255
        for name in names
    ]
    large = [np.kron(ink, np.ones((k, k))) for k, ink in zip((2, 3, 5), written, strict=False)]
    for ink in [*pictures(), *written, *large]:
        ink = ink.astype(np.float32)
        found = opened.find(ink, several=False)
        ours = simulated_hand.frame(ink).ravel().astype(int)
        assert len(found) == (ours.max() > 0)
        assert not found or np.abs(found[0]["pixels"] - ours).max() <= 2


def test_what_is_shown_is_what_python_would_say(opened):
    """From the canvas itself to the probabilities: the same picture, read by both."""
    same = rounded(load_reader("kana"))
    rng = np.random.default_rng(1)
    for name in "あがぱぬをゑん":
        opened.put(placed(name, 200, 60, 60, rng))
        pixels, probabilities = opened.page.evaluate(
            "[Array.from(digits[0].pixels), Array.from(digits[0].probabilities)]"
        )
        ours = simulated_hand.frame(opened.ink.astype(np.float32) / 255)
        assert np.abs(np.reshape(pixels, (40, 40)) - ours.astype(int)).max() <= 2
        theirs = same.predict_proba(np.array([pixels], np.uint8))[0]
        assert np.abs(theirs - probabilities).max() < 1e-4
        assert np.abs(same.predict_proba(ours.reshape(1, -1))[0] - probabilities).max() < 0.02


# --- it reads -------------------------------------------------------------------------------------


def test_reads_all_73_as_they_are_and_by_another_hand(opened):
    rng = np.random.default_rng(2)
    for hands, least in ((None, 72), (rng, 68)):
        right = 0
        for name in KANA.class_names:
            opened.put(placed(name, 200, 60, 40, hands))
            right += opened.best == name
        assert right >= least
    assert opened.problems == []


def test_reads_what_the_mouse_draws_and_says_how_it_is_pronounced(opened):
    assert opened.page.title() == "ひらがなを読む · Reads hiragana"
    opened.draw(quick(placed("ぬ", 200, 60, 40)))
    assert opened.answer == "ぬ" and "nu" in opened.said
    assert opened.page.locator("#seen canvas").get_attribute("width") == "40"
    assert "ぬ" in opened.page.locator("#spoken").inner_text()
    opened.page.get_by_role("button", name="Clear").click()
    assert opened.said.splitlines() == ["Draw something", "書いてみてください"]
    assert all(url.startswith(("file:", "data:")) for url in opened.asked)
    assert opened.problems == []


@pytest.mark.parametrize("pair", MARKED)
def test_marks_belong_to_their_character(opened, pair):
    """Two small strokes, or a ring, make か が and ば ぱ: also in a row."""
    for row in (False, True):
        opened.in_a_row() if row else None
        for name in pair:
            opened.put(placed(name, 180, 60, 60))
            assert opened.answer == name and opened.page.locator("#seen button").count() == 1
    opened.put(written(pair + pair[::-1]))
    assert opened.answer == pair + pair[::-1]


@pytest.mark.parametrize(
    "text", ["にほんご", "ひらがな", "いけ", "はい", "りんご", "ここ", "うえ", "ばら", "い", "へや"]
)
def test_a_row_of_characters(opened, text):
    opened.in_a_row()
    opened.put(written(text))
    assert opened.answer == text
    romaji = [KANA.romaji[KANA.class_names.index(name)] for name in text]
    assert " ".join(romaji) in opened.said
    assert opened.page.locator("#seen button").all_inner_texts() == list(text)


def test_a_row_is_read_while_it_is_drawn(opened):
    opened.in_a_row()
    first, second = quick(placed("か", 120, 20, 60)), quick(placed("い", 120, 170, 60))
    opened.draw(first)
    assert opened.answer == "か"
    opened.draw(second)
    assert opened.answer == "かい"
    for strokes in range(len(second)):
        assert len(opened.best) == 2, strokes
        opened.page.get_by_role("button", name="Undo").click()
    assert opened.answer == "か" and opened.problems == []


def test_touch_on_a_phone(browser, site):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    reader = KanaReader(context.new_page()).open(site)
    for name in "あいうえおが":
        reader.touch(quick(placed(name, 220, 60, 20)))
        assert reader.answer == name
        reader.page.wait_for_timeout(400)  # no finger taps while the browser still sees a swipe
        reader.page.get_by_role("button", name="Clear").tap()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert reader.page.evaluate("scrollY") == 0 and reader.problems == []
    context.close()


# --- candidates, doubt ----------------------------------------------------------------------------


def test_five_candidates_to_choose_from(opened):
    page = opened.page
    candidates = page.locator("#candidates button")
    assert page.locator("#candidates").is_hidden()
    opened.put(placed("き", 200, 60, 40))
    words = [button.inner_text().split() for button in candidates.all()]
    assert (
        len(words) == 6 and words[0][:2] == ["き", "ki"] and "None of these" in " ".join(words[5])
    )
    assert candidates.nth(0).get_attribute("aria-pressed") == "true"
    other = words[1][0]
    candidates.nth(1).click()
    assert opened.answer == other and "it read き" in opened.said
    assert "訂正しました（最初の判定は「き」）" in opened.said
    assert candidates.nth(1).get_attribute("aria-pressed") == "true"
    assert page.locator("#seen span").inner_text() == other
    candidates.nth(1).click()  # taken back
    assert opened.answer == "き"
    page.locator("#none").click()
    assert opened.answer == "?"
    page.get_by_role("button", name="Another character").click()
    assert "正しい文字" in page.locator("#correcting").inner_text()
    page.get_by_label("It is").select_option(label="ぎ gi")
    assert opened.answer == "ぎ"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the picture").click()
    assert download.value.suggested_filename == "ぎ_read_as_き.png"


def test_doubt_is_said_in_japanese_too(opened):
    """With the same characters as in English; of a row, which one is meant."""

    def remark(*verdicts):
        told = [dict(zip(("best", "second", "none", "sure"), v, strict=True)) for v in verdicts]
        return opened.page.evaluate(
            "told => remark(told.map((v) => ({ probability: 0.976, ...v })))", told
        )

    doubtful, none, sure = (
        ("き", "ぎ", False, False),
        ("?", "あ", True, False),
        ("あ", "お", False, True),
    )
    assert remark(doubtful) == {
        "note": "not sure: き or ぎ?",
        "own": "自信がありません（「き」か「ぎ」）",
        "unsure": True,
    }
    assert remark(none)["own"] == "どれでもないようです"
    both = remark(sure, doubtful, none)
    assert both["note"] == "not sure: the 2nd is き or ぎ?, the 3rd is none of these"
    assert both["own"] == "自信がありません（2文字目は「き」か「ぎ」、3文字目は「どれでもない」）"
    assert remark(sure, sure)["own"] == "どの文字も 97\u00a0% 以上" and "own" not in remark(sure)
    said = opened.page.evaluate("remark([{ said: 'あ', none: true, best: '?' }])")
    assert said["own"] == "訂正しました（最初の判定は「どれでもない」）"
    facts = opened.page.locator("#facts").text_content()
    (n,) = {part.split()[0] for part in facts.split(" has ")[1:]}
    assert f"重みが {n} 個" in facts


def test_a_choice_is_of_one_character_of_the_row(opened):
    opened.in_a_row()
    opened.put(written("はな"))
    opened.page.locator("#seen button").nth(0).click()
    opened.page.locator("#candidates button").nth(1).click()
    second = opened.page.locator("#candidates button b").nth(1).inner_text()
    assert opened.answer == second + "な" and second != "は"


def test_what_is_no_hiragana_is_hardly_ever_given_as_one(opened):
    sure, none = [], 0
    drawings = [*NO_DIGITS.items(), *((str(label), strokes) for label, strokes in recorded()[:14])]
    for name, strokes in drawings:
        opened.put(strokes)
        none += "none of these" in opened.said
        if "not sure" not in opened.said and "none of these" not in opened.said:
            sure.append((name, opened.said))
    assert none >= len(drawings) / 2 and len(sure) <= 1, (none, sure)


def test_what_makes_sense_for_digits_only_is_hidden(opened):
    opened.put(placed("あ", 200, 60, 40))
    for selector in ("#fool", "#bars", "#alike-part"):
        assert opened.page.locator(selector).is_hidden(), selector
    assert opened.page.locator("#chances li").count() == 73
    assert opened.page.get_by_label("one character").is_checked()


DAMAGED = {name: DAMAGES[name] for name in ("numbers", "base64", "format", "cut off", "empty")} | {
    "classes": (lambda text: text.replace('"classes": ["あ", ', '"classes": ['), "classes"),
    "side": (lambda text: text.replace('"side": 40', '"side": 28'), "do not fit together"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_page_says_so(browser, page, tmp_path, damage):
    context = browser.new_context()
    reader = KanaReader(context.new_page())
    says_that_it_is_damaged(reader, page, tmp_path, *DAMAGED[damage])
    for selector in ("#candidates", "#wrong", "#seen button"):
        assert not reader.page.locator(selector).is_visible(), selector
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1000), ("dark", 390)])
def test_axe_finds_nothing(browser, site, scheme, width):
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    reader = KanaReader(context.new_page()).open(site)
    for strokes in ([], placed("が", 200, 60, 40), NO_DIGITS["house"]):
        reader.put(strokes)
        reader.page.evaluate(
            "for (const part of document.querySelectorAll('details')) part.open = true"
        )
        reader.page.wait_for_timeout(300)
        found = Axe().run(reader.page).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
    context.close()
