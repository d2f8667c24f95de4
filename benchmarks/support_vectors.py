"""Support vectors on all of MNIST: plain, deskewed, with virtual vectors; fit, predict, error.

Every ratio is taken within one run; those of fits are ratios of CPU seconds, which other programs
on the machine disturb less. The settings were chosen on training digits held out, 10,000 at a time
(see `--choose`): of those within one standard error of the fewest mistakes the one that fits
quickest. libsvm fits on one core; the matrix products of `predict_svc` use two threads.

Run `python benchmarks/support_vectors.py` (about ten minutes; writes results/support_vectors.json),
or with `--choose` to repeat the choice of settings (about twenty).
"""

import argparse
import json
import pickle
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
from scipy.ndimage import gaussian_filter
from scipy.stats import binomtest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from mnistlab import load_mnist
from mnistlab.datasets import load_hard_digits
from mnistlab.deskew import Deskew

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from fast_svc import predict_svc

RESULTS = Path(__file__).parent / "results" / "support_vectors.json"
THREADS = 2
CACHE_MB = 1000
TOLERANCE = 1e-2  # of the optimiser, ten times the default: fewer seconds, the same errors
BLUR = 0.7  # pixels, standard deviation
ONE_PIXEL = [(1, 0), (-1, 0), (0, 1), (0, -1)]


def blurred(X, sigma=BLUR):
    """Blur images a little: a stroke that is half a pixel off still covers most of the other."""
    return gaussian_filter(X.reshape(-1, 28, 28), (0, sigma, sigma)).reshape(len(X), -1)


def pictures(sigma):
    """Return the steps from pixels to upright, blurred images of length 1."""
    return Deskew(), FunctionTransformer(blurred, kw_args={"sigma": sigma}), Normalizer()


def rbf_features(n_components, sigma=BLUR):
    """Upright, blurred images of length 1 in their principal components: for the RBF kernel."""
    pca = PCA(n_components, svd_solver="covariance_eigh")
    return make_pipeline(*pictures(sigma), pca)


def rbf(C, gamma):
    return SVC(C=C, gamma=gamma, tol=TOLERANCE, cache_size=CACHE_MB)


def poly_features(n_components, sigma=0):
    """Upright images of length 1 on their main directions: for (x.y + 1)^9.

    Scalar products are what the kernel needs, so the directions are taken through the origin
    (TruncatedSVD), not through the mean, and lengths are made 1 again after the cut.
    """
    svd = TruncatedSVD(n_components, algorithm="arpack", random_state=0)
    return make_pipeline(*pictures(sigma), svd, Normalizer())


def poly(C):
    """DeCoste and Schoelkopf's kernel: ((x.y + 1) / 2) ** 9, on images of length 1."""
    return SVC(kernel="poly", degree=9, gamma=1, coef0=1, C=C / 2**9, tol=TOLERANCE,
               cache_size=CACHE_MB)  # fmt: skip


def shifted(X, dx, dy):
    """Shift images by whole pixels; MNIST's margin is wide enough that no ink wraps around."""
    return np.roll(X.reshape(-1, 28, 28), (dy, dx), axis=(1, 2)).reshape(len(X), -1)


def with_virtual(X, y, support, offsets):
    """Return the support vectors and their shifted copies."""
    X, y = X[support], y[support]
    copies = [X] + [shifted(X, *offset) for offset in offsets]
    return np.vstack(copies), np.tile(y, len(copies))


