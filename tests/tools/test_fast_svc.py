"""The fast prediction gives SVC's own labels."""

import numpy as np
import pytest
from fast_svc import one_vs_one_coefficients, predict_svc
from sheets import MNIST
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


@pytest.mark.parametrize(
    "model",
    [
        SVC(),
        SVC(C=0.1, gamma=1e-3),
        SVC(C=100, gamma="auto"),
        SVC(kernel="poly", degree=5, coef0=1),
        SVC(kernel="poly", degree=9, gamma=1e-3, coef0=1),
        SVC(decision_function_shape="ovo"),
    ],
)
def test_labels_are_those_of_svc(model):
    X, y = load_digits(return_X_y=True)
    model.fit(X[:900], y[:900])
    assert (predict_svc(model, X) == model.predict(X)).all()
    assert (predict_svc(model, X.astype(np.float32)) == model.predict(X)).all()


@pytest.mark.parametrize("classes", [["no", "yes"], [-1, 1], [3, 5, 9]])
def test_any_labels_and_two_classes(classes):
    X, y = make_classification(600, 12, n_informative=8, n_classes=len(classes), random_state=0)
    model = SVC().fit(X[:400], np.array(classes)[y[:400]])
    assert (predict_svc(model, X) == model.predict(X)).all()


def test_raw_pixels_of_real_digits_in_parts(monkeypatch):
    X, y = MNIST.reshape(-1, 784).astype(float), np.repeat(np.arange(10), 500)
    model = SVC(C=5).fit(X[::4], y[::4])
    expected = model.predict(X)
    assert (predict_svc(model, X) == expected).all()
    monkeypatch.setattr("fast_svc.KERNEL_ENTRIES", 10_000)
    assert (predict_svc(model, X[:200]) == expected[:200]).all()
    assert predict_svc(model, X[7:8]) == expected[7]


def test_even_undecided_machines_vote_as_in_libsvm():
    # Points on both sides of, and at, equal distance: decisions around 0, where float32 would err
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    model = SVC(gamma=1, C=1).fit(X, [0, 1, 1, 0])
    grid = np.linspace(-1, 4, 20_001)[:, None]
    assert (predict_svc(model, grid) == model.predict(grid)).all()


def test_coefficients_give_svc_s_own_decisions():
    X, y = load_digits(return_X_y=True)
    model = SVC(kernel="linear", decision_function_shape="ovo").fit(X, y)
    decisions = X @ model.support_vectors_.T @ one_vs_one_coefficients(model) + model.intercept_
    np.testing.assert_allclose(decisions, model.decision_function(X), atol=1e-8)


def test_what_it_cannot_do_it_says():
    X, y = load_digits(return_X_y=True)
    with pytest.raises(NotFittedError):
        predict_svc(SVC(), X)
    with pytest.raises(ValueError, match="kernel='linear'"):
        predict_svc(SVC(kernel="linear").fit(X, y), X)
    with pytest.raises(ValueError, match="break_ties=True"):
        predict_svc(SVC(break_ties=True).fit(X, y), X)
    model = SVC().fit(X, y)
    with pytest.raises(ValueError, match="63 features, but SVC is expecting 64"):
        predict_svc(model, X[:, 1:])
    with pytest.raises(ValueError, match="NaN"):
        predict_svc(model, np.full((1, 64), np.nan))


def test_a_dataframe_s_columns_must_stand_as_in_fit():
    X, y = load_digits(return_X_y=True, as_frame=True)
    model = SVC().fit(X, y)
    assert (predict_svc(model, X) == model.predict(X)).all()
    with pytest.raises(ValueError, match="same order"):
        predict_svc(model, X[X.columns[::-1]])


def test_a_pipeline_is_told_what_to_do():
    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), SVC()).fit(X, y)
    with pytest.raises(TypeError, match=r"predict_svc\(pipeline\[-1\], pipeline\[:-1\]") as told:
        predict_svc(pipeline, X)
    advice = str(told.value).split("for a pipeline: ")[1]
    found = eval(advice, {"predict_svc": predict_svc, "pipeline": pipeline, "X": X})
    assert (found == pipeline.predict(X)).all()
