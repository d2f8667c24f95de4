"""The figures of notebook 13: what is drawn is what was given."""

import numpy as np
import pytest

from mnistlab import plots
from mnistlab.imaging import Step


def drawn(axes):
    return [np.asarray(image.get_array()) for image in axes.get_images()]


def test_boxes_stand_where_the_digits_were_found():
    pictures = [np.full((40, 90), 200, np.uint8), np.full((30, 60), 10, np.uint8)]
    found = [[(5, 10, 35, 30), (5, 50, 35, 80)], []]
    picture = plots.boxes(pictures, found, ["12", "none"])
    assert picture.caption == "Every digit found has a box: 2 in all."
    used = [axes for axes in picture.figure.axes if axes.get_images()]
    assert [axes.get_title() for axes in used] == ["12", "none"]
    for axes, image, boxes in zip(used, pictures, found, strict=True):
        assert np.array_equal(drawn(axes)[0], image)
        edges = [(p.get_y(), p.get_x(), p.get_y() + p.get_height(), p.get_x() + p.get_width())
                 for p in axes.patches]  # fmt: skip
        assert (np.array(edges).reshape(-1, 4) + 0.5).tolist() == [list(box) for box in boxes]


def test_side_by_side_puts_every_digit_below_its_own_picture():
    pictures = [np.full((20, 30), i, np.uint8) for i in range(9)]
    digits = [np.full((28, 28), 100 + i, np.uint8) for i in range(9)]
    picture = plots.side_by_side(pictures, digits, list("abcdefghi"))
    grid = np.array(picture.figure.axes).reshape(4, 6)
    for i in range(9):
        above, below = grid[2 * (i // 6) : 2 * (i // 6) + 2, i % 6]
        assert above.get_title() == "abcdefghi"[i]
        assert np.array_equal(drawn(above)[0], pictures[i])
        assert np.array_equal(drawn(below)[0], digits[i])
    assert not grid[2, 3].get_images() and not grid[3, 3].get_images()
    assert picture.caption.endswith("the model sees of it: 9 in all.")


def test_steps_show_paper_as_paper_before_and_after_the_ink_is_measured():
    light = np.full((10, 12), 0.9)
    ink = np.zeros((10, 12))
    mask = np.eye(10, 12, dtype=bool)
    digit = np.full((28, 28), 255, np.uint8)
    steps = [Step("grey", "", light), Step("paper", "", ink), Step("threshold", "", mask),
             Step("lines", "", mask), Step("digit", "", digit)]  # fmt: skip
    picture = plots.steps(steps)
    used = [axes for axes in picture.figure.axes if axes.get_images()]
    titles = [step.name for step in steps]
    assert [axes.get_title() for axes in used] == titles
    assert all(
        np.array_equal(drawn(axes)[0], step.image) for axes, step in zip(used, steps, strict=True)
    )
    shades = [float(np.mean(axes.get_images()[0].to_rgba(drawn(axes)[0])[..., :3]))
              for axes in used]  # fmt: skip
    assert shades[0] > 0.75 and shades[1] > 0.9 and shades[2] > 0.8  # paper is light
    assert shades[4] < 0.05  # and full ink is black


def test_rows_are_as_high_as_their_pictures_and_titles_stand_in_one_line():
    wide, tall = np.full((20, 100), 200, np.uint8), np.full((60, 100), 200, np.uint8)
    picture = plots.boxes([wide, wide, tall, wide], [[]] * 4, list("abcd"))
    picture.figure.draw_without_rendering()
    places = [axes.get_position() for axes in picture.figure.axes]
    assert places[2].y1 == pytest.approx(places[3].y1)
    gap = places[0].y0 - places[2].y1  # between the rows there is a title, and nothing else
    assert gap * picture.figure.get_figheight() < 0.5
