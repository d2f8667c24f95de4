"""Pieces become digits, rows are found, and digits that touch are cut apart."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sheets import MNIST, SEVEN, likeness, read_digits, row

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def test_pieces_of_one_digit_belong_together():
    five = Image.new("L", (400, 400), 255)
    pen = ImageDraw.Draw(five)
    pen.line([(150, 110), (150, 200), (240, 220), (230, 300), (140, 310)], fill=0, width=16)
    pen.line([(172, 90), (270, 84)], fill=0, width=16)
    assert len(read_digits(five)) == 1


def test_drawing_that_reaches_the_border_of_a_strip():
    rows = np.flatnonzero(SEVEN.any(axis=1))
    columns = np.flatnonzero(SEVEN.any(axis=0))
    tight = SEVEN[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    strip = np.hstack([np.pad(tight, ((0, 0), (3, 3)))] * 4)
    for picture in (strip, 255 - strip):
        assert len(read_digits(picture)) == 4


def test_touching_digits_are_cut_apart():
    two = MNIST[1002][:, np.flatnonzero(MNIST[1002].any(axis=0))]
    sheet = np.zeros((60, 90), np.uint8)
    sheet[16:44, 20 : 20 + 2 * two.shape[1]] = np.hstack([two, two])
    digits = read_digits(Image.fromarray(sheet).resize((900, 600)))
    assert [likeness(digit.image, MNIST[1002]) > 0.6 for digit in digits] == [True, True]


def test_digit_written_with_less_pressure_is_found_in_a_row():
    sheet = row(SEVEN, MNIST[1002], MNIST[2502], MNIST[4003]).astype(float)
    sheet[:, 165:300] = 235 - 0.48 * (235 - sheet[:, 165:300])
    assert len(read_digits(np.rint(sheet).astype(np.uint8))) == 4
    sheet[:, 165:300] = 235 - 0.2 * (235 - sheet[:, 165:300])  # ink that shines through
    assert len(read_digits(np.rint(sheet).astype(np.uint8))) == 3