def timed(function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def wall_and_cpu(function):
    """Return wall seconds and CPU seconds (of all threads) of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return np.array([time.perf_counter() - wall, time.process_time() - cpu])


def fit(features, svc, X, y):
    """Fit the features and the SVC; return wall and CPU seconds."""
    return wall_and_cpu(lambda: svc.fit(features.fit_transform(X), y))


def fit_virtual(features, first, svc, X, y, offsets=ONE_PIXEL):
    """Fit an SVC to the support vectors of the first one and their shifts; return seconds."""

    def again():
        X_virtual, y_virtual = with_virtual(X, y, first.support_, offsets)
        svc.fit(features.transform(X_virtual), y_virtual)

    return wall_and_cpu(again)


def row(name, features, svc, fit_seconds, X_test, y_test, repeats=5):
    """Measure a fitted model on the test set."""

    def predict(X):
        return predict_svc(svc, features.transform(X))

    runs = [timed(predict, X_test) for _ in range(repeats)]
    wrong = int((runs[0][0] != y_test).sum())
    interval = binomtest(wrong, len(y_test)).proportion_ci(method="wilson")
    hard = load_hard_digits().images.reshape(-1, 784)
    result = {
        "name": name,
        "fit_seconds": round(fit_seconds[0], 2),
        "fit_cpu_seconds": round(fit_seconds[1], 2),
        "predict_seconds": round(statistics.median(seconds for _, seconds in runs), 3),
        "support_vectors": len(svc.support_),
        "megabytes_pickled": round(len(pickle.dumps((features, svc))) / 1e6, 1),
        "test_errors": wrong,
        "test_error_percent": round(100 * wrong / len(y_test), 2),
        "error_interval_percent": [round(100 * bound, 2) for bound in interval],
        "answers_to_hard_digits": predict(hard).tolist(),
    }
    print(result, flush=True)
    return result


def predict_speedup(svc, X):
    """Compare predict_svc with the model's own predict, on the same pixels."""
    runs = [timed(predict_svc, svc, X) for _ in range(5)]
    own, own_seconds = timed(svc.predict, X)
    seconds = statistics.median(seconds for _, seconds in runs)
    return {
        "support_vectors": len(svc.support_),
        "SVC_predict_seconds": round(own_seconds, 1),
        "predict_svc_seconds": round(seconds, 2),
        "speedup": round(own_seconds / seconds, 1),
        "labels_identical": bool((runs[0][0] == own).all()),
    }


def measure():
    mnist = load_mnist("full")
    X, y, X_test, y_test = mnist.X_train, mnist.y_train, mnist.X_test, mnist.y_test
    runs = [timed(Deskew().fit_transform, np.vstack([X, X_test]))[1] for _ in range(5)]
    record = {
        "machine": f"{platform.machine()}, {THREADS} BLAS threads, libsvm on one core",
        "scikit-learn": sklearn.__version__,
        "deskew_70000_seconds": round(statistics.median(runs), 2),
    }
    rows = []

    none, plain = FunctionTransformer().fit(X), SVC(cache_size=CACHE_MB)
    plain_fit = fit(none, plain, X, y)
    rows.append(row("SVC(), raw pixels", none, plain, plain_fit, X_test, y_test))
    record["predict_svc"] = [
        predict_speedup(model, X_test) for model in (SVC().fit(X[:10_000], y[:10_000]), plain)
    ]

    def add(name, features, svc, fit_seconds):
        rows.append(row(name, features, svc, fit_seconds, X_test, y_test))
        rows[-1]["fit_speedup_over_plain"] = round(plain_fit[1] / fit_seconds[1], 1)

    for name, features, make in (
        ("upright, blurred, PCA 45, RBF", rbf_features(45), lambda: rbf(10, 3)),
        ("upright, SVD 60, degree 9", poly_features(60), lambda: poly(2)),
    ):
        fits = []
        for _ in range(3):
            first = make()
            fits.append(fit(features, first, X, y))
        seconds = np.median(fits, axis=0)
        add(name, features, first, seconds)
        second = make()
        again = fit_virtual(features, first, second, X, y)
        add(f"{name}, virtual", features, second, seconds + again)

    record["rows"] = rows
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(record, indent=1) + "\n")


def choose():
    """Print CPU seconds and mistakes on 10,000 digits held out, twice, for each setting."""
    mnist = load_mnist("full")
    trials = [(rbf_features(45, 0), rbf(10, 3))]
    trials += [(rbf_features(k, 0.7), rbf(10, g)) for k in (40, 45) for g in (3, 4)]
    trials += [(rbf_features(45, 1), rbf(10, 5))]
    trials += [(poly_features(60, sigma), poly(2)) for sigma in (0, 0.7)]
    for features, svc in trials:
        errors, seconds = [], []
        for seed in (0, 1):
            X, X_val, y, y_val = train_test_split(
                mnist.X_train,
                mnist.y_train,
                test_size=10_000,
                stratify=mnist.y_train,
                random_state=seed,
            )
            seconds.append(round(fit(features, svc, X, y)[1], 1))
            errors.append(int((predict_svc(svc, features.transform(X_val)) != y_val).sum()))
        print(features[1].kw_args, features[3], svc, seconds, errors, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--choose", action="store_true", help="try settings on validation data")
    with threadpool_limits(THREADS):
        choose() if parser.parse_args().choose else measure()
