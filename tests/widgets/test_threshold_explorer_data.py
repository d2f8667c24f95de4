"""What the threshold explorer sends; what the browser makes of it: test_threshold_explorer.py."""

import numpy as np
import pytest
import traitlets
from sklearn.metrics import confusion_matrix

from mnistlab.widgets import ThresholdExplorer

SENTENCE = "Run this cell to move the threshold yourself; the figure above shows one position."


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    y_true = rng.random(2000) < 0.1
    scores = rng.normal(np.where(y_true, 2_000.0, -9_000.0), 5_000)
    images = rng.integers(0, 256, (2000, 784), dtype=np.uint8)
    return scores, y_true, images


def sent(explorer, key, dtype="<f8"):
    return np.frombuffer(explorer._data[key], dtype)


def test_sends_every_score_sorted_and_unrounded(data):
    scores, y_true, _ = data
    explorer = ThresholdExplorer(scores, y_true)
    np.testing.assert_array_equal(sent(explorer, "no"), np.sort(scores[~y_true]))
    np.testing.assert_array_equal(sent(explorer, "yes"), np.sort(scores[y_true]))


def test_the_slider_leaves_out_the_empty_tails_only(data):
    scores, y_true, _ = data
    scores[:3] = -1e6, -2e6, 3e6  # three lonely scores do not squeeze the others together
    sent = ThresholdExplorer(scores, y_true)._data
    left = (scores < sent["low"] * sent["step"]).mean()
    right = (scores >= sent["high"] * sent["step"]).mean()
    assert 0.003 < left < 0.007 and 0 < right < 0.001
    assert 400 <= sent["high"] - sent["low"] <= 1100
    assert sent["low"] <= 0 <= sent["high"]  # 0, where it starts, is a position of the slider


@pytest.mark.parametrize("scale", [1e-7, 1e-3, 0.2, 1, 30, 1e6])
def test_steps_are_round_at_every_scale(data, scale):
    scores, y_true, _ = data
    step = ThresholdExplorer(scores * scale, y_true)._data["step"]
    assert f"{step:.0e}"[0] in "125" and float(f"{step:.0e}") == step


def test_takes_shares_of_votes(data):
    votes = np.round(np.random.default_rng(0).random(2000), 2)
    sent = ThresholdExplorer(votes, data[1])._data
    assert (sent["step"], sent["low"], sent["high"]) == (0.001, 0, 1001)


def test_example_digits_are_pixels_of_their_own_score(data):
    scores, y_true, images = data
    explorer = ThresholdExplorer(scores, y_true, images)
    for kind, truth in (("no", False), ("yes", True)):
        shown = sent(explorer, f"{kind}_example_scores")
        pixels = sent(explorer, f"{kind}_example_images", np.uint8).reshape(-1, 784)
        assert (np.diff(shown) > 0).all() and 20 < len(shown) <= ThresholdExplorer.EXAMPLES
        for score, digit in zip(shown, pixels, strict=True):
            row = np.flatnonzero(scores == score)[0]
            assert y_true[row] == truth
            np.testing.assert_array_equal(images[row], digit)


def test_takes_square_images_and_none(data):
    scores, y_true, images = data
    flat = ThresholdExplorer(scores, y_true, images)._data
    assert ThresholdExplorer(scores, y_true, images.reshape(-1, 28, 28))._data == flat
    assert not [key for key in ThresholdExplorer(scores, y_true)._data if "example" in key]


def test_a_stored_page_says_what_to_do(data):
    bundle, _ = ThresholdExplorer(*data)._repr_mimebundle_()
    assert bundle["text/plain"] == SENTENCE
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_threshold_is_a_finite_number(data):
    explorer = ThresholdExplorer(*data)
    assert explorer.threshold == 0
    explorer.threshold = 1234.5
    for bad in (np.nan, np.inf):
        with pytest.raises(traitlets.TraitError, match="must be finite"):
            explorer.threshold = bad
    assert explorer.threshold == 1234.5


@pytest.mark.parametrize(
    ("scores", "y_true", "message"),
    [
        ([1.0, 2, 3], [True, False], "inconsistent numbers of samples"),
        (np.ones((3, 2)), [True, False, True], "1d array"),
        ([1.0, np.nan, np.inf], [True, False, True], "scores contains NaN"),
        ([1.0, 2, 3], [True, True, True], "both answers"),
        ([1.0, 2, 3], [5, 0, 4], "both answers"),
        ([1.0, 2, 3], ["5", "0", "5"], "both answers"),
        ([], [], "both answers"),
    ],
)
def test_says_what_is_wrong(scores, y_true, message):
    with pytest.raises(ValueError, match=message):
        ThresholdExplorer(scores, y_true)


def test_says_when_images_are_missing(data):
    scores, y_true, images = data
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ThresholdExplorer(scores, y_true, images[:-1])


def test_one_score_for_all_is_no_crash():
    sent = ThresholdExplorer([7.0, 7.0], [True, False])._data
    assert sent["low"] * sent["step"] <= 7 < sent["high"] * sent["step"]


def test_confusion_matrix_of_the_scores_sent_is_that_of_the_scores_given(data):
    # The same arithmetic as in the browser, at thresholds that are themselves scores (ties).
    scores, y_true, _ = data
    explorer = ThresholdExplorer(np.round(scores, -2), y_true)
    for threshold in np.unique(np.round(scores, -2))[::20]:
        tn = np.searchsorted(sent(explorer, "no"), threshold)
        fn = np.searchsorted(sent(explorer, "yes"), threshold)
        expected = confusion_matrix(y_true, np.round(scores, -2) >= threshold)
        np.testing.assert_array_equal(
            expected, [[tn, (~y_true).sum() - tn], [fn, y_true.sum() - fn]]
        )
