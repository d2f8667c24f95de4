"""Out-of-fold scores: every training digit scored by a model that never saw it.

Notebook 04 computes these scores and notebook 05 takes them apart. They are kept on disk, so the
second notebook opens at once.
"""

import warnings

import joblib
import numpy as np
import sklearn
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import check_cv

from .datasets import cache_dir
from .progress import progress


def out_of_fold_scores(estimator, X, y, cv=3, method="decision_function"):
    """Score every row of `X` with a copy of `estimator` trained on the other folds.

    This is scikit-learn's ``cross_val_predict`` with two additions: a progress bar, and a
    memory. The answer of each fold is kept in ``cache_dir() / "scores"`` under a key made of the
    estimator's settings, the data, the fold, and scikit-learn's version, so the same question is
    computed once. Give the estimator a ``random_state``: without one, the kept answer is one of
    many possible. A model that stopped at its limit of passes is used as it is, without
    scikit-learn's warning.

    Parameters
    ----------
    estimator : scikit-learn classifier
        Left untouched; each fold trains its own clone.
    X : array of shape (n_samples, n_features)
        Pixels or other features, any numeric dtype.
    y : array of shape (n_samples,)
        Labels; boolean for a yes/no question.
    cv : int or scikit-learn splitter, default 3
        An int means that many stratified folds, in the data's order.
    method : {"decision_function", "predict_proba", "predict"}
        What to ask each trained copy.

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

    memory = joblib.Memory(cache_dir() / "scores", verbose=0)
    score_fold = memory.cache(_score_fold)
    # Threads, not processes: they share the pixels, and training runs outside Python's lock. Three,
    # also on two cores: two at a time would leave a core idle while the third fold is trained.
    parallel = Parallel(n_jobs=3, backend="threading", return_as="generator")
    running = parallel(
        delayed(score_fold)(estimator, X, y, train, test, method, sklearn.__version__)
        for train, test in folds
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        scores = np.concatenate(
            list(progress(running, "Training and scoring fold by fold", total=len(folds)))
        )
    return scores[np.argsort(order)]


def _score_fold(estimator, X, y, train, test, method, version):
    """Train on the rows `train`, score the rows `test`; `version` only serves the cache key."""
    model = clone(estimator).fit(X[train], y[train])
    return getattr(model, method)(X[test])
