"""The network against numerical gradients, scikit-learn's network, and bad input."""

import pickle
import tracemalloc
import warnings
from itertools import pairwise

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, cross_val_predict, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from mnistlab import mlp
from mnistlab.augment import Augment
from mnistlab.mlp import MLP, backward, cross_entropy, forward, softmax, update


@parametrize_with_checks([MLP(random_state=0)])
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
    return MLP((32,), epochs=8, batch_size=32, random_state=0).fit(X_train, y_train)


# -- the mathematics ----------------------------------------------------------------------------


def random_network(sizes, seed=0):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=shape) for shape in pairwise(sizes)]
    biases = [rng.normal(size=n) for n in sizes[1:]]
    X = rng.normal(size=(7, sizes[0]))
    targets = rng.dirichlet(np.ones(sizes[-1]), size=7)
    return X, targets, weights, biases


def gradients_of(X, targets, weights, biases, activation):
    weight_gradients = [np.full_like(w, np.nan) for w in weights]
    bias_gradients = [np.full_like(b, np.nan) for b in biases]
    outputs = forward(X, weights, biases, activation)
    backward(outputs, targets, weights, activation, (weight_gradients, bias_gradients))
    return weight_gradients + bias_gradients


def numerical_gradients(X, targets, weights, biases, activation, h=1e-5):
    gradients = []
    for array in weights + biases:
        gradient = np.empty_like(array)
        for index in np.ndindex(array.shape):
            kept = array[index]
            losses = []
            for value in (kept + h, kept - h):
                array[index] = value
                losses.append(cross_entropy(forward(X, weights, biases, activation)[-1], targets))
            array[index] = kept
            gradient[index] = (losses[0] - losses[1]) / (2 * h)
        gradients.append(gradient)
    return gradients


def relative_error(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


@pytest.mark.parametrize("activation", sorted(mlp.ACTIVATIONS))
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (6, 5, 4), (5, 4, 4, 3)])
def test_gradients_match_numerical_ones(activation, hidden):
    network = random_network((6, *hidden, 3))
    exact = gradients_of(*network, activation)
    numerical = numerical_gradients(*network, activation)
    for a, b in zip(exact, numerical, strict=True):
        assert np.linalg.norm(b) > 0
        assert relative_error(a, b) < 1e-6


def test_the_gradient_check_finds_the_published_bug(monkeypatch):
    """ReLU's slope tested with >= 0 on its output is 1 everywhere."""
    relu, _ = mlp.ACTIVATIONS["relu"]
    monkeypatch.setitem(mlp.ACTIVATIONS, "relu", (relu, lambda out: out >= 0))
    network = random_network((6, 5, 3))
    errors = [
        relative_error(a, b)
        for a, b in zip(
            gradients_of(*network, "relu"), numerical_gradients(*network, "relu"), strict=True
        )
    ]
    assert max(errors) > 1e-2


def test_forward_by_hand():
    # Two inputs, one sigmoid unit, two classes: every number below is worked out on paper.
    weights = [np.array([[1.0], [2.0]]), np.array([[1.0, -1.0]])]
    biases = [np.array([-3.0]), np.array([0.5, 0.5])]
    X = np.array([[1.0, 1.0]])
    _, hidden, probabilities = forward(X, weights, biases, "sigmoid")
    assert hidden == pytest.approx(0.5)  # sigmoid(1 + 2 - 3)
    assert probabilities[0, 0] == pytest.approx(np.e / (np.e + 1))  # scores 1 and 0
    assert cross_entropy(probabilities, np.array([[0.0, 1.0]])) == pytest.approx(np.log(1 + np.e))


def test_softmax_survives_huge_scores_and_leaves_them_alone():
    scores = np.array([[1e4, 0.0, -1e4], [7.0, 7.0, 7.0]])
    np.testing.assert_allclose(softmax(scores), [[1, 0, 0], [1 / 3] * 3])
    assert scores[0, 0] == 1e4


@pytest.mark.parametrize("activation", sorted(mlp.ACTIVATIONS))
def test_huge_inputs_give_probabilities_without_a_warning(activation):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = np.full((2, 3), 1e4, np.float32) * [[1], [-1]]
        ones = [np.ones((3, 4)), np.eye(4, 2)], [np.zeros(4), np.zeros(2)]
        assert np.isfinite(forward(X, *ones, activation)[-1]).all()


