"""A model reads the digits, and chooses where to cut."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sheets import MNIST, SEVEN, row

from mnistlab import imaging, load_reader

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


class Sums:
    """Stands in for a model: class k is "the ink's mean is in tenth k", always 90 % sure."""

    classes_ = np.array(list("abcdefghij"))

    def predict_proba(self, X):
        assert X.dtype == np.uint8 and X.shape[1] == 784
        probabilities = np.full((len(X), 10), 0.1 / 9)
        probabilities[np.arange(len(X)), (X.mean(axis=1) / 25.6).astype(int)] = 0.9
        return probabilities


class Narrow:
    """Stands in for a model that likes halves: what is narrow is surely a 1, else perhaps a 0."""

    classes_ = np.arange(2)

    def __init__(self, wide):
        self.wide = wide  # its probability for a 0

    def predict_proba(self, X):
        wide = np.ptp([np.flatnonzero(x.any(axis=0))[[0, -1]] for x in X.reshape(-1, 28, 28)], 1)
        zero = np.where(wide > 15, self.wide, 0.01)
        return np.stack([zero, 1 - zero], axis=1)


class NoDigits(Narrow):
    """Stands in for a model that calls what is wide no digit, and what is narrow a 1."""

    classes_ = np.arange(11)

    def predict_proba(self, X):
        wide = super().predict_proba(X)[:, 0]
        return np.stack([*np.full((10, len(X)), 0.001), wide], axis=1) + np.outer(
            wide < 0.5, np.arange(11) == 1
        )


def strokes(*lines, size=(360, 240)):
    """Draw lines and, where four numbers stand alone, ellipses with a pen of 14 pixels."""
    drawing = Image.new("L", size, 255)
    pen = ImageDraw.Draw(drawing)
    for line in lines:
        if isinstance(line[0], int):
            pen.ellipse(line, outline=0, width=14)
        else:
            pen.line(line, fill=0, width=14)
    return drawing


@pytest.mark.parametrize("overlap", [1, 2, 3])
def test_model_chooses_where_touching_digits_are_cut(overlap):
    digits = [MNIST[k][:, np.flatnonzero(MNIST[k].any(axis=0))] for k in (1002, 4003, 1510)]  # 283
    sheet = np.zeros((28, 100), np.uint8)
    left = 10
    for digit in digits:
        place = sheet[:, left : left + digit.shape[1]]
        np.maximum(place, digit, out=place)
        left += digit.shape[1] - overlap
    reading = imaging.read_number(
        Image.fromarray(np.pad(sheet, 12)).resize((1000, 420)), load_reader()
    )
    assert reading.text == "283"
    lefts = [box[1] for box in reading.boxes]
    assert lefts == sorted(lefts)


def test_closed_loop_is_not_cut():
    zero = strokes((90, 60, 230, 170))
    assert imaging.read_number(zero, Narrow(0.6)).text == "0"
    ones = strokes([(95, 60), (95, 170)], [(225, 60), (225, 170)], [(95, 115), (225, 115)])
    reading = imaging.read_number(ones, Narrow(0.6))
    assert reading.text == "11" and not reading.sure.any()  # through one stroke it may be
    two = strokes((40, 60, 150, 170), (142, 60, 252, 170))
    assert len(imaging.read_number(two, load_reader()).text) == 2


def test_wide_digit_that_the_model_is_sure_of_is_not_cut():
    wide = strokes([(95, 60), (95, 170)], [(238, 60), (238, 170)], [(95, 115), (238, 115)])
    assert imaging.read_number(wide, Narrow(0.94)).text == "0"


def test_what_is_no_digit_is_a_question_mark_and_never_sure():
    bars = [[(x, 60), (x, 200)] for x in (40, 320)]
    reading = imaging.read_number(strokes(bars[0], (110, 60, 250, 200), bars[1]), NoDigits(0.99))
    assert reading.text == "1?1" and reading.sure.tolist() == [True, False, True]


def test_names_of_classes():
    assert imaging.class_names(NoDigits(1)) == list("0123456789?")
    assert imaging.class_names(Sums()) == list("abcdefghij")


def test_reading():
    reading = imaging.read_number(row(SEVEN, MNIST[1002], SEVEN), Sums())
    assert len(reading.text) == 3 and reading.text[0] == reading.text[2] in "abcdefghij"
    assert reading.probabilities.shape == (3, 10) and reading.images.shape == (3, 28, 28)
    assert len(reading.boxes) == 3
    assert reading.sure.dtype == bool and not reading.sure.any()  # 90 % is not sure
