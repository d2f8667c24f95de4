"""Predict with a fitted SVC by matrix products instead of one support vector at a time.

``SVC.predict`` walks through the support vectors for every image. For many images at once the same
sums are two matrix products, many times faster: the kernel between images and support vectors, then
that kernel times the coefficients of the one-vs-one machines.
"""

from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.svm import SVC
from sklearn.utils import gen_even_slices
from sklearn.utils.validation import check_is_fitted, validate_data

KERNEL_ENTRIES = 2**24  # of the kernel matrix at a time: 64 MB in float32
TOO_CLOSE = 1e-3  # to the threshold 0 for float32, whose errors here are near 1e-5


def predict_svc(model: SVC, X: ArrayLike) -> np.ndarray:
    """Return the labels that ``model.predict(X)`` returns, faster.

    Every pair of classes has a machine that votes for one of the two; the class with most votes
    wins, and of equals the first (Chang and Lin, "LIBSVM: a library for support vector machines",
    ACM TIST 2(3), 2011, section 6). The votes are counted in float32; an image for which any
    machine is nearly undecided is worked out again in float64.

    Parameters
    ----------
    model : sklearn.svm.SVC
        Fitted on dense data, ``kernel="rbf"`` or ``"poly"``, ``break_ties=False``.
    X : array-like (n_images, n_features)
        In the units that the model was fitted on.

    Raises
    ------
    TypeError, ValueError, sklearn.exceptions.NotFittedError
        The model is no SVC (e.g. a pipeline that ends in one), has another kernel or breaks ties,
        was fitted on other features, or not at all.
    """
    if not isinstance(model, SVC):
        raise TypeError(
            f"predict_svc takes an SVC, not a {type(model).__name__}; for a pipeline: "
            f"predict_svc(pipeline[-1], pipeline[:-1].transform(X))"
        )
    check_is_fitted(model)
    if model.kernel not in ("rbf", "poly") or model.break_ties:
        raise ValueError(
            f"predict_svc knows kernel='rbf' and 'poly' without break_ties, this model has "
            f"kernel={model.kernel!r}, break_ties={model.break_ties}: use its own predict"
        )
    # As SVC.predict does: the number of features and, of a DataFrame, their names and order.
    X = validate_data(model, X, dtype=[np.float32, np.float64], reset=False)
    decide, decide_exactly = (_machines(model, dtype) for dtype in (np.float32, np.float64))
    winners = np.empty(len(X), dtype=np.intp)
    n_parts = 1 + len(X) * len(model.support_) // KERNEL_ENTRIES
    for part in gen_even_slices(len(X), min(n_parts, len(X))):
        decisions = decide(X[part])
        unsure = (np.abs(decisions) < TOO_CLOSE).any(axis=1)
        if unsure.any():
            decisions[unsure] = decide_exactly(X[part][unsure])
        winners[part] = _most_votes(decisions, len(model.classes_))
    return model.classes_[winners]


def one_vs_one_coefficients(model: SVC) -> np.ndarray:
    """Spread a fitted SVC's packed coefficients out: one column for each pair of classes.

    A support vector takes part in the ``n_classes - 1`` machines of its own class, and only those
    coefficients are kept in ``dual_coef_``. In all other machines its coefficient is 0.

    Returns
    -------
    float64 (n_support_vectors, n_pairs)
        Pairs in the order (0, 1), (0, 2), ... (8, 9): 45 columns for ten classes. A positive sum
        speaks for the first class of the pair.
    """
    n_classes = len(model.classes_)
    # With two classes scikit-learn turns the sign round, so that positive means the second one.
    packed = -model.dual_coef_ if n_classes == 2 else model.dual_coef_
    class_of_vector = np.repeat(np.arange(n_classes), model.n_support_)
    columns = []
    for first, second in combinations(range(n_classes), 2):
        column = np.where(class_of_vector == first, packed[second - 1], 0)
        columns.append(np.where(class_of_vector == second, packed[first], column))
    return np.stack(columns, axis=1)


def _machines(model: SVC, dtype: type) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from (n_images, n_features) to decisions, shape (n_images, n_pairs)."""
    vectors = model.support_vectors_.astype(dtype)
    coefficients = one_vs_one_coefficients(model).astype(dtype)
    intercept = (-model.intercept_ if len(model.classes_) == 2 else model.intercept_).astype(dtype)
    gamma = float(model._gamma)  # private, but what "scale" came to is kept nowhere else
    vector_part = gamma * np.einsum("ij,ij->i", vectors, vectors)

    def decide(X):
        X = X.astype(dtype)
        if model.kernel == "rbf":  # exp(-gamma |x - s|^2), with |x - s|^2 = |x|^2 + |s|^2 - 2 x.s
            kernel = (2 * gamma * X) @ vectors.T
            kernel -= gamma * np.einsum("ij,ij->i", X, X)[:, None]
            kernel -= vector_part
            np.exp(kernel, out=kernel)
        else:
            kernel = (gamma * X) @ vectors.T
            kernel += model.coef0
            kernel **= model.degree
        return kernel @ coefficients + intercept

    return decide


def _most_votes(decisions: np.ndarray, n_classes: int) -> np.ndarray:
    votes = np.zeros((len(decisions), n_classes), dtype=int)
    for column, (first, second) in enumerate(combinations(range(n_classes), 2)):
        for_first = decisions[:, column] > 0
        votes[:, first] += for_first
        votes[:, second] += ~for_first
    return votes.argmax(axis=1)
