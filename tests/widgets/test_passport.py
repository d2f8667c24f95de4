"""The digit passport: what is drawn is kept; what is no drawing is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from mnistlab import load, load_reader
from mnistlab.widgets import DrawPad, passport

READY = Path(__file__).parents[2] / "data" / "pictures" / "strokes.json"


@pytest.fixture(scope="module")
def ready():
    return {entry["label"]: entry["strokes"] for entry in json.loads(READY.read_text())}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Nobody's passport is touched by the tests."""
    monkeypatch.setattr(passport, "cache_dir", lambda: tmp_path)


def test_a_line_is_as_wide_as_the_pen_and_where_it_was_drawn():
    picture = passport.draw([[(40, 140), (240, 140)]])
    assert picture.shape == (280, 280) and picture.dtype == np.uint8
    column = picture[:, 140] / 255
    assert column.sum() == pytest.approx(passport.PEN, abs=1)
    assert (column @ (np.arange(280) + 0.5)) / column.sum() == pytest.approx(140, abs=1)


def test_a_tap_is_a_dot_and_nothing_is_nothing():
    assert passport.draw([[(100, 100)]])[100, 100] == 255
    assert not passport.draw([]).any() and not passport.draw([[]]).any()
    assert passport.draw([[(-1e9, 5), (1e9, 5)]]).any()  # out of the field: drawn to its edge


@pytest.mark.parametrize("strokes", [[[1, 2, 3]], [[["a", 2]]], [[[np.nan, 2]]], [7], [None]])
def test_refuses_what_is_no_stroke(strokes):
    with pytest.raises(ValueError, match="list of \\(x, y\\)"):
        passport.draw(strokes)


def test_the_passport_keeps_what_was_stamped(ready):
    before = passport.load_passport(READY)
    assert not before.mine.any() and before.X.shape == (10, 784)
    np.testing.assert_array_equal(load_reader().predict(before.X), np.arange(10))
    pad = DrawPad(passport=True, strokes=ready[4])
    pad._stamp(pad, {"stamp": 9}, [])
    after = passport.load_passport(READY)
    assert after.mine.tolist() == [False] * 9 + [True] and pad._stamped == [9]
    np.testing.assert_array_equal(after.pictures[9], pad.picture)
    assert "1 of 10 digits are yours" in repr(after)


def test_hiragana_are_kept_beside_the_digits(ready):
    kana = load("kana")
    asked = "あいうえおかさたなは"
    pad = DrawPad(passport=asked)
    assert "ひらがな" in repr(pad) and pad._stamped == [] and pad._field["romaji"]["あ"] == "a"
    digits = DrawPad(passport=True, strokes=ready[4])
    digits._stamp(digits, {"stamp": 4}, [])
    for name in asked[:9]:
        pad.strokes = [(2 * stroke + 30).tolist() for stroke in kana.strokes[name]]
        assert pad.probabilities is None and pad.digit.shape == (40, 40)
        pad._stamp(pad, {"stamp": name}, [])
    X, y = passport.own_characters()
    assert y.tolist() == list(asked[:9]) and X.shape == (9, 1600)
    assert load_reader("kana").score(X, y) == 1
    assert DrawPad(passport=asked)._stamped == list(asked[:9])
    assert list(passport.own_digits()) == ["4"] and DrawPad(passport=True)._stamped == [4]
    with pytest.raises(ValueError, match="hiragana, not 'ア'"):
        passport.stamp("ア", pad.picture)


def test_nobody_has_hiragana_at_first():
    X, y = passport.own_characters()
    assert X.shape == (0, 1600) and X.dtype == np.uint8 and len(y) == 0


def test_the_passport_refuses_blank_drawings_and_strange_digits(ready):
    with pytest.raises(ValueError, match="nothing is drawn"):
        passport.stamp(3, passport.draw([]))
    with pytest.raises(ValueError, match="0 to 9"):
        passport.stamp(10, passport.draw(ready[3]))
    assert passport.own_digits() == {}
