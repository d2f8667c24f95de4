"""Out-of-fold scores: every training digit scored by a model that never saw it.

Notebook 04 computes them and notebook 05 takes them apart; kept on disk, they open 05 at once.
"""

import warnings
from typing import Literal

import joblib
import numpy as np
import sklearn
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import BaseCrossValidator, check_cv

from .datasets import cache_dir
from .progress import progress


def out_of_fold_scores(
    estimator: ClassifierMixin,
    X: ArrayLike,
    y: ArrayLike,
    cv: int | BaseCrossValidator = 3,
    method: Literal["decision_function", "predict_proba", "predict"] = "decision_function",
) -> np.ndarray:
    """Score every row of `X` with a copy of `estimator` trained on the other folds.

    The answer of ``cross_val_predict``, which shows no progress, and under ``joblib.Memory`` would
    keep nothing of an interrupted run. Each fold's scores are kept in ``cache_dir() / "scores"``.
    Give the estimator a ``random_state``: without one, the kept answer is one of many possible. A
    model that stopped at its limit of passes is used as it is, without scikit-learn's warning.

    Parameters
    ----------
    estimator : left untouched; each fold trains its own clone
    X : numbers, shape (n_samples, n_features)
    y : labels, shape (n_samples,); boolean for a yes/no question
    cv : a number of stratified folds in the data's order, or a scikit-learn splitter
    method : what to ask each trained copy

    Returns
    -------
    scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
        In the order of `X`. The unit is the estimator's own: any real number for
        ``decision_function``, 0 to 1 for ``predict_proba``.

    Raises
    ------
    ValueError
        If `X` and `y` differ in length, or `cv` does not score every row exactly once.
    """
    # The same pixels get the same key, be they a memory map, a view or an array of their own.
    X, y = np.ascontiguousarray(X), np.ascontiguousarray(y)
    if len(X) != len(y):
        raise ValueError(f"X has {len(X):,} rows but y has {len(y):,} labels; they must match.")
    folds = list(check_cv(cv, y, classifier=True).split(X, y))
    order = np.concatenate([test for _, test in folds])
    if not np.array_equal(np.sort(order), np.arange(len(X))):
        raise ValueError(f"cv={cv!r} does not put every row in exactly one test fold.")

    score_fold = joblib.Memory(cache_dir() / "scores", verbose=0).cache(_score_fold)
    # Threads, not processes: they share the pixels, and training runs outside Python's lock. Three,
    # also on two cores: two at a time would leave a core idle while the third fold is trained.
    running = Parallel(n_jobs=3, backend="threading", return_as="generator")(
        delayed(score_fold)(estimator, X, y, train, test, method, sklearn.__version__)
        for train, test in folds
    )
    bar = progress(running, "Training and scoring fold by fold", total=len(folds))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.concatenate(list(bar))[np.argsort(order)]


def _score_fold(estimator, X, y, train, test, method, version):
    """Train on the rows `train`, score the rows `test`; `version` only serves the cache key."""
    model = clone(estimator).fit(X[train], y[train])
    return getattr(model, method)(X[test])
