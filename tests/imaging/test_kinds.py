"""A few pictures of each kind in kinds.py: how many are read, and none is wrong and sure."""

from contextlib import suppress

import numpy as np
import pytest
from kinds import score, write
from PIL import Image, ImageDraw
from scipy import ndimage

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


def test_a_small_digit_close_to_a_tall_one_is_a_digit_of_its_own():
    *counts, mistakes = score("small_beside_tall", load_reader(), (50055, 50063, 50085))
    assert counts == [3, 0, 0], mistakes


def test_a_row_of_much_smaller_digits_that_is_left_out_makes_it_unsure():
    *counts, mistakes = score("one_tall", load_reader(), (80000, 80015, 90001))
    assert counts[2] == 0, mistakes


@pytest.mark.parametrize(
    ("kind", "seed"), [("graph_paper", 130008), ("two_pens", 130040)], ids=["cells overlap", "wide"]
)
def test_a_digit_is_in_one_row_and_none_is_missing(kind, seed):
    *counts, mistakes = score(kind, load_reader(), [seed])
    assert counts == [1, 0, 0], mistakes


@pytest.mark.parametrize(
    ("kind", "seed"), [("joined_boxes", 170018), ("comb", 170030), ("grid", 130051)]
)
def test_a_form_much_paler_than_its_digits_is_found(kind, seed):
    *counts, mistakes = score(kind, load_reader(), [seed])
    assert counts == [1, 0, 0], mistakes


def test_squared_paper_paler_than_digits_taller_than_its_squares_is_no_form():
    page = np.full((200, 500), 245, np.uint8)
    page[5::30] = page[:, 5::30] = 160
    for x in (110, 200, 290):  # 1s, each three squares tall
        page[50:140, x : x + 10] = 20
    assert imaging.read_number(page, load_reader()).rows == [["1", "1", "1"]]


def test_a_stem_much_paler_than_the_digits_is_no_sure_1():
    *counts, mistakes = score("graph_paper", load_reader(), [200014])
    assert counts[2] == 0, mistakes


def empty(box, grey):
    """A page without digits, 1 % of grain in it, and a flat patch in rows and columns."""
    page = np.random.default_rng(0).normal(230, 2, (300, 400))
    page[box] *= grey
    return page.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "page",
    [empty(np.s_[:, :50], 0.3), empty(np.s_[:, -50:], 0.3), empty(np.s_[90:200, 180:185], 0.9)],
    ids=["a table on the left", "on the right", "a fold"],
)
def test_a_table_or_a_fold_is_no_sure_1(page):
    with suppress(imaging.NothingWritten):
        assert not imaging.read_number(page, load_reader()).sure.any()


def test_a_much_taller_digit_that_is_left_out_makes_it_unsure():
    page = Image.new("L", (500, 300), 245)
    pen = ImageDraw.Draw(page)
    for x in (60, 85, 110, 135):  # four thick 1s, and a thin 7
        pen.line((x, 120, x, 160), 20, 12)
    pen.line([(170, 80), (235, 80), (205, 195)], 20, 4)
    reading = imaging.read_number(page, load_reader())
    assert reading.text == "11117" or not reading.sure.any()


def test_a_pale_digit_in_a_row_of_its_own_is_read_or_makes_it_unsure():
    page = np.full((330, 220), 245, np.uint8)
    for top in (20, 220):  # two rows of 1s
        for x in (50, 100, 150):
            page[top : top + 80, x : x + 9] = 20
    page[120:200, 98:107] = 195
    reading = imaging.read_number(page, load_reader())
    assert reading.text == "111\n1\n111" or not reading.sure.any()


def test_a_short_mark_among_digits_is_no_sure_1():
    page = np.full((200, 420), 245, np.uint8)
    for x in (60, 140, 300):
        page[50:150, x : x + 12] = 20
    page[107:150, 220:230] = 20
    reading = imaging.read_number(page, load_reader())
    assert reading.text == "1111" and reading.sure.tolist() == [True, True, False, True]


def test_the_edge_of_a_leaning_table_is_no_sure_1():
    rng = np.random.default_rng(54)
    left, right = rng.integers(10, 60, 2)
    page = Image.new("L", (420, 210), 230)
    ImageDraw.Draw(page).polygon([(0, 0), (int(left), 0), (int(right), 210), (0, 210)], 60)
    page = ndimage.gaussian_filter(np.asarray(page, float), 0.6)
    page = page * np.linspace(1, 0.7, 210)[:, None] + rng.normal(0, 2, page.shape)
    with suppress(imaging.NothingWritten):
        reading = imaging.read_number(page.clip(0, 255).astype(np.uint8), load_reader())
        assert not reading.sure.any()
