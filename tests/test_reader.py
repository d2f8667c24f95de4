"""The network that comes with the package."""

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hands import another_hand, recorded
from PIL import Image, ImageDraw, ImageFont

from mnistlab import load, load_mnist, load_reader
from mnistlab.imaging import NO_DIGIT, SURE, place
from mnistlab.web.export import KANA_SURE
from mnistlab.widgets.passport import draw, main_digit


def test_it_reads():
    mnist, reader = load_mnist("sample"), load_reader()
    assert reader.score(mnist.X_test, mnist.y_test) > 0.98
    assert reader.classes_.tolist() == [*range(11)]
    assert (files("mnistlab") / "reader.npz").stat().st_size <= 250_000
    assert {array.dtype for array in reader.weights_} == {np.dtype(np.float32)}


def test_it_reads_forms_that_mnist_lacks():
    """Other hands than those it learned from: 1s with an upstroke, barred 7s, open 4s."""
    rng = np.random.default_rng(11)
    drawn = [(label, another_hand(strokes, rng)) for label, strokes in recorded() * 4]
    digits = np.array([main_digit(draw(strokes)).ravel() for _, strokes in drawn])
    probabilities = load_reader().predict_proba(digits)
    right = probabilities.argmax(axis=1) == [label for label, _ in drawn]
    assert right.mean() >= 0.98
    assert not (~right & (probabilities[:, :NO_DIGIT].max(axis=1) >= SURE)).any()


def test_it_knows_what_is_no_digit():
    rng, font = (
        np.random.default_rng(0),
        Path(matplotlib.get_data_path(), "fonts/ttf/STIXGeneral.ttf"),
    )
    letters = []
    for letter in "ABEFHKMNPRTVWXaefhkmnpt":  # in a font that it has not seen
        sheet = Image.new("L", (200, 200))
        face = ImageFont.truetype(font, 130)
        ImageDraw.Draw(sheet).text((100, 100), letter, fill=255, font=face, anchor="mm")
        letters.append(place(np.asarray(sheet) / 255).ravel())
    scribbles = [rng.uniform(30, 250, (14, 2)).tolist() for _ in range(20)]
    scribbles = [main_digit(draw([scribble])).ravel() for scribble in scribbles]
    for pictures in (letters, scribbles):
        probabilities = load_reader().predict_proba(np.array(pictures))
        assert (probabilities.argmax(axis=1) == NO_DIGIT).mean() >= 0.75
        assert (probabilities[:, :NO_DIGIT].max(axis=1) >= SURE).mean() <= 0.1


def test_it_reads_hiragana_it_never_saw():
    kana, reader = load("kana"), load_reader("kana")
    names = np.array(kana.class_names)
    assert set(reader.classes_) == set(names)
    for X, y in [(kana.X_test, kana.y_test), (kana.X_hands, kana.y_hands)]:
        probabilities = reader.predict_proba(X)
        right = reader.classes_[probabilities.argmax(axis=1)] == names[y]
        assert right.mean() > 0.95
        assert right[probabilities.max(axis=1) >= KANA_SURE].mean() >= 0.99


def test_an_unknown_reader_is_refused():
    with pytest.raises(ValueError, match="expected one of 'digits', 'kana'"):
        load_reader("kanji")


@pytest.mark.parametrize("name", ["reader", "kana"])
def test_the_note_beside_it_is_about_this_file(name):
    package = files("mnistlab")
    note = tomllib.loads((package / f"{name}.toml").read_text(encoding="utf-8"))
    assert hashlib.sha256((package / f"{name}.npz").read_bytes()).hexdigest() == note["sha256"]


@pytest.mark.parametrize("kind", ["mnist", "forms", "retraced", "photos", "fonts", "people"])
def test_of_1000_sure_answers_at_most_3_are_wrong(kind):
    """By its own note: of digits that it did not learn from."""
    note = tomllib.loads((files("mnistlab") / "reader.toml").read_text(encoding="utf-8"))
    found = note[f"held back: {kind}"]
    assert note["sure_from"] == SURE and found["sure_and_wrong"] <= 0.003 * found["sure"]


def test_the_reader_of_hiragana_is_small():
    assert len((files("mnistlab") / "kana.npz").read_bytes()) <= 300_000
