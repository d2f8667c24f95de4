"""The convolutional network against SciPy, numerical gradients, and bad input."""

import copy
import pickle
import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import parametrize_with_checks

from mnistlab import CNN, Augment, cnn
from mnistlab.cnn import adam
from mnistlab.layers import ReLU

SMALL = ((4, 3), (8, 3), "pool", 16)  # for pictures of 8 x 8


class AnyTable(CNN):
    """A CNN of rows that are no pictures: it fills them up to a square."""

    def _initialise(self, X, n_classes, dtype):
        super()._initialise(self.filled(X), n_classes, dtype)

    def _scaled(self, X):
        return self.filled(super()._scaled(X))

    @staticmethod
    def filled(X):
        side = max(4, int(np.ceil(X.shape[1] ** 0.5)))
        return np.pad(X, ((0, 0), (0, side**2 - X.shape[1])))


@parametrize_with_checks(
    [CNN((8,), epochs=20, random_state=0), AnyTable(((4, 3), "pool", 8), epochs=20, random_state=0)]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digits():
    """8 x 8 digits as uint8 in 0-255: the shape of MNIST's data in little."""
    X, y = load_digits(return_X_y=True)
    return train_test_split((X * 15.9).astype(np.uint8), y, random_state=0, stratify=y)


@pytest.fixture(scope="module")
def fitted(digits):
    X_train, _, y_train, _ = digits
    return CNN(SMALL, epochs=15, learning_rate=0.02, random_state=0).fit(X_train, y_train)


# -- the mathematics ---------------------------------------------------------------------------


def numerical_gradient(function, array, h=1e-6):
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept, values = array[index], []
        for value in (kept + h, kept - h):
            array[index] = value
            values.append(function())
        array[index] = kept
        gradient[index] = (values[0] - values[1]) / (2 * h)
    return gradient


NETWORKS = [((3, 3), (4, 3, 2), 5), ((3, 3), "pool", (4, 2)), ("pool", (3, 2), 6, 5), (6,), ()]


@pytest.mark.parametrize("layers", NETWORKS)
def test_gradients_of_whole_networks(layers):
    """Of a fresh network, in float64; the batch is odd, so its halves are not equal."""
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(7, 64)), np.arange(7) % 3
    model = CNN(layers, epochs=1, learning_rate=0.01, random_state=0).fit(X, y)
    assert {w.dtype for w in model.weights_ + model.biases_} == {np.dtype(np.float64)}
    targets = rng.dirichlet(np.ones(3), size=7)

    def loss():
        return cnn.cross_entropy(model.predict_proba(X), targets)

    gradients = tuple([np.full_like(a, np.nan) for a in g] for g in (model.weights_, model.biases_))
    assert model._backpropagate(model._scaled(X), targets, gradients) == pytest.approx(loss())
    for exact, arrays in zip(gradients, (model.weights_, model.biases_), strict=True):
        for gradient, array in zip(exact, arrays, strict=True):
            np.testing.assert_allclose(gradient, numerical_gradient(loss, array), atol=1e-7)


def test_the_gradient_check_finds_a_wrong_slope(monkeypatch):
    monkeypatch.setattr(ReLU, "backward", lambda self, error: error * (self.y >= 0))
    with pytest.raises(AssertionError):
        test_gradients_of_whole_networks(NETWORKS[0])


def test_adams_first_step_is_as_long_as_the_learning_rate():
    parameters, memory = np.zeros(3), np.zeros((2, 3))
    adam(parameters, np.array([4.0, -0.01, 0]), memory, 1, 0.1)
    np.testing.assert_allclose(parameters, [-0.1, 0.1, 0], atol=1e-6)
    adam(parameters, np.array([4.0, -0.01, 0]), memory, 2, 0.1)
    np.testing.assert_allclose(parameters, [-0.2, 0.2, 0], atol=1e-6)


# -- learning -----------------------------------------------------------------------------------


def test_it_learns(fitted, digits):
    _, X_test, _, y_test = digits
    assert fitted.score(X_test, y_test) > 0.95
    assert len(fitted.loss_curve_) == 15
    np.testing.assert_allclose(fitted.predict_proba(X_test).sum(axis=1), 1, atol=1e-5)
    assert [w.shape for w in fitted.weights_] == [(4, 1, 3, 3), (8, 4, 3, 3), (16, 32), (10, 16)]


def test_same_seed_same_network_however_many_pictures_are_asked(digits):
    X_train, X_test, y_train, _ = digits

    def probabilities(seed):
        model = CNN(SMALL, epochs=2, augment=Augment.mild(), random_state=seed)
        return model.fit(X_train, y_train).predict_proba(X_test)

    first = probabilities(3)
    np.testing.assert_array_equal(first, probabilities(3))
    assert not np.array_equal(first, probabilities(4))


