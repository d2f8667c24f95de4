"""Intervals, ticks and names, by what stands on the axes in the end."""

import matplotlib.pyplot as plt
import pytest

from mnistlab.plots.axes import label_directly, label_lines, plain_ticks, whiskers, wilson


@pytest.fixture
def axes():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def test_an_interval_is_given_as_distances():
    assert whiskers(3.0, 2.5, 4.0).tolist() == [[0.5], [1.0]]
    assert wilson(23, 10_000) == pytest.approx((0.001533, 0.003450), abs=2e-6)


def test_ticks_say_plain_numbers_and_leave_the_limits(axes):
    axes.set(yscale="log", ylim=(0.3, 4))
    plain_ticks(axes.yaxis, [0.1, 0.5, 2, 10])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0.1", "0.5", "2", "10"]
    assert axes.get_ylim() == (0.3, 4)
    assert not len(axes.get_yticks(minor=True))


def test_names_cover_neither_points_nor_each_other_nor_the_edge(axes):
    points = {"first": (0, 0), "second": (0.02, 0.02), "third": (1, 1), "fourth": (0.98, 0)}
    axes.plot(*zip(*points.values(), strict=True), "o")
    label_directly(axes, {name: [point] for name, point in points.items()})
    boxes = [text.get_window_extent() for text in axes.texts]
    marks = axes.transData.transform(list(points.values()))
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
        assert not any(box.contains(*mark) for mark in marks)
        assert axes.get_window_extent().contains(*box.p0)
        assert axes.get_window_extent().contains(*box.p1)


def test_a_line_is_named_in_its_colour_where_it_is_apart(axes):
    axes.plot([0, 1, 2], [0, 0, 0], label="flat")
    axes.plot([0, 1, 2], [0, 0, 5], label="rising")
    label_lines(axes)
    flat, rising = axes.texts
    assert [text.get_color() for text in axes.texts] == [line.get_color() for line in axes.lines]
    x, y = axes.transData.inverted().transform(
        axes.transAxes.transform([text.get_position() for text in (flat, rising)])
    )[1]
    assert x > 1 and y > 2
