"""A convolutional network from scratch: the layers of `layers.py` in a row, and Adam.

The plan is LeNet's (LeCun et al. 1998): convolutions, each followed by ReLU, now and then a pooling
layer that halves the picture, and dense layers at the end.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass
from functools import cache
from math import ceil, isqrt, prod
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from mnistlab.layers import Convolution, Dense, Pool, ReLU
from mnistlab.mlp import cross_entropy, softmax
from mnistlab.training import NetworkClassifier, chunks

BLOCK = 100  # images that a thread answers at a time: the convolutions' copies stay small
MEAN_DECAY, SQUARE_DECAY = 0.9, 0.99  # how slowly Adam's averages forget
Layer = Convolution | Pool | ReLU | Dense


def as_pictures(inputs: np.ndarray) -> np.ndarray:
    """Turn (n, n_features) into (rows, 1, columns, n), or (n_features, n) if that is no square."""
    side = isqrt(inputs.shape[1])
    x = np.ascontiguousarray(inputs.T)
    return x.reshape(side, 1, side, -1) if side * side == len(x) else x


def forward(network: list[Layer], inputs: np.ndarray) -> np.ndarray:
    """Send pictures (n, n_features) through the layers: probabilities (n, n_classes)."""
    x = as_pictures(inputs)
    for layer in network:
        x = layer.forward(x)
    return softmax(x.T)


def adam(
    parameters: np.ndarray, gradient: np.ndarray, memory: np.ndarray, n_steps: int, rate: float
) -> None:
    """Move parameters and memory, in place, by step number `n_steps` of Adam (Kingma, Ba 2015).

    `memory` (2, n_parameters) holds moving averages of the gradient and of its square. One divided
    by the root of the other is about 1: so every parameter moves by about the learning rate.
    """
    mean, square = memory
    mean += (1 - MEAN_DECAY) * (gradient - mean)
    square += (1 - SQUARE_DECAY) * (gradient * gradient - square)
    # Both began at zero: early averages are too small, by these factors.
    size = np.sqrt(square / (1 - SQUARE_DECAY**n_steps)) + 1e-8
    parameters -= rate / (1 - MEAN_DECAY**n_steps) * mean / size


@dataclass(eq=False, repr=False)
class CNN(NetworkClassifier):
    """Convolutional network classifier of square grey pictures, written to be read.

    uint8 pixels are read as 0-255 and scaled to 0-1; floats are taken as they are (float64
    computes in float64). Every batch is shared by two threads.

    Parameters
    ----------
    layers : tuple
        The hidden layers, in order: ``(n_kernels, size)`` or ``(n_kernels, size, stride)`` is a
        convolution, ``"pool"`` keeps the largest of each 2 x 2 pixels, a number is a dense layer of
        so many units. ReLU follows each convolution and each dense layer.
    learning_rate : float
        Its peak in `fit`; `partial_fit` keeps it constant. Adam's steps are about that long.
    batch_size, epochs, label_smoothing, augment, random_state, verbose, callback
        As in `MLP`.

    Attributes
    ----------
    weights_ : list of arrays
        (n_kernels, n_channels, size, size) of a convolution, (n_out, n_in) of a dense layer.
    biases_ : list of arrays (n_kernels,) or (n_out,)
    mean_, std_ : arrays of shape ()
        Of all training pixels: each input loses the mean and is divided by the standard deviation.
    classes_, n_features_in_, input_range_, loss_curve_
        As in `MLP`.
    """

    layers: tuple = ((16, 5, 2), (32, 3), (32, 3), "pool", 64)
    _: KW_ONLY
    epochs: int = 3
    learning_rate: float = 0.006

    def _initialise(self, X: np.ndarray, n_classes: int, dtype: np.dtype) -> None:
        """Learn the pixels' mean and deviation; draw the first weights (He et al. 2015)."""
        scale = 255 if X.dtype == np.uint8 else 1
        self.mean_ = np.array(X.mean(dtype=np.float64) / scale, dtype)
        self.std_ = np.array(X.std(dtype=np.float64) / scale or 1, dtype)
        self.weights_, self.biases_ = [], []
        x = as_pictures(X[:1].astype(dtype))  # goes through the layers to see its shape change
        for number, layer in enumerate((*self.layers, n_classes), start=1):
            _check_layer(layer, x.shape, f"CNN, layer {number}, {layer!r}")
            if layer == "pool":
                x = Pool().forward(x)
                continue
            dense = not isinstance(layer, tuple)
            shape = (layer, x.size) if dense else (layer[0], x.shape[1], layer[1], layer[1])
            spread = np.sqrt(2 / prod(shape[1:]), dtype=dtype)
            self.weights_.append(spread * self._rng.standard_normal(shape, dtype))
            self.biases_.append(np.zeros(shape[0], dtype))
            new = self.weights_[-1], self.biases_[-1]
            x = Dense(*new).forward(x) if dense else Convolution(*new, *layer[2:]).forward(x)

    def _network(self) -> list[Layer]:
        """Return the layers, with the weights of this moment."""
        parameters = zip(self.weights_, self.biases_, strict=True)
        network: list[Layer] = []
        for layer in self.layers:
            if layer == "pool":
                network.insert(-1, Pool())  # before the ReLU: the same, from a quarter of the work
            elif isinstance(layer, tuple):
                network += [Convolution(*next(parameters), *layer[2:]), ReLU()]
            else:
                network += [Dense(*next(parameters)), ReLU()]
        return [*network, Dense(*next(parameters))]

    def _backpropagate(self, inputs, targets, gradients):
        n, half = len(inputs), ceil(len(inputs) / 2)

        def learn(inputs: np.ndarray, targets: np.ndarray) -> tuple[float, list[Layer]]:
            network = self._network()
            network[0].is_first = True
            probabilities = forward(network, inputs)
            error = (probabilities - targets).T / n  # (n_classes, half), as in `mlp.backward`
            for layer in reversed(network):
                error = layer.backward(error)
            loss = cross_entropy(probabilities, targets) * len(inputs) / n
            return loss, [layer for layer in network if hasattr(layer, "weights")]

        parts = zip(chunks(inputs, half), chunks(targets, half), strict=True)
        halves = in_threads(learn, list(parts))
        for i, (by_weights, by_biases) in enumerate(zip(*gradients, strict=True)):
            by_weights[:] = sum(layers[i].weight_gradient for _, layers in halves)
            by_biases[:] = sum(layers[i].bias_gradient for _, layers in halves)
        return sum(loss for loss, _ in halves)

    def _update(self, parameters: np.ndarray, gradient: np.ndarray, learning_rate: float) -> None:
        self._n_steps += 1
        adam(parameters, gradient, self._memory, self._n_steps, learning_rate)

    def _probabilities(self, inputs: np.ndarray) -> np.ndarray:
        blocks = [(block,) for block in chunks(inputs, BLOCK)]
        return np.concatenate(in_threads(lambda block: forward(self._network(), block), blocks))


