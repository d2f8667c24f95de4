"""The layers of a network, as the page and the ONNX file take them; more in their own tests."""

import numpy as np
import pytest

from mnistlab import CNN, MLP, load_mnist, load_reader, web
from mnistlab.web.layers import layers_of


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample")


def test_layers_of_both_kinds_of_networks(digits):
    mlp = MLP((20,), activation="tanh", epochs=1).fit(digits.X_train[:300], digits.y_train[:300])
    found = [(layer.kind, layer.weights.shape, layer.activation) for layer in layers_of(mlp)]
    assert found == [("dense", (784, 20), "tanh"), ("dense", (20, 10), "none")]
    first, *others = layers_of(load_reader())
    assert first.kind == "convolution" and first.weights.shape == (5, 5, 1, 16)
    assert first.stride == 2 and first.activation == "relu" and "pool" in {o.kind for o in others}
    assert others[-1].activation == "none" and len(others[-1].biases) == 11
    assert layers_of(load_reader("kana"))[0].stride == 2


def test_convolutional_networks_that_cannot_be_used(digits):
    good = CNN(((4, 5, 2), "pool", 6), epochs=1).fit(digits.X_train[:300], digits.y_train[:300])
    for change, words in (
        ({"weights_": good.weights_[::-1]}, "cannot answer"),
        ({"layers": ((4, 5, 1), "pool", 6)}, "cannot answer"),
        ({"layers": ((4, 5, 2), 6)}, "cannot answer"),
        ({"biases_": good.biases_[:2]}, "cannot answer"),
        ({"biases_": [b * np.nan for b in good.biases_]}, "holds numbers that are not finite"),
        ({"mean_": good.mean_ * 255}, "expects other inputs"),
        ({"classes_": good.classes_[:9]}, "9 classes but 10 outputs"),
    ):
        bad = CNN(good.layers)
        bad.__dict__.update(good.__dict__ | change)
        with pytest.raises(ValueError, match=words):
            layers_of(bad)
    small = CNN(((4, 3),), epochs=1).fit(digits.X_train[:300, :64], digits.y_train[:300])
    with pytest.raises(ValueError, match="expects other inputs"):
        web.page(small)
