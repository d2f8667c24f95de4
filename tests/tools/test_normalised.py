"""Batch normalisation, dropout and teachers: derivatives, settling, the same network every time."""

import numpy as np
import pytest
from normalised import Dropout, NormalisedCNN

from mnistlab import CNN, load_mnist

LAYERS = ((4, 5, 2), "pool", (5, 3), 8)


@pytest.fixture(scope="module")
def digits():
    mnist = load_mnist("sample")
    return mnist.X_train[:600], mnist.y_train[:600]


def test_derivatives(digits):
    X, y = digits[0][:8] / 255, digits[1][:8]
    model = NormalisedCNN(LAYERS, random_state=1).partial_fit(X, y, classes=range(10))
    inputs, targets = model._scaled(X), np.eye(10)[y]
    flat = np.concatenate([a.ravel() for a in model.weights_ + model.biases_])
    model.weights_, model.biases_ = model._views(flat)

    def loss_and_gradient():
        gradient = np.empty_like(flat)
        return model._backpropagate(inputs, targets, model._views(gradient)), gradient

    _, gradient = loss_and_gradient()
    for k in np.random.default_rng(0).permutation(flat.size)[:100]:
        before, step = flat[k], 1e-6
        flat[k] = before + step
        above, _ = loss_and_gradient()
        flat[k] = before - step
        below, _ = loss_and_gradient()
        flat[k] = before
        assert (above - below) / (2 * step) == pytest.approx(gradient[k], abs=1e-7)


def test_settled_over_a_batch_it_answers_as_normalised_over_it(digits):
    X, y = digits[0] / 255, digits[1]
    model = NormalisedCNN(LAYERS, random_state=1).partial_fit(X, y)
    batch = X[:50]
    normalised = model._probabilities(model._scaled(batch))  # one block: one batch
    plain = model.plain(batch)
    assert type(plain) is CNN
    assert plain.predict_proba(batch) == pytest.approx(normalised)


def test_the_same_network_every_time(digits):
    X, y = digits
    first, second = (
        NormalisedCNN(LAYERS, random_state=1, dropout=0.3).partial_fit(X, y).plain(X)
        for _ in range(2)
    )
    assert (first.predict_proba(X) == second.predict_proba(X)).all()


def test_dropout():
    x = np.random.default_rng(0).random((200, 50), dtype=np.float32)
    layer = Dropout(0.3)
    kept = layer.forward(x) > 0
    assert kept.mean() == pytest.approx(0.7, abs=0.02)
    assert layer.forward(x)[kept] == pytest.approx(x[kept] / 0.7)
    assert (layer.forward(x) > 0).tolist() == kept.tolist()  # the same for the same numbers
    assert ((layer.forward(x + 1) > 0) != kept).any()
    layer.forward(x)
    assert ((layer.backward(np.ones_like(x)) > 0) == kept).all()


def test_a_student_learns_what_its_teachers_say_not_the_labels(digits):
    X, y = digits
    layers = (8, 5, 2), "pool", 32
    teacher = CNN(layers, random_state=0, epochs=8).fit(X, y)
    student = NormalisedCNN(layers, random_state=1, teachers=(teacher, teacher))
    for _ in range(8):
        student.partial_fit(X, np.roll(y, 1))  # labels that are wrong
    says = student.plain(X).predict(X)
    assert (says == teacher.predict(X)).mean() > 0.8
    assert (says == np.roll(y, 1)).mean() < 0.3