@pytest.mark.parametrize(
    ("ours", "theirs"), [("relu",) * 2, ("tanh",) * 2, ("sigmoid", "logistic")]
)
def test_one_step_is_the_one_scikit_learn_takes(ours, theirs):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 6)), rng.integers(0, 3, 50)
    peer = MLPClassifier((8, 5), activation=theirs, solver="sgd", alpha=0, batch_size=50,
                         learning_rate_init=0.1, momentum=0, random_state=0)  # fmt: skip
    peer.partial_fit(X, y, classes=[0, 1, 2])
    weights, biases = [w.copy() for w in peer.coefs_], [b.copy() for b in peer.intercepts_]
    np.testing.assert_allclose(forward(X, weights, biases, ours)[-1], peer.predict_proba(X))
    peer.partial_fit(X, y)
    gradients = gradients_of(X, np.eye(3)[y], weights, biases, ours)
    expected = peer.coefs_ + peer.intercepts_
    for before, gradient, after in zip(weights + biases, gradients, expected, strict=True):
        np.testing.assert_allclose(before - 0.1 * gradient, after, atol=1e-12)


def test_update_is_momentum():
    parameters, velocity = np.array([1.0, -2.0]), np.zeros(2)
    gradient = np.array([10.0, 20.0])
    update(parameters, gradient, velocity, 0.1, 0.5)
    np.testing.assert_allclose(velocity, [-1, -2])
    np.testing.assert_allclose(parameters, [0, -4])
    update(parameters, gradient, velocity, 0.1, 0.5)
    np.testing.assert_allclose(gradient, [10, 20])
    np.testing.assert_allclose(velocity, [-1.5, -3])
    np.testing.assert_allclose(parameters, [-1.5, -7])


# -- learning -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [(), (32,), (32, 16)])
@pytest.mark.parametrize("activation", sorted(mlp.ACTIVATIONS))
def test_it_learns(digits, activation, hidden):
    X_train, X_test, y_train, y_test = digits
    model = MLP(hidden, activation=activation, epochs=30, batch_size=32, random_state=0)
    model.fit(X_train, y_train)
    assert model.score(X_test, y_test) > 0.93
    assert model.loss_curve_[-1] < 0.3 * model.loss_curve_[0]
    assert len(model.loss_curve_) == 30


def test_uint8_is_read_as_0_to_255(digits):
    X_train, X_test, y_train, _ = digits
    settings = {"epochs": 3, "random_state": 0}
    whole = MLP(**settings).fit(X_train, y_train)
    scaled = MLP(**settings).fit((X_train / 255).astype(np.float32), y_train)
    assert whole.weights_[0].dtype == scaled.weights_[0].dtype == np.float32
    np.testing.assert_allclose(
        whole.predict_proba(X_test),
        scaled.predict_proba((X_test / 255).astype(np.float32)),
        atol=1e-4,
    )


def test_float64_computes_in_float64(digits):
    X_train, _, y_train, _ = digits
    model = MLP(epochs=1, random_state=0).fit(X_train / 255, y_train)
    assert {w.dtype for w in model.weights_ + model.biases_} == {np.dtype(np.float64)}


