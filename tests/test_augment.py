"""The distortions against SciPy's slow, general ones, and against their own description."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from mnistlab.augment import Augment, _bilinear_matrices

EVERYTHING = {
    "elastic": 1.2, "smoothness": 3.0, "rotation": 20, "scale": 0.2, "shear": 0.2, "shift": 3,
    "stroke": 0.5, "blur": 0.7,
}  # fmt: skip


@pytest.fixture(scope="module")
def images():
    """200 pictures of 28 x 28, drawn large from scikit-learn's 8 x 8 digits, paper all round."""
    small = load_digits().images[:200] / 16
    large = ndimage.zoom(small, (1, 2.5, 2.5), order=1)
    return np.pad(large, ((0, 0), (4, 4), (4, 4))).reshape(200, 784).astype(np.float32).clip(0, 1)


def rng(seed=0):
    return np.random.default_rng(seed)


def ink_centre(image):
    return np.array(ndimage.center_of_mass(image.reshape(28, 28)))


# -- the formula --------------------------------------------------------------------------------


def test_reading_at_positions_is_scipys_bilinear_interpolation(images):
    settings = {k: v for k, v in EVERYTHING.items() if k not in ("stroke", "blur")}
    positions = Augment(**settings)._source_positions(200, 28, rng())
    rows, columns = positions
    assert rows.min() < 0 and columns.max() > 27  # some lie outside the picture
    for image, row, column, matrix in zip(
        images, rows, columns, _bilinear_matrices(positions), strict=True
    ):
        expected = ndimage.map_coordinates(
            image.reshape(28, 28), [row, column], order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(matrix @ image, expected, atol=2e-5)


def test_no_amount_changes_nothing(images):
    np.testing.assert_allclose(Augment().distort(images, rng()), images, atol=1e-6)
    pixels = (images * 255).astype(np.uint8)
    np.testing.assert_array_equal(Augment(random_state=0).fit_transform(pixels), pixels)


@pytest.mark.parametrize("name", sorted(set(EVERYTHING) - {"smoothness"}))
def test_each_amount_changes_something(images, name):
    changed = Augment(**{name: EVERYTHING[name]}).distort(images, rng())
    assert (np.abs(changed - images).max(axis=1) > 1e-3).mean() > 0.5  # some draws are near 0


def test_shift_is_uniform_up_to_its_amount(images):
    image = np.tile(images[:1], (4000, 1))
    aug = Augment(shift=2)
    moved = np.array([ink_centre(i) - ink_centre(images[0]) for i in aug.distort(image, rng())])
    assert np.abs(moved).max() < 2.01
    assert moved.min() < -1.5 and moved.max() > 1.5


def test_rotation_turns_about_the_centre_by_no_more_than_asked():
    bar = np.zeros((28, 28), np.float32)
    bar[4:24, 13:15] = 1
    turned = Augment(rotation=30).distort(np.tile(bar.ravel(), (64, 1)), rng())
    angles = []
    for image in turned.reshape(-1, 28, 28):
        np.testing.assert_allclose(ink_centre(image), [13.5, 13.5], atol=0.1)
        y, x = np.mgrid[:28, :28] - 13.5
        angle = 0.5 * np.arctan2(2 * (image * x * y).sum(), (image * (y**2 - x**2)).sum())
        angles.append(np.rad2deg(angle))
    assert np.abs(angles).max() < 31
    assert np.abs(angles).max() > 25


def test_scale_and_shear_change_the_axes_they_name():
    def positions(**amount):
        rows, columns = Augment(**amount)._source_positions(500, 28, rng())
        return rows.reshape(-1, 28, 28), columns.reshape(-1, 28, 28)

    rows, columns = positions(scale=0.2)
    heights = 27 / (rows[:, 27, 0] - rows[:, 0, 0])  # what 27 pixels have become
    widths = 27 / (columns[:, 0, 27] - columns[:, 0, 0])
    for size in (heights, widths):
        assert 0.8 <= size.min() < 0.82
        assert 1.18 < size.max() <= 1.2001
    assert abs(np.corrcoef(heights, widths)[0, 1]) < 0.2
    rows, columns = positions(shear=0.3)
    slants = (columns[:, 27, 0] - columns[:, 0, 0]) / 27
    np.testing.assert_allclose(rows[0], np.mgrid[:28, :28][0], atol=1e-4)
    assert -0.3001 <= slants.min() < -0.28
    assert 0.28 < slants.max() <= 0.3001


@pytest.mark.parametrize("smoothness", [2.0, 4.0, 8.0])
def test_elastic_field_has_the_size_and_the_smoothness_asked_for(smoothness):
    aug = Augment(elastic=1.5, smoothness=smoothness)
    rows, columns = aug._source_positions(3000, 28, rng())
    y, x = np.mgrid[:28, :28].reshape(2, 784)
    for field in (rows - y, columns - x):
        assert np.sqrt((field**2).mean(axis=0)) == pytest.approx(1.5, rel=0.1)  # at every pixel
        field = field.reshape(-1, 28, 28)
        neighbours = np.corrcoef(field[:, 13, 13], field[:, 13, 16])[0, 1]
        # White noise smoothed by a Gaussian: correlation exp(-d**2 / (4 sigma**2)) at distance d.
        assert neighbours == pytest.approx(np.exp(-9 / (4 * smoothness**2)), abs=0.05)


def test_elastic_amount_matches_simards_alpha():
    """The docstring's arithmetic: alpha = 34, sigma = 4, noise uniform in -1 to 1."""
    noise = rng().uniform(-1, 1, (200, 200))
    field = 34 * ndimage.gaussian_filter(noise, 4, mode="wrap")
    assert np.sqrt((field**2).mean()) == pytest.approx(1.4, abs=0.15)


@pytest.mark.parametrize(("seed", "extreme"), [(0, None), (1, None), (2, None), (3, None)])
def test_stroke_is_a_part_of_a_grey_dilation_or_erosion(images, seed, extreme):
    image = images[seed].reshape(28, 28)
    cross = ndimage.generate_binary_structure(2, 1)
    many = Augment(stroke=1).distort(np.tile(images[seed], (64, 1)), rng(seed))
    for changed in many.reshape(-1, 28, 28):
        thicker = changed.sum() > image.sum()
        whole = (ndimage.grey_dilation if thicker else ndimage.grey_erosion)(image, footprint=cross)
        part = (changed - image).sum() / (whole - image).sum()
        assert 0 <= part <= 1
        np.testing.assert_allclose(changed, image + part * (whole - image), atol=1e-4)


def test_blur_keeps_the_ink_and_softens_it(images):
    blurred = Augment(blur=1).distort(images, rng())
    np.testing.assert_allclose(blurred.sum(axis=1), images.sum(axis=1), rtol=0.01)
    assert (blurred.max(axis=1) <= images.max(axis=1) + 1e-5).all()
    assert (blurred.var(axis=1) < 0.99 * images.var(axis=1)).mean() > 0.6


def test_mild_distortions_keep_the_digit_readable(images):
    y = load_digits().target[:200]
    pixels = (images * 255).astype(np.uint8)
    changed = Augment.mild(random_state=0).fit_transform(pixels)
    reader = KNeighborsClassifier(1).fit(images, y)
    assert not np.array_equal(changed, pixels)
    assert reader.score(changed / 255, y) > 0.7
    assert changed.mean() == pytest.approx(pixels.mean(), rel=0.1)


# -- what is shared and what is not --------------------------------------------------------------


def test_a_few_copies_of_one_picture_are_all_distorted_differently(images):
    copies = Augment.mild(random_state=0).fit_transform(np.tile(images[:1], (64, 1)))
    assert len(np.unique(copies.round(4), axis=0)) == 64


def test_neighbours_in_a_block_never_share_a_field(images):
    copies = np.tile(images[:1], (8192, 1))
    changed = Augment(**EVERYTHING).distort(copies, rng())[:256]  # dealt out as the rest
    for lag in range(1, 64):
        same = np.isclose(changed[lag:], changed[:-lag], atol=1e-5).all(axis=1)
        assert not same.any()


def test_the_same_seed_gives_the_same_and_every_block_something_new(images):
    aug = Augment(random_state=5, **EVERYTHING).fit(images)
    np.testing.assert_array_equal(aug.transform(images), aug.transform(images))
    other = Augment(random_state=6, **EVERYTHING).fit(images)
    assert not np.array_equal(aug.transform(images), other.transform(images))
    generator = rng()
    assert not np.array_equal(aug.distort(images, generator), aug.distort(images, generator))


@pytest.mark.parametrize("n_images", [1, 2, 63, 64, 65, 200])
def test_any_number_of_pictures(images, n_images):
    block = images[:n_images].copy()
    changed = Augment(**EVERYTHING).distort(block, rng())
    assert changed.shape == block.shape
    assert np.isfinite(changed).all()
    np.testing.assert_array_equal(block, images[:n_images])  # the input is left alone


# -- types and scikit-learn ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_the_dtype_is_kept(images, dtype):
    X = (images * (255 if dtype == np.uint8 else 1)).astype(dtype)
    X.flags.writeable = False
    changed = Augment(random_state=0, **EVERYTHING).fit_transform(X)
    assert changed.dtype == dtype
    assert changed.shape == X.shape
    assert changed.max() > (100 if dtype == np.uint8 else 0.4)


def test_uint8_and_floats_agree(images):
    pixels = (images * 255).astype(np.uint8)
    a = Augment(**EVERYTHING).distort(pixels, rng())
    b = Augment(**EVERYTHING).distort((pixels / 255).astype(np.float32), rng())
    np.testing.assert_allclose(a, b, atol=1e-5)
    assert a.dtype == np.float32


def test_other_square_sizes():
    assert Augment(**EVERYTHING).distort(np.ones((5, 64), np.float32), rng()).shape == (5, 64)


def test_clone_and_pipeline(images):
    aug = Augment(**EVERYTHING, random_state=0)
    assert clone(aug).get_params() == aug.get_params()
    y = load_digits().target[:200]
    model = make_pipeline(Augment.mild(random_state=0), LogisticRegression(max_iter=200))
    assert model.fit(images, y).score(images, y) > 0.9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"elastic": -1}, "elastic must be 0 or more"),
        ({"rotation": float("nan")}, "rotation"),
        ({"smoothness": 0}, "smoothness"),
        ({"stroke": 1.5}, "stroke"),
        ({"scale": 1}, "scale"),
    ],
)
def test_bad_amounts(images, settings, message):
    with pytest.raises(ValueError, match=message):
        Augment(**settings).fit(images)


def test_bad_pictures(images):
    with pytest.raises(ValueError, match="783 features, which is no square"):
        Augment().fit(images[:, 1:])
    with pytest.raises(ValueError, match="NaN"):
        Augment().fit(np.full((2, 784), np.nan))
    with pytest.raises(ValueError, match="0 sample"):
        Augment().fit(images[:0])
    with pytest.raises(ValueError, match="features"):
        Augment().fit(images).transform(images[:, :64])
