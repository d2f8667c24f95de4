"""Light, shadow and thick pens: the paper's level is found, and so is the ink."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage
from sheets import MNIST, PLAIN, SEVEN, assert_seven, likeness, page

from mnistlab import imaging
from mnistlab.imaging.background import chalk_vote, flat_paper, threshold

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


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


def test_a_dark_table_around_the_paper_does_not_outvote_thin_strokes():
    votes = []
    for seed, digit in enumerate(MNIST[:20]):
        rng = np.random.default_rng(seed)
        large = np.asarray(Image.fromarray(digit).resize((90, 90))) > 140
        sheet = np.full((170, 230), rng.uniform(190, 245))
        sheet[40:130, 70:160][ndimage.binary_erosion(large, iterations=2)] = rng.uniform(20, 120)
        table = np.full((250, 310), rng.uniform(10, 160)) + rng.normal(0, 8, (250, 310))
        table[40:-40, 40:-40] = sheet
        photo = ndimage.gaussian_filter(table + rng.normal(0, 2, table.shape), 0.7)
        votes.append(chalk_vote((photo.clip(0, 255) / 255).astype(np.float32)))
    assert sum(vote < 0 for vote in votes) >= 19, votes


def test_ink_of_almost_one_grey_is_marked():
    ink = np.zeros((100, 100), np.float32)
    ink[40:60, 40:50] = 0.5
    ink[40:60, 45] = np.nextafter(np.float32(0.5), np.float32(1))
    assert (threshold(ink) == (ink > 0)).all()
