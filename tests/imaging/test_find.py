"""All steps together: rows, boxes and drawings, and where nothing is written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image, ImageDraw
from sheets import MNIST, PLAIN, SEVEN, encode, likeness, read_digits, row

from mnistlab import imaging
from mnistlab.imaging import NotAPicture, NothingWritten

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def test_row_is_read_from_left_to_right():
    wanted = MNIST[[3502, 1002, 2502, 4003]]
    digits = read_digits(row(*wanted))
    assert [likeness(d.image, w) > 0.7 for d, w in zip(digits, wanted, strict=True)] == [True] * 4
    lefts = [digit.box[1] for digit in digits]
    assert lefts == sorted(lefts)
    for k, (top, left, bottom, right) in enumerate(digit.box for digit in digits):
        assert 45 <= top < bottom <= 155 and 25 + 140 * k <= left < right <= 135 + 140 * k


def test_boxes_are_in_pixels_of_the_picture_handed_over():
    sheet = Image.fromarray(row(SEVEN, MNIST[1002]))
    small, large = read_digits(sheet), read_digits(sheet.resize((3200, 2000)))
    assert np.allclose(np.array([d.box for d in large]) / 10, [d.box for d in small], atol=2)


def test_main_digit_is_taken_and_the_others_are_mentioned():
    steps = imaging.explain(row(SEVEN, MNIST[1002]))
    assert "makes 2 digits" in steps[-3].sentence and "largest of 2" in steps[-2].sentence
    assert (steps[-1].image == imaging.to_mnist(row(SEVEN, MNIST[1002]))).all()


def test_every_step_has_a_picture_and_a_sentence():
    steps = imaging.explain(255 - PLAIN)
    names = ["grey", "polarity", "paper", "threshold", "pieces", "stroke", "digit"]
    assert [step.name for step in steps] == names
    assert all(step.sentence.endswith(".") and step.image.ndim == 2 for step in steps)
    assert "divided by the board's level" in steps[2].sentence
    assert "divided by the paper's level" in imaging.explain(PLAIN)[1].sentence


def test_no_step_brings_ink_back_that_an_earlier_one_took_out():
    sheet = np.full((400, 400), 230, np.uint8)
    sheet[60:340, 180:220] = 30  # a 1
    sheet[300:302] = 90  # a ruled line, from border to border
    sheet[5:9, 5:9] = 30  # a speck
    steps = {step.name: step for step in imaging.explain(sheet)}
    inked = [steps[name].image > 0 for name in ("threshold", "lines", "pieces")]
    assert (inked[0] >= inked[1]).all() and (inked[1] >= inked[2]).all()
    assert inked[0][301, 20] and not inked[1][301, 20]
    assert inked[1][7, 7] and not inked[2][7, 7] and inked[2][100, 200]


def test_drawing():
    ink = np.zeros((280, 280))
    assert imaging.drawing_digits(ink) == []
    ink[70:210, 60:200] = np.asarray(Image.fromarray(SEVEN).resize((140, 140))) / 255
    (digit,) = imaging.drawing_digits(ink)
    assert likeness(digit.image, SEVEN) > 0.9


def test_picture_of_four_columns():
    tall = np.full((400, 4), 240, np.uint8)
    with pytest.raises(NothingWritten):
        imaging.to_mnist(tall)
    tall[20:-20, 1:3] = 20
    assert imaging.to_mnist(tall).max() > 200


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
    for function in (imaging.to_mnist, imaging.explain, read_digits):
        with pytest.raises(NothingWritten, match="nothing written"):
            function(picture)


def test_fibres_on_the_paper_are_no_marks():
    rng = np.random.default_rng(3)
    page = np.full((600, 800), 235, np.uint8)
    page[180:420, 280:520] -= np.asarray(Image.fromarray(SEVEN).resize((240, 240))) // 4 * 3
    for y, x in rng.integers(5, (170, 770), (70, 2)):
        page[y : y + 2, x : x + 20] = 60
    assert likeness(imaging.to_mnist(page), SEVEN) > 0.8


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
        digits = read_digits(picture)
    except (NotAPicture, NothingWritten) as error:
        assert str(error)
    else:
        assert all(digit.image.shape == (28, 28) and digit.image.any() for digit in digits)


@pytest.mark.parametrize("level", [0, 3, 12, 60, 128, 200, 255])
@pytest.mark.parametrize("size", [(28, 28), (28, 60), (360, 640), (640, 360), (100, 1000)])
def test_nothing_is_written_on_one_colour(level, size):
    flat = np.full(size, level, np.uint8)
    for picture in (flat, np.dstack([flat] * 3), encode(flat, "JPEG", quality=60)):
        with pytest.raises(NothingWritten):
            read_digits(picture)


@pytest.mark.parametrize(
    ("level", "grain"), [(0, 0.5), (0, 1), (2, 1), (2, 3), (8, 0.5), (8, 1), (8, 3)]
)
def test_nothing_is_written_on_a_black_photo(level, grain):
    noise = np.random.default_rng(level).normal(level, grain, (360, 640))
    with pytest.raises(NothingWritten):
        read_digits(np.rint(noise.clip(0, 255)).astype(np.uint8))
