"""Pictures of notebook 10, tested by the data in them."""

import numpy as np
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
