"""Sheets, lines, frames, edges and blots: what is no writing is left out."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage
from sheets import MNIST, PLAIN, SEVEN, assert_seven, page, read_digits, row

from mnistlab import imaging

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def test_pencil_beside_the_black_edge_of_a_scan():
    scan = page(paper=250, pen=170)
    scan[:, :12] = 5
    scan[40:52, 60:72] = 5  # and a punched hole
    assert_seven(scan, least=0.75)


def test_one_that_fills_a_tall_picture_is_no_ruled_line():
    tall = np.full((300, 90), 245, np.uint8)
    tall[:, 44:48] = 60
    assert imaging.to_mnist(tall).max() > 200


def test_ruled_paper():
    ruled = PLAIN.copy()
    ruled[20::45] = np.minimum(ruled[20::45], 140)
    assert_seven(ruled, least=0.75)


def test_sheet_on_a_dark_table():
    table = np.full((420, 560), 60, np.uint8)
    table[40:340, 50:450] = PLAIN
    assert_seven(table, least=0.75)


def test_note_on_a_dark_table():
    rng = np.random.default_rng(0)
    grain = np.repeat(rng.normal(60, 8, (700, 1)), 800, axis=1)
    grain[200:500, 250:650] = PLAIN
    table = Image.fromarray(grain.clip(0, 255).astype(np.uint8)).rotate(4, fillcolor=60)
    assert_seven(table, least=0.75)
    (digit,) = read_digits(table)
    top, left, bottom, right = digit.box  # in pixels of the whole picture
    assert 230 < top < bottom < 460 and 350 < left < right < 590


@pytest.mark.parametrize("pen, paper", [(255, 0), (0, 255)])
def test_canvas_in_a_window(pen, paper):
    window = np.full((500, 420), 200, np.uint8)
    window[60:400, 40:380] = page(size=(340, 340), corner=(70, 70), paper=paper, pen=pen)
    window[440:470, 60:180] = 150  # a button
    assert_seven(window)


def test_digit_in_the_corner_is_no_edge_of_a_sheet():
    corner = Image.new("L", (500, 500), 255)
    pen = ImageDraw.Draw(corner)
    pen.line([(60, 330), (10, 440)], fill=0, width=5)
    pen.ellipse((8, 430, 68, 490), outline=0, width=5)
    (digit,) = read_digits(corner)
    assert digit.box[0] < 335 and digit.box[2] > 485


def test_shadow_between_digits_is_no_edge_of_a_sheet():
    sheet = row(*MNIST[[3502, 1002, 2502, 4003]]).astype(float)
    sheet[:, 455:] *= 0.7
    assert len(read_digits(np.rint(sheet).astype(np.uint8))) == 4


def test_faint_grid_under_a_dark_pen():
    sheet = PLAIN.astype(float)
    sheet[::12] *= 0.75
    sheet[:, ::12] *= 0.75
    light = np.linspace(1, 0.5, 400)
    assert_seven(np.rint(np.minimum(sheet, PLAIN) * light).astype(np.uint8), least=0.75)


def test_frame_around_the_digit():
    framed = Image.fromarray(PLAIN)
    ImageDraw.Draw(framed).rectangle((100, 30, 340, 270), outline=40, width=4)
    assert_seven(framed, least=0.75)


def test_digit_whose_loops_ran_full_is_no_blot_in_a_row():
    full = np.uint8(255) * ndimage.binary_fill_holes(ndimage.binary_dilation(MNIST[0] > 60))
    assert len(read_digits(row(SEVEN, full, MNIST[1002]))) == 3
    assert_seven(row(SEVEN, full))  # beside one digit only it is a hole in the sheet


def test_a_short_dash_at_the_border_beside_flat_specks_is_no_error():
    mask = np.zeros((246, 320), dtype=bool)
    mask[236, :10] = mask[100, 100:119] = True
    left, cells = imaging.remove_lines(mask, mask.astype(np.float32))
    assert left.shape == mask.shape and cells == []


def test_the_feet_of_two_digits_are_no_line():
    mask = np.zeros((300, 600), bool)
    for left in (200, 305):
        mask[100:190, left : left + 5] = mask[186:190, left : left + 80] = True
    assert np.array_equal(imaging.remove_lines(mask, mask.astype(float))[0], mask)
