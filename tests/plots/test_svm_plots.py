"""Pictures of notebooks 10 and 11, tested by the data in them."""

import numpy as np
import pytest
from sklearn.svm import SVC

from mnistlab import plots

POINTS = np.array([[-2.0, 0], [-1, 0], [1, 0], [2, 0]])
LABELS = np.array([1, 1, 7, 7])
NAMES = ["across", "up"]


def test_margins_fills_the_support_vectors_and_counts_them():
    machine = SVC(kernel="linear", C=10).fit(POINTS, LABELS)
    picture = plots.margins({"one": machine, "two": machine}, POINTS, LABELS, NAMES)
    axes = picture.figure.axes[0]
    filled = [
        tuple(point)
        for marks in axes.collections
        if hasattr(marks, "get_sizes") and len(marks.get_sizes()) and len(marks.get_facecolor())
        for point in marks.get_offsets()
    ]
    assert sorted(filled) == [(-1, 0), (1, 0)]
    assert "2 (one), 2 (two)" in picture.caption
    assert axes.get_title() == "one: 2 support vectors"
    assert picture.figure.get_supxlabel() == "across"


def test_kernel_vote_adds_up_to_the_machine_s_score():
    machine = SVC(gamma=0.5, C=10).fit(POINTS, LABELS)
    new = np.array([0.4, 0.3])
    picture = plots.kernel_vote(machine, new, NAMES)
    score = machine.decision_function([new])[0]
    assert picture.caption.endswith(f"the score is {score:.2f}.")
    ones, sevens, star = picture.figure.axes[0].collections[-3:]
    assert (ones.get_offsets()[:, 0] < 0).all() and (sevens.get_offsets()[:, 0] > 0).all()
    assert tuple(star.get_offsets()[0]) == (0.4, 0.3)
    # a mark is the larger, the nearer its support vector is
    assert sevens.get_sizes().max() > ones.get_sizes().max()


def test_growth_draws_the_line_on_through_the_points():
    sizes = np.array([1000, 2000, 4000])
    picture = plots.growth(sizes, 1e-6 * sizes**2, ahead=8000, measured=50.0)
    axes = picture.figure.axes[0]
    line, small, measured = axes.lines
    assert line.get_ydata() == pytest.approx([1, 64])
    assert small.get_ydata() == pytest.approx([1, 4, 16])
    assert (measured.get_xdata(), measured.get_ydata()) == (8000, 50)
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert {text.get_text() for text in axes.texts} == {"small fits", "measured"}
    assert "like n to the 2.0" in picture.caption
    assert picture.caption.endswith("the line says 64.0 s; measured: 50.0 s.")


def test_leaning_draws_the_line_through_the_centre():
    image = np.eye(28)
    picture = plots.leaning(image, image, slope=0.5, centre=(13, 14))
    left, right = picture.figure.axes
    assert left.lines[0].get_xydata().tolist() == [[8.5, 2], [20, 25]]
    assert right.lines[0].get_xydata().tolist() == [[14, 2], [14, 25]]
    assert "0.50 columns per row" in picture.caption
