"""Hiragana as strokes and from fonts: always there, whole, and of the right characters."""

import unicodedata

import numpy as np
import pytest

from mnistlab import datasets, load

PARTS = ("train", "test")


@pytest.fixture
def kana():
    return load("kana")


def test_under_the_data_contract(kana, monkeypatch):
    monkeypatch.setenv("MNISTLAB_SOURCE", "sample")
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    assert load("kana", "full") is kana  # always there, and read once
    for part in PARTS:
        X, y = getattr(kana, f"X_{part}"), getattr(kana, f"y_{part}")
        images = getattr(kana, f"images_{part}")
        assert X.dtype == np.uint8 and y.dtype == np.int64 and X.shape == (len(y), 1600)
        assert images.shape == (len(y), 40, 40) and np.shares_memory(images, X)
        assert not X.flags.writeable and not y.flags.writeable
    assert "1,533 pictures of 73 classes" in repr(kana) and "40x40" in repr(kana)
    with pytest.raises(ValueError, match="source is 'sample'"):
        load("kana", "sample")


def test_no_font_is_in_both_parts(kana):
    with np.load(datasets.shipped("kana") / "fonts.npz") as file:
        held_back, names = file["held_back"], file["font_names"]
        assert 0 < held_back.sum() < len(names) and len(set(names)) == len(names)
        assert len(kana.X_test) == held_back[file["fonts"]].sum()
    assert (np.bincount(kana.y_train) == 21).all() and (np.bincount(kana.y_test) == 7).all()
    for part in PARTS:
        assert 0 < getattr(kana, f"written_{part}").mean() < 1


def test_73_hiragana(kana):
    assert len(kana.class_names) == len(set(kana.class_names)) == len(kana.romaji) == 73
    assert list(kana.class_names) == sorted(kana.class_names) == list(kana.strokes)
    assert all("HIRAGANA LETTER" in unicodedata.name(name) for name in kana.class_names)


def test_romaji_are_hepburn(kana):
    """Unicode names letters in another system: si, ti, tu, hu, zi, di, du."""
    hepburn = {"si": "shi", "ti": "chi", "tu": "tsu", "hu": "fu", "zi": "ji", "di": "ji"}
    hepburn["du"] = "zu"
    for name, romaji in zip(kana.class_names, kana.romaji, strict=True):
        syllable = unicodedata.name(name).split()[-1].lower()
        assert romaji == hepburn.get(syllable, syllable)


@pytest.mark.parametrize(
    "name, number", [("あ", 3), ("き", 4), ("ふ", 4), ("そ", 1), ("を", 3), ("が", 5), ("ぽ", 5)]
)
def test_strokes_as_taught_at_school(kana, name, number):
    strokes = kana.strokes[name]
    assert len(strokes) == number
    for stroke in strokes:
        assert stroke.ndim == 2 and stroke.shape[1] == 2 and 0 < stroke.min() < stroke.max() < 109


def test_the_first_stroke_of_a_goes_to_the_right_and_its_second_down(kana):
    first, second, _ = kana.strokes["あ"]
    assert first[-1, 0] - first[0, 0] > 20 and second[-1, 1] - second[0, 1] > 20


def test_the_other_hands(kana):
    assert kana.X_hands.shape == (1168, 1600) and (np.bincount(kana.y_hands) == 16).all()
    assert (kana.X_hands.max(axis=1) == 255).all()


def test_an_unknown_name_is_told_of_kana():
    with pytest.raises(ValueError, match="'kana'"):
        datasets.load("kanji")
