"""A few pictures of each kind in kinds.py: how many are read, and none is wrong and sure."""

import numpy as np
import pytest
from kinds import score, write
from PIL import Image, ImageDraw

from mnistlab import imaging, load_reader

SEEDS = range(2, 4)
READ = 1  # of the two of each kind, at least
READ_WELL = ["joined_boxes", "empty_form", "comb", "grid", "rule_through", "two_pens", "rows",
             "wide_gaps", "underlined", "hairline", "dim", "opacity", "scales", "nothing",
             "pen_beside", "weak_chalk", "blue_on_black", "circled", "equal_luminance",
             "rows_on_a_pad", "upstroke"]  # fmt: skip
NEVER_SURE_AND_WRONG = ["graph_paper", "date"]


@pytest.mark.parametrize("kind", [*READ_WELL, *NEVER_SURE_AND_WRONG])
def test_kind(kind):
    right, _, sure_and_wrong, mistakes = score(kind, load_reader(), SEEDS)
    assert sure_and_wrong == 0, mistakes
    assert right >= (READ if kind in READ_WELL else 0), mistakes


def test_an_empty_cell_is_none():
    page = np.full((120, 400), 245, np.uint8)
    for x in range(50, 351, 60):
        page[30:92, x : x + 2] = 90
    page[30:32, 50:352] = page[90:92, 50:352] = 90
    for x in (74, 194, 314):  # three 1s; the second and the fourth cell are empty
        page[42:80, x : x + 6] = 20
    reading = imaging.read_number(page, load_reader())
    assert reading.rows == [["1", None, "1", None, "1"]] and reading.text == "111"


@pytest.mark.parametrize("ground, pen", [((40, 150, 60), (215, 60, 40)), ((230, 40, 40), 3 * [0])])
def test_colours_that_are_as_bright_as_their_ground(ground, pen):
    page = np.full((180, 240, 3), ground, np.uint8)
    page[50:130, 116:124] = pen  # a 1
    assert imaging.read_number(page, load_reader()).text == "1"


@pytest.mark.parametrize("lean", [0, 45])
def test_a_slash_taller_than_its_digits_is_not_sure(lean):
    rng = np.random.default_rng(5)
    page = np.full((200, 520, 3), 250.0)
    write(page, rng, 60, 30, 80, 2, [(20, 20, 20)], label=7, size=(1, 1))
    write(page, rng, 60, 330, 80, 2, [(20, 20, 20)], label=2, size=(1, 1))
    image = Image.fromarray(page.astype(np.uint8))
    top = 45 if lean else 60
    ImageDraw.Draw(image).line((260 + lean, top, 260, 200 - top), (20, 20, 20), 8)
    reading = imaging.read_number(image, load_reader())
    assert reading.text == "77122" and reading.sure[2] == (lean == 0)


def test_a_paler_digit_beside_a_single_one_is_read_or_makes_it_unsure():
    for pale in (130, 170, 205):
        page = np.full((200, 400, 3), 245.0)
        rng = np.random.default_rng(4)
        write(page, rng, 60, 60, 80, 1, [(20, 20, 20)], label=2)
        write(page, rng, 60, 220, 80, 1, [(pale, pale, pale)], label=3)
        reading = imaging.read_number(page.astype(np.uint8), load_reader())
        assert reading.text == "23" or not reading.sure.any()


def test_a_digit_in_crumbs_that_is_left_out_makes_it_unsure():
    page = np.full((200, 400), 245, np.uint8)
    for x in (60, 140, 300):  # three 1s, and a fourth broken into dashes
        page[50:150, x : x + 12] = 20
    for y in range(50, 150, 30):
        page[y : y + 16, 220:232] = 20
    reading = imaging.read_number(page, load_reader())
    assert reading.text == "1111" or not reading.sure.any()
