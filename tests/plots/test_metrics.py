"""The pictures of metrics, by their data: numbers on them are those of scikit-learn."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from mnistlab import plots
from mnistlab.plots.picture import PAPER


@pytest.fixture
def scored():
    rng = np.random.default_rng(7)
    y_true = rng.random(3000) < 0.1
    return rng.normal(np.where(y_true, 1.0, -2.0), 1.2).round(2), y_true


def texts(axes):
    return [text.get_text() for text in axes.texts]


def curve(axes, label):
    line = next(line for line in axes.lines if line.get_label() == label)
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_two_classes_name_their_cells_and_axes():
    picture = plots.confusion([[50, 3], [7, 40]], ["not 5", "5"])
    (axes,) = picture.figure.axes
    assert texts(axes) == ["TN\n50", "FP\n3", "FN\n7", "TP\n40"]
    # (column, row): what stands right is called 5, what stands below is a 5
    places = [text.get_position() for text in axes.texts]
    assert places == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert "truth" in axes.get_ylabel() and "prediction" in axes.get_xlabel()
    assert picture.caption == "90 of 100 answers are right; 3 false positives, 7 false negatives."


def test_a_cell_s_text_stands_out_from_its_shade():
    dark, light, _, _ = plots.confusion([[100, 1], [0, 0]], "ab").figure.axes[0].texts
    assert (dark.get_color(), light.get_color()) == (PAPER, plots.INK)


@pytest.mark.parametrize(
    ("normalize", "cells", "caption"),
    [
        (None, ["8", "2", "0", "1", "9", "10", "3", "0", "7"], "24 of 40 digits lie"),
        ("true", ["80.0", "20.0", "0.0", "5.0", "45.0", "50.0", "30.0", "0.0", "70.0"],
         "50.0 % of the bs are called c"),
        ("pred", ["66.7", "18.2", "0.0", "8.3", "81.8", "58.8", "25.0", "0.0", "41.2"],
         "of what is called c, 58.8 % is really b"),
    ],
)  # fmt: skip
def test_ten_classes_in_counts_and_shares(normalize, cells, caption):
    matrix = [[8, 2, 0], [1, 9, 10], [3, 0, 7]]
    picture = plots.confusion(matrix, "abc", normalize=normalize)
    (axes,) = picture.figure.axes
    assert texts(axes) == cells
    assert caption in picture.caption
    assert [label.get_text() for label in axes.get_yticklabels()] == list("abc")


def test_rows_and_columns_stand_side_by_side():
    picture = plots.confusion([[8, 2, 0], [1, 9, 10], [3, 0, 7]], "abc", normalize="both")
    rows, columns = picture.figure.axes
    assert texts(rows)[5] == "50.0" and texts(columns)[5] == "58.8"
    assert "50.0 % of the bs are called c" in picture.caption
    assert "of what is called c, 58.8 % is really b" in picture.caption


def test_an_empty_row_or_column_is_no_division_by_zero(recwarn):
    for normalize in ("true", "pred"):
        plots.confusion([[3, 0, 0], [0, 0, 0], [1, 0, 2]], range(3), normalize=normalize)
    assert not recwarn.list


@pytest.mark.parametrize("threshold", [-9.5, -1.0, 0, 0.37, 8])
def test_histograms_hold_every_digit_on_its_side_of_the_cut(scored, threshold):
    scores, y_true = scored
    picture = plots.score_histograms(scores, y_true, threshold)
    expected = metrics.confusion_matrix(y_true, scores >= threshold).ravel()
    written = " ".join(t for axes in picture.figure.axes for t in texts(axes))
    assert [int(n.replace(",", "")) for n in re.findall(r"[TF][NP] ([\d,]+)", written)] == list(
        expected
    )
    drawn = [patch.get_data() for axes in picture.figure.axes for patch in axes.patches]
    assert [int(data.values.sum()) for data in drawn] == list(expected)
    for data in drawn:  # no bar reaches across the cut
        inked = data.values > 0
        left, right = data.edges[:-1][inked], data.edges[1:][inked]
        assert (right <= threshold + 1e-9).all() or (left >= threshold - 1e-9).all()
    assert f"{expected[1]:,} false alarms and misses {expected[2]:,} of" in picture.caption


def test_precision_and_recall_at_the_mark(scored):
    scores, y_true = scored
    picture = plots.precision_recall_threshold(scores, y_true, 0.5)
    called = scores >= 0.5
    precision = metrics.precision_score(y_true, called)
    recall = metrics.recall_score(y_true, called)
    assert f"0.5 precision is {precision:.3f} and recall {recall:.3f}" in picture.caption
    (axes,) = picture.figure.axes
    marks = [line.get_ydata()[0] for line in axes.lines if line.get_marker() in ("o", "s")]
    assert marks == pytest.approx([precision, recall])


def test_curves_are_those_of_sklearn(scored):
    scores, y_true = scored
    detectors = {"good": scores, "bad": -scores}
    picture = plots.pr_curve(detectors, y_true)
    recalls, precisions = curve(picture.figure.axes[0], "good")
    expected = metrics.precision_recall_curve(y_true, scores)
    np.testing.assert_allclose(precisions, expected[0])
    np.testing.assert_allclose(recalls, expected[1])
    assert f"good {metrics.average_precision_score(y_true, scores):.3f}" in picture.caption

    picture = plots.roc_curve(detectors, y_true)
    fallouts, recalls = curve(picture.figure.axes[0], "bad")
    assert metrics.auc(fallouts, recalls) == pytest.approx(metrics.roc_auc_score(y_true, -scores))
    assert f"good {metrics.roc_auc_score(y_true, scores):.3f}" in picture.caption


def test_calibration_shows_who_keeps_the_word():
    rng = np.random.default_rng(1)
    said = rng.random(20_000)
    y_true = rng.random(20_000) < said
    picture = plots.calibration({"honest": said, "boastful": np.sqrt(said)}, y_true)
    (axes,) = picture.figure.axes
    said, true = curve(axes, "honest")
    np.testing.assert_allclose(said, true, atol=0.03)
    said, true = curve(axes, "boastful")
    assert (true < said - 0.1)[2:8].all()
    assert "where boastful says" in picture.caption


def test_calibration_leaves_empty_bins_out():
    y_true = np.array([False, False, True, True] * 10)
    picture = plots.calibration({"two levels": np.where(y_true, 0.95, 0.05)}, y_true)
    assert curve(picture.figure.axes[0], "two levels")[0] == pytest.approx([0.05, 0.95])


def test_calibration_s_bars_are_wilson_s_for_the_digits_really_in_the_bin():
    # A tenth lies on the edge of two bins: calibration_curve puts it into the lower one.
    said = np.array([0.1] * 35 + [0.15] * 40 + [0.95] * 65)
    y_true = np.array([True] * 7 + [False] * 28 + [True] * 8 + [False] * 32 + [True] * 65)
    axes = plots.calibration({"a": said}, y_true).figure.axes[0]
    drawn = [segment[:, 1] for segment in axes.collections[0].get_segments()]
    expected = [
        binomtest(k, n).proportion_ci(method="wilson") for k, n in [(7, 35), (8, 40), (65, 65)]
    ]
    np.testing.assert_allclose(drawn, expected)
    assert drawn[2][1] - drawn[2][0] > 0.05  # all 65 right: still no certainty


def test_accuracy_bars_are_as_long_as_the_accuracies_and_say_them():
    table = pd.DataFrame({"reader": [0.994, 0.41]}, index=["as is", "moved"])
    picture = plots.accuracy_bars(table, caption="One model.")
    (axes,) = picture.figure.axes
    assert [bar.get_width() for bar in axes.patches] == list(table["reader"])
    assert [text.get_text() for text in axes.texts] == ["99%", "41%"]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(table.index)
    # Above one another as in the table, the first row at the top, no bar upon another.
    first, second = axes.patches
    assert first.get_y() + first.get_height() <= second.get_y()
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert picture.caption == "One model."


def test_error_against_cost_has_a_bar_for_each_model_and_names_the_best():
    right = {"forest": np.arange(1000) >= 30, "machine": np.arange(1000) >= 8}
    picture = plots.error_against_cost(right, [90, 4], "megabytes")
    axes = picture.figure.axes[0]
    drawn = {bars.get_label(): bars for bars in axes.containers}
    ends = drawn["machine"][2][0].get_segments()[0][:, 1]
    interval = binomtest(8, 1000).proportion_ci(method="wilson")
    assert list(ends) == pytest.approx([100 * interval.low, 100 * interval.high])
    assert drawn["forest"][0].get_xdata() == [90]
    assert drawn["forest"][0].get_ydata() == pytest.approx([3])
    assert [text.get_text() for text in axes.texts] == ["forest", "machine"]
    assert axes.get_xlabel() == "megabytes" and axes.get_legend() is None
    assert picture.caption.startswith(
        "Lowest error rate: machine, 0.80 %; fewest megabytes: machine"
    )
