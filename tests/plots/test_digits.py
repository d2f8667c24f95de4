"""Pictures of digits: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnistlab import plots


def drawn(picture):
    axes = picture.figure.axes[0]
    return axes, [image.get_array() for image in axes.get_images()]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_gallery_draws_every_image_on_one_grey_scale():
    images = np.arange(5 * 28 * 28).reshape(5, 28, 28)
    axes, arrays = drawn(plots.gallery(images, columns=3))
    assert all(np.array_equal(a, b) for a, b in zip(arrays, images, strict=True))
    assert {image.get_clim() for image in axes.get_images()} == {(0, images.max())}
    # Three in the first row, two in the second, none on top of another.
    places = [tuple(image.get_extent()) for image in axes.get_images()]
    assert len(set(places)) == 5 and len({place[0] for place in places}) == 3


def test_gallery_marks_the_wrong_ones_with_a_cross_and_a_frame():
    picture = plots.gallery(np.ones((3, 8, 8)), titles=[4, 7, "9"], wrong=[False, True, False])
    axes, _ = drawn(picture)
    assert texts(axes) == ["4", "✗ 7", "9"]
    assert [patch.get_linewidth() > 1 for patch in axes.patches] == [False, True, False]


def test_gallery_of_blank_images_has_a_scale_and_a_caption():
    picture = plots.gallery(np.zeros((2, 28, 28)))
    assert picture.png().startswith(b"\x89PNG")
    assert picture.caption == "2 images of 28 × 28 pixels."


def test_digit_matrix_writes_every_value():
    image = np.zeros((28, 28), np.uint8)
    image[3, 4], image[20, 5] = 255, 17
    picture = plots.digit_matrix(image)
    axes, (array,) = drawn(picture)
    assert np.array_equal(array, image)
    assert texts(axes) == [str(value) for value in image.ravel()]
    assert picture.caption.startswith("2 of the 784 pixels") and "618" not in picture.caption


@pytest.mark.parametrize(
    ("y_train", "caption"),
    [
        (np.repeat(np.arange(10), [5] * 9 + [6]), "The commonest training digit is 9 (6, 11.8 %)"),
        (np.arange(10), "Each digit occurs equally often"),
    ],
)
def test_label_counts_draws_shares_and_names_the_extremes(y_train, caption):
    picture = plots.label_counts(y_train, np.arange(10))
    axes, _ = drawn(picture)
    training, test = axes.containers
    counts = np.bincount(y_train, minlength=10)
    np.testing.assert_allclose([b.get_height() for b in training], 100 * counts / len(y_train))
    assert [bar.get_height() for bar in test] == [10] * 10
    assert picture.caption.startswith(caption)
    assert not plt.get_fignums()


def test_votes_share_one_scale_and_keep_their_sign():
    values = np.zeros((28, 28))
    values[3, 4], values[5, 6], values[7, 8] = 2.0, -5.0, -1.0
    picture = plots.votes(values, of="weight")
    yes, against, scale = picture.figure.axes
    assert np.argwhere(yes.images[0].get_array() > 0).tolist() == [[3, 4]]
    assert np.argwhere(against.images[0].get_array() > 0).tolist() == [[5, 6], [7, 8]]
    assert yes.images[0].get_clim() == against.images[0].get_clim() == (0, 5)
    assert scale.get_ylabel() == "size of the weight"
    assert picture.caption == "1 pixels speak for “yes”, 2 against, 781 are silent."


def test_predictions_mark_the_truth_the_answers_and_the_mistakes():
    images = np.full((100, 28, 28), 9, np.uint8)
    truth, answers = np.zeros(100, bool), np.zeros(100, bool)
    truth[[0, 7]] = answers[[0, 11]] = True
    picture = plots.predictions(images, truth, answers)
    left, right = picture.figure.axes
    middle = {0: [17, 17], 7: [255, 17], 11: [51, 51]}  # 34 pixels from digit to digit
    rings, (squares, crosses) = left.collections, right.collections
    assert rings[0].get_offsets().tolist() == [middle[0], middle[7]]
    assert squares.get_offsets().tolist() == [middle[0], middle[11]]
    assert crosses.get_offsets().tolist() == [middle[7], middle[11]]
    assert picture.caption.startswith("100 digits: 1 of 2 5s found, 1 missed, 1 false alarms")
    picture.figure.canvas.draw()
    for axes in (left, right):  # the title lies on the figure, not above its edge
        assert axes.title.get_window_extent().y1 <= picture.figure.bbox.y1
