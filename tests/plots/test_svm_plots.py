"""Pictures of notebook 10, tested by the data in them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC

from mnistlab import plots


@pytest.fixture
def table():
    sizes = np.array([1000, 2000, 4000])
    columns = {
        "fit_seconds": 1e-6 * sizes**2.0,
        "predict_seconds": 1e-3 * sizes,
        "support_vectors": sizes**0.5,
        "error_percent": 100 / sizes**0.5,
    }
    return pd.DataFrame(columns, index=sizes)


EXPONENTS = {
    "fit_seconds": 2.0,
    "predict_seconds": 1.0,
    "support_vectors": 0.5,
    "error_percent": -0.5,
}


def test_margins_fills_the_support_vectors_and_counts_them():
    points = np.array([[-2.0, 0], [-1, 0], [1, 0], [2, 0]])
    labels = np.array([1, 1, 7, 7])
    machine = SVC(kernel="linear", C=10).fit(points, labels)
    picture = plots.margins({"one": machine, "two": machine}, points, labels)
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


def test_growth_draws_the_line_on_through_the_points(table):
    picture = plots.growth(table, EXPONENTS, total=60_000)
    for axes, column in zip(picture.figure.axes, table, strict=True):
        measured, line = axes.lines
        assert measured.get_ydata() == pytest.approx(table[column])
        first, last = line.get_ydata()
        assert first == pytest.approx(table[column].iloc[0])
        assert last / first == pytest.approx(60 ** EXPONENTS[column])
        assert axes.get_xscale() == axes.get_yscale() == "log"
    assert "like n to the 2.0" in picture.caption and "recorded" not in picture.caption


def test_growth_marks_what_was_recorded(table):
    recorded = dict.fromkeys(table, 210.6)
    picture = plots.growth(table, EXPONENTS, total=60_000, recorded=recorded)
    mark = picture.figure.axes[0].lines[-1]
    assert (mark.get_xdata(), mark.get_ydata()) == (60_000, 210.6)
    assert mark.get_fillstyle() == "none"
    assert picture.caption.endswith("recorded on another day, 211 s to fit.")


def test_score_map_writes_score_and_round_where_they_belong():
    scores = pd.DataFrame([[50.0, 60.0], [70.0, 95.5]], index=[1, 10], columns=[0.1, 3])
    rounds = pd.DataFrame([[0, 0], [1, 2]], index=scores.index, columns=scores.columns)
    axes = plots.score_map(scores, rounds, "the best").figure.axes[0]
    said = {text.get_position(): text.get_text() for text in axes.texts}
    assert said[(1, 1)] == "95.5\nround 3" and said[(0, 0)] == "50.0\nround 1"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.1", "3"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("gamma", "C")