@pytest.mark.parametrize("augment", [None, Augment.mild()])
def test_no_float_copy_of_all_the_images(augment):
    X = np.random.default_rng(0).integers(0, 256, (40_000, 784), dtype=np.uint8)
    y = np.arange(40_000) % 10
    tracemalloc.start()
    MLP((16,), epochs=1, batch_size=128, augment=augment, random_state=0).fit(X, y).predict(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * X.size * 0.75  # a float32 copy takes 4 bytes a pixel


def test_same_seed_same_network_and_another_seed_another(digits):
    X_train, X_test, y_train, _ = digits
    X_train = X_train[:, :64]

    def probabilities(seed):
        model = MLP(epochs=2, augment=Augment.mild(), random_state=seed)
        return model.fit(X_train, y_train).predict_proba(X_test)

    np.testing.assert_array_equal(probabilities(3), probabilities(3))
    assert not np.array_equal(probabilities(3), probabilities(4))


def test_label_smoothing_makes_it_less_sure(digits):
    X_train, X_test, y_train, y_test = digits
    sure, modest = (
        MLP(epochs=30, label_smoothing=s, random_state=0).fit(X_train, y_train) for s in (0, 0.2)
    )
    assert modest.predict_proba(X_test).max(axis=1).mean() < 0.9
    assert sure.predict_proba(X_test).max(axis=1).mean() > 0.95
    assert modest.score(X_test, y_test) > 0.95


@pytest.mark.parametrize(
    "names",
    [
        np.array([f"digit {i}" for i in range(10)]),
        np.array([f"digit {i}" for i in range(10)], dtype=object),
        np.arange(10) * 7 - 30,
        np.arange(10) / 2 > 2,
    ],
)
def test_any_labels(digits, names, tmp_path):
    X_train, X_test, y_train, y_test = digits
    model = MLP(epochs=10, random_state=0).fit(X_train, names[y_train])
    assert model.score(X_test, names[y_test]) > 0.9
    np.testing.assert_array_equal(model.classes_, np.unique(names))
    model.save(tmp_path / "model.npz")
    again = MLP.load(tmp_path / "model.npz")
    assert again.predict(X_test).tolist() == model.predict(X_test).tolist()


# -- stopping, continuing -------------------------------------------------------------------------


def test_interrupt_in_the_middle_of_a_step(digits, monkeypatch):
    X_train, X_test, y_train, _ = digits
    calls = iter(range(1000))

    def interrupted_backward(*args):
        if next(calls) == 60:
            raise KeyboardInterrupt
        return backward(*args)

    monkeypatch.setattr(mlp, "backward", interrupted_backward)
    model = MLP(epochs=100, batch_size=32, random_state=0).fit(X_train, y_train)
    assert np.isfinite(model.predict_proba(X_test)).all()
    pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("learning_rate", [1e4, 1e30])
def test_a_runaway_loss_is_an_error(digits, dtype, learning_rate):
    X_train, _, y_train, _ = digits
    with pytest.raises(FloatingPointError, match=r"epoch [12].*learning_rate"):
        MLP((8,), learning_rate=learning_rate, random_state=0).fit(X_train.astype(dtype), y_train)


# -- in scikit-learn's company --------------------------------------------------------------------


def test_pipeline_grid_search_and_cross_val_predict(digits):
    X_train, X_test, y_train, y_test = digits
    pipeline = make_pipeline(StandardScaler(), MLP((32,), batch_size=32, random_state=0))
    search = GridSearchCV(pipeline, {"mlp__learning_rate": [1e-5, 0.05]}, cv=3)
    search.fit(X_train, y_train)
    assert search.best_params_ == {"mlp__learning_rate": 0.05}
    assert search.score(X_test, y_test) > 0.93
    model = MLP((32,), batch_size=32, random_state=0)
    scores = cross_val_predict(model, X_train, y_train, cv=3, method="predict_proba")
    assert scores.shape == (len(X_train), 10)
    assert (scores.argmax(axis=1) == y_train).mean() > 0.9


def test_grid_search_reaches_into_augment(digits):
    X_train, _, y_train, _ = digits
    search = GridSearchCV(
        MLP((16,), epochs=2, augment=Augment(), random_state=0), {"augment__shift": [0, 1]}, cv=2
    )
    assert search.fit(X_train, y_train).best_params_["augment__shift"] in (0, 1)


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.full((4, 3), np.nan), [0, 1, 0, 1], "contains NaN"),
        (np.full((4, 3), np.inf), [0, 1, 0, 1], "contains infinity"),
        (np.empty((0, 3)), [], "0 sample"),
        (np.empty((4, 0)), [0, 1, 0, 1], "0 feature"),
        (np.zeros((4, 3)), [5, 5, 5, 5], "one class: 5"),
        (np.zeros((4, 3)), [0, 1, 0], r"inconsistent numbers of samples: \[4, 3\]"),
        (np.zeros((4, 2, 2)), [0, 1, 0, 1], "dim 3"),
        (np.zeros((4, 3)), [0.1, 1.5, 0.7, 2.2], "continuous"),
    ],
)
def test_bad_data(X, y, message):
    with pytest.raises(ValueError, match=message):
        MLP(random_state=0).fit(X, np.array(y))


def test_wrong_number_of_features_and_wrong_range(fitted, digits):
    _, X_test, _, _ = digits
    with pytest.raises(ValueError, match=r"63 features.*expecting 64"):
        fitted.predict(X_test[:, :63])
    with pytest.raises(ValueError, match=r"trained on uint8 .* reaches 254"):
        fitted.predict(X_test.astype(float))
    fitted.predict(X_test / 255)


def test_one_number_is_one_hidden_layer(digits):
    X_train, X_test, y_train, _ = digits
    one, tuple_of_one = (MLP(n, epochs=1, random_state=0) for n in (50, (50,)))
    np.testing.assert_array_equal(
        one.fit(X_train, y_train).predict_proba(X_test),
        tuple_of_one.fit(X_train, y_train).predict_proba(X_test),
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "softplus"}, r"activation.*relu.*sigmoid.*tanh"),
        ({"batch_size": 0}, "batch_size"),
        ({"epochs": 0}, "epochs"),
        ({"hidden_layer_sizes": (10, 0)}, "hidden_layer_sizes"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"momentum": 1}, "momentum"),
        ({"label_smoothing": -0.1}, "label_smoothing"),
    ],
)
def test_bad_parameters(settings, message):
    with pytest.raises(ValueError, match=message):
        MLP(**settings).fit(np.zeros((4, 3)), [0, 1, 0, 1])


def test_augment_needs_square_pictures():
    with pytest.raises(ValueError, match="square"):
        MLP(augment=Augment.mild()).fit(np.zeros((4, 3)), [0, 1, 0, 1])