def test_one_picture_is_read_as_among_many(fitted, digits):
    _, X_test, _, _ = digits
    many = fitted.predict_proba(X_test)
    np.testing.assert_allclose(fitted.predict_proba(X_test[:1]), many[:1], atol=1e-5)


def test_no_array_larger_than_a_batch_needs():
    X = np.random.default_rng(0).integers(0, 256, (4_000, 784), dtype=np.uint8)
    y = np.arange(4_000) % 10
    tracemalloc.start()
    CNN(epochs=1, batch_size=64, random_state=0).fit(X[:640], y[:640]).predict(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6  # all columns of 1,000 pictures alone would take 115 MB


def test_interrupt_keeps_the_model_and_says_so(digits, capsys):
    X_train, X_test, y_train, y_test = digits

    def interrupt(model):
        if len(model.loss_curve_) == 6:
            raise KeyboardInterrupt

    model = CNN(SMALL, epochs=50, learning_rate=0.02, random_state=0, callback=interrupt).fit(
        X_train, y_train
    )
    assert len(model.loss_curve_) == 6
    assert model.score(X_test, y_test) > 0.8
    assert "Interrupted after 132 of 1100 steps" in capsys.readouterr().out


def test_a_callback_may_keep_the_best(digits):
    X_train, X_test, y_train, y_test = digits
    kept = []
    CNN(
        SMALL, epochs=3, random_state=0, callback=lambda model: kept.append(copy.deepcopy(model))
    ).fit(X_train, y_train)
    scores = [model.score(X_test, y_test) for model in kept]
    assert scores[-1] > scores[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_runaway_loss_is_an_error(digits, dtype):
    X_train, _, y_train, _ = digits
    with pytest.raises(FloatingPointError, match=r"epoch .*learning_rate"):
        CNN(SMALL, learning_rate=1e30, random_state=0).fit(X_train.astype(dtype), y_train)


def test_partial_fit_goes_on(digits):
    X_train, X_test, y_train, y_test = digits
    model = CNN(SMALL, learning_rate=0.01, random_state=0)
    few = y_train < 5
    model.partial_fit(X_train[few], y_train[few], classes=np.arange(10))
    for _ in range(12):
        model.partial_fit(X_train, y_train)
    assert len(model.loss_curve_) == 13
    assert model.score(X_test, y_test) > 0.9


def test_pixels_on_another_scale_are_never_read_silently(fitted, digits):
    _, X_test, _, _ = digits
    with pytest.raises(ValueError, match=r"This CNN was trained on uint8 .* reaches 254"):
        fitted.predict(X_test.astype(float))
    fitted.predict(X_test / 255)


# -- keeping ------------------------------------------------------------------------------------


def test_save_and_load(fitted, digits, tmp_path):
    X_train, X_test, y_train, _ = digits
    fitted.save(tmp_path / "model.npz")
    again = CNN.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.predict_proba(X_test), fitted.predict_proba(X_test))
    assert again.get_params() == fitted.get_params()
    again.partial_fit(X_train, y_train)


def test_pickle_and_clone(fitted, digits):
    _, X_test, _, _ = digits
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X_test), fitted.predict_proba(X_test))
    assert not hasattr(clone(fitted), "weights_")


# -- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "n_features", "message"),
    [
        (((4, 3), 8), 63, r"layer 1, \(4, 3\): needs square pictures .* gets 63 features"),
        ((16, (4, 3)), 64, r"layer 2, \(4, 3\): needs square pictures .* gets 16"),
        (
            ((4, 9),),
            64,
            r"layer 1, \(4, 9\): needs square pictures of 9 x 9 or more, but 8 x 8",
        ),
        (
            ((4, 5), "pool", "pool", "pool"),
            64,
            r"layer 4, 'pool': .* 2 x 2 or more.* 1 x 1 pixels are left",
        ),
        (((4, 3), "max"), 64, "layer 2, 'max': is neither"),
        (((3,),), 64, r"layer 1, \(3,\): is neither"),
        (([4, 5],), 64, r"layer 1, \[4, 5\]: is neither"),
        (((4, 0),), 64, r"layer 1, \(4, 0\): is neither"),
        (((4, 3, 1, 1),), 64, "layer 1, .* is neither"),
        ((0,), 64, "layer 1, 0: is neither"),
        ((2.5,), 64, "layer 1, 2.5: is neither"),
    ],
)
def test_layers_that_do_not_fit_say_which_and_why(layers, n_features, message):
    with pytest.raises(ValueError, match=message):
        CNN(layers).fit(np.zeros((4, n_features)), [0, 1, 0, 1])


def test_wrong_number_of_features(fitted):
    with pytest.raises(ValueError, match=r"49 features.*expecting 64"):
        fitted.predict(np.zeros((1, 49)))
