"""Out-of-fold scores against scikit-learn's cross_val_predict, and what is kept of them."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, cross_val_predict

from mnistlab import scores
from mnistlab.scores import out_of_fold_scores

X, y = load_digits(return_X_y=True)
X, y = X[:600], y[:600]
fits = []


class Counting(ClassifierMixin, BaseEstimator):
    """Note each training; score with the first pixel."""

    def __init__(self, weight=1.0):
        self.weight = weight

    def fit(self, X, y):
        fits.append(len(X))
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return self.weight * X[:, 2]


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(scores, "cache_dir", lambda: tmp_path)
    fits.clear()
    return tmp_path


@pytest.mark.parametrize("cv", [2, 3, KFold(4, shuffle=True, random_state=1)])
@pytest.mark.parametrize(
    "estimator, method, labels",
    [
        (SGDClassifier(random_state=42), "decision_function", y == 5),
        (SGDClassifier(random_state=42), "decision_function", y),
        (SGDClassifier(random_state=42), "predict", y),
        (RandomForestClassifier(5, random_state=0), "predict_proba", y == 5),
    ],
)
def test_agrees_with_cross_val_predict(estimator, method, labels, cv):
    expected = cross_val_predict(estimator, X, labels, cv=cv, method=method)
    found = out_of_fold_scores(estimator, X, labels, cv=cv, method=method)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_same_question_is_computed_once():
    first = out_of_fold_scores(Counting(), X, y == 5)
    assert fits == [400, 400, 400]
    np.testing.assert_array_equal(out_of_fold_scores(Counting(), X, y == 5), first)
    assert len(fits) == 3


@pytest.mark.parametrize(
    "question",
    [
        {"estimator": Counting(weight=2.0)},
        {"X": X + 1},
        {"y": y == 8},
        {"cv": 4},
        {"cv": StratifiedKFold(3, shuffle=True, random_state=0)},
    ],
)
def test_another_question_is_computed_again(question):
    usual = {"estimator": Counting(), "X": X, "y": y == 5, "cv": 3}
    out_of_fold_scores(**usual)
    before = len(fits)
    out_of_fold_scores(**(usual | question))
    assert len(fits) > before


def test_another_scikit_learn_computes_again(monkeypatch):
    out_of_fold_scores(Counting(), X, y == 5)
    monkeypatch.setattr(scores.sklearn, "__version__", "99.0")
    out_of_fold_scores(Counting(), X, y == 5)
    assert len(fits) == 6


def test_memory_mapped_pixels_are_the_same_question(tmp_path):
    np.save(tmp_path / "pixels.npy", X)
    out_of_fold_scores(Counting(), X, y == 5)
    out_of_fold_scores(Counting(), np.load(tmp_path / "pixels.npy", mmap_mode="r"), y == 5)
    assert len(fits) == 3


def test_a_damaged_file_is_computed_again(empty_cache, capfd):
    expected = out_of_fold_scores(Counting(), X, y == 5)
    kept = sorted(empty_cache.rglob("output.pkl"))
    assert len(kept) == 3
    kept[0].write_bytes(kept[0].read_bytes()[:20])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(out_of_fold_scores(Counting(), X, y == 5), expected)
    assert len(fits) == 4


def test_no_warning_when_a_model_reaches_its_limit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out_of_fold_scores(SGDClassifier(max_iter=2, tol=1e-9, random_state=0), X, y == 5)


def test_the_estimator_given_stays_untrained():
    model = SGDClassifier(random_state=0)
    out_of_fold_scores(model, X, y == 5)
    assert not hasattr(model, "coef_")


def test_lengths_that_differ_are_named():
    with pytest.raises(ValueError, match="600 rows but y has 599 labels"):
        out_of_fold_scores(Counting(), X, y[1:])


def test_folds_must_score_every_row_once():
    with pytest.raises(ValueError, match="every row in exactly one test fold"):
        out_of_fold_scores(Counting(), X, y == 5, cv=ShuffleSplit(2, random_state=0))