def _check_layer(layer: Any, shape: tuple[int, ...], where: str) -> None:
    """Raise unless a layer makes sense and can read inputs of that shape."""
    numbers = (2, 2) if layer == "pool" else np.atleast_1d(layer).tolist()
    fits = len(numbers) in (2, 3) if isinstance(layer, str | tuple) else np.ndim(layer) == 0
    if not (fits and all(isinstance(n, int) and n > 0 for n in numbers)):
        kinds = '(n_kernels, size), nor with a stride behind, nor "pool", nor a number of units'
        raise ValueError(f"{where}: is neither {kinds}.")
    square = len(shape) == 4
    if len(numbers) > 1 and not (square and shape[0] >= numbers[1]):
        size, side = numbers[1], shape[0]
        left = f"{side} x {side} pixels are left" if square else f"it gets {side} features"
        raise ValueError(f"{where}: needs square pictures of {size} x {size} or more, but {left}.")


def in_threads(function: Callable, parts: list[tuple]) -> list:
    """Call a function for each part, two at a time, each on one BLAS thread: NumPy lets them."""
    if len(parts) == 1:
        return [function(*parts[0])]

    quietly = np.errstate(all="ignore")(function)  # a thread does not know its parent's
    pool, blas = _threads(os.getpid())
    with blas.limit(limits=1, user_api="blas"):
        return list(pool.map(lambda part: quietly(*part), parts))


@cache
def _threads(process_id: int) -> tuple[ThreadPoolExecutor, ThreadpoolController]:
    """Return two threads for this process: a fork's child has lost its parent's."""
    return ThreadPoolExecutor(2), ThreadpoolController()
