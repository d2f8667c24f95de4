"""Deskewing: slanted bars come out upright, and nothing else happens to the pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sheets import MNIST
from sklearn.utils.estimator_checks import parametrize_with_checks

from mnistlab.deskew import STEEPEST, Deskew, slant


@parametrize_with_checks([Deskew()])
def test_is_a_scikit_learn_transformer(estimator, check):
    check(estimator)


def bar(slope, size=28):
    """Draw a vertical bar of 16 rows that leans `slope` pixels per row, anti-aliased."""
    image = np.zeros((size, size), np.float32)
    for y in range(6, 22):
        x = 13.5 + slope * (y - 13.5)
        whole = int(np.floor(x))
        image[y, whole], image[y, whole + 1] = 255 * (1 - (x - whole)), 255 * (x - whole)
    return image


@pytest.mark.parametrize("slope", [-0.7, -0.25, 0, 0.1, 0.5])
def test_a_leaning_bar_comes_out_upright(slope):
    image = bar(slope)
    assert slant(image[None])[0] == pytest.approx([slope], abs=0.01)
    upright = Deskew().fit_transform(image.reshape(1, -1)).reshape(28, 28)
    assert slant(upright[None])[0] == pytest.approx([0], abs=0.01)
    assert upright.sum() == pytest.approx(image.sum(), rel=1e-5)
    # all ink is in the columns around the middle; interpolating twice spreads it over one more
    assert upright[:, 12:16].sum() == pytest.approx(image.sum(), rel=1e-5)


@pytest.mark.parametrize("image", [np.zeros((28, 28)), np.eye(1, 784, 300).reshape(28, 28)])
def test_blank_and_flat_images_come_back_unchanged(image):
    assert (Deskew().fit_transform(image.reshape(1, -1)) == image.reshape(1, -1)).all()


def test_a_single_flat_row_of_ink_has_no_slant():
    image = np.zeros((28, 28))
    image[14, 3:25] = 1
    assert slant(image[None])[0] == 0


def test_uint8_and_float_agree_and_the_input_is_left_alone():
    pixels = MNIST[::50].reshape(-1, 784).copy()
    pixels.flags.writeable = False
    from_bytes = Deskew().fit_transform(pixels)
    assert from_bytes.dtype == np.float32
    from_floats = Deskew().fit_transform(pixels.astype(np.float64))
    assert from_floats.dtype == np.float64
    assert Deskew().fit_transform(pixels.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(from_bytes, from_floats, atol=1e-3)
    assert from_bytes.min() >= 0 and from_bytes.max() <= 255


def test_real_digits_stand_upright_afterwards():
    X = MNIST.reshape(-1, 784)
    before = slant(X.reshape(-1, 28, 28))[0]
    after = slant(Deskew().fit_transform(X).reshape(-1, 28, 28))[0]
    assert np.abs(before).mean() > 0.2
    assert np.abs(after).mean() < 0.01


@given(arrays(np.uint8, (3, 49)))
def test_any_image_keeps_its_range_and_centre_row(X):
    upright = Deskew().fit_transform(X)
    assert np.isfinite(upright).all()
    assert upright.min() >= 0 and upright.max() <= X.max() + 1e-3
    slopes, centre_y = slant(X.reshape(-1, 7, 7))
    assert (np.abs(slopes) <= STEEPEST).all()
    assert ((centre_y >= 0) & (centre_y <= 6)).all()


@given(st.integers(1, 40))
def test_what_is_no_square_is_one_row_and_unchanged(n_pixels):
    if int(n_pixels**0.5) ** 2 != n_pixels:
        X = np.random.default_rng(n_pixels).random((2, n_pixels))
        assert (Deskew().fit_transform(X) == X).all()


def test_the_wrong_number_of_pixels_is_named():
    with pytest.raises(ValueError, match="X has 100 features, but Deskew is expecting 784"):
        Deskew().fit(np.zeros((1, 784))).transform(np.zeros((1, 100)))
