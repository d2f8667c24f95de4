"""The layers of the convolutional network against SciPy and against numerical gradients."""

from itertools import product

import numpy as np
import pytest
from scipy.signal import correlate2d

from mnistlab.layers import Convolution, Dense, Pool, ReLU


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize(("rows", "columns"), [(7, 7), (9, 6)])
def test_convolution_is_scipys_correlation(size, stride, rows, columns):
    rng = np.random.default_rng(size)
    x, weights = rng.normal(size=(rows, 3, columns, 2)), rng.normal(size=(4, 3, size, size))
    biases = rng.normal(size=4)
    y = Convolution(weights, biases, stride).forward(x)
    for picture, kernel in product(range(2), range(4)):
        expected = biases[kernel] + sum(
            correlate2d(x[:, channel, :, picture], weights[kernel, channel], mode="valid")
            for channel in range(3)
        )
        np.testing.assert_allclose(y[:, kernel, :, picture], expected[::stride, ::stride])


def test_pool_keeps_the_largest_and_leaves_an_odd_edge_out():
    x = np.random.default_rng(0).normal(size=(5, 3, 7, 2))
    y = Pool().forward(x)
    assert y.shape == (2, 3, 3, 2)
    for row, column in product(range(2), range(3)):
        window = x[2 * row : 2 * row + 2, :, 2 * column : 2 * column + 2]
        np.testing.assert_array_equal(y[row, :, column], window.max(axis=(0, 2)))


def test_pools_gradient_goes_to_one_pixel_only():
    pool = Pool()
    pool.forward(np.zeros((2, 1, 2, 1)))
    np.testing.assert_array_equal(
        pool.backward(np.full((1, 1, 1, 1), 5.0))[:, 0, :, 0], [[5, 0], [0, 0]]
    )


LAYERS = {
    "convolution": lambda rng: Convolution(rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)),
    "stride 2": lambda rng: Convolution(rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4), 2),
    "stride 3, gaps": lambda rng: Convolution(rng.normal(size=(4, 3, 2, 2)), rng.normal(size=4), 3),
    "pool": lambda rng: Pool(),
    "relu": lambda rng: ReLU(),
    "dense": lambda rng: Dense(rng.normal(size=(5, 126)), rng.normal(size=5)),
}


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


@pytest.mark.parametrize("name", LAYERS)
def test_every_layers_gradients_match_numerical_ones(name):
    rng = np.random.default_rng(0)
    layer, x = LAYERS[name](rng), rng.normal(size=(7, 3, 6, 2))
    error = rng.normal(size=layer.forward(x).shape)  # of the loss sum(error * output)

    def loss():
        return np.vdot(error, layer.forward(x))

    layer.forward(x)
    found = {"x": (layer.backward(error), x)}
    if hasattr(layer, "weights"):
        found["weights"] = (layer.weight_gradient, layer.weights)
        found["biases"] = (layer.bias_gradient, layer.biases)
    for exact, array in found.values():
        np.testing.assert_allclose(exact, numerical_gradient(loss, array), atol=1e-6)
