"""A convolutional network from scratch: four kinds of layers, each with a forward and a backward.

Notebook 09 builds them one by one. The plan is LeNet's (LeCun et al. 1998): convolutions, each
followed by ReLU, now and then a pooling layer that halves the picture, and dense layers at the end.

How the numbers lie. Between the layers pictures have the shape (rows, channels, columns, n), the
pictures of a batch last: to shift all of them by a pixel is to copy long runs of memory. A kernel
of 3 x 3 looks at three rows of the picture at a time, and three rows are one piece of memory. So
only the shifts sideways are copied, and each row of the answer is one matrix product.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import ceil, isqrt, prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from threadpoolctl import ThreadpoolController

from mnistlab.augment import Augment
from mnistlab.mlp import cross_entropy, softmax
from mnistlab.training import Gradients, NetworkClassifier, chunks

BLOCK = 100  # images that a thread answers at a time: the convolutions' copies stay small
MEAN_DECAY, SQUARE_DECAY = 0.9, 0.99  # how slowly Adam's averages forget


class Convolution:
    """Slide kernels over pictures: each output is a kernel's weighted sum of one window.

    Parameters
    ----------
    weights : array (n_kernels, n_channels, size, size)
    biases : array (n_kernels,)
    stride : int
        Pixels from one window to the next, down and sideways.
    """

    is_first = False  # of the network: nobody asks for the derivatives by the pictures

    def __init__(self, weights: np.ndarray, biases: np.ndarray, stride: int = 1):
        self.weights, self.biases, self.stride = weights, biases, stride

    def forward(self, x: np.ndarray) -> np.ndarray:
        """From (rows, n_channels, columns, n) to (new_rows, n_kernels, new_columns, n)."""
        self.x_shape = rows, channels, columns, n = x.shape
        n_kernels, _, size, _ = self.weights.shape
        new_rows, new_columns = ((side - size) // self.stride + 1 for side in (rows, columns))
        shifted = np.empty((rows, channels, size, new_columns, n), x.dtype)
        for shift in range(size):
            shifted[:, :, shift] = x[:, :, self._columns(shift, new_columns)]
        # Row r of the answer needs rows r to r + size of `shifted`: a band of them. Bands overlap,
        # so they are no copies, but views of the same memory.
        row_step = shifted.strides[0]
        self.bands = as_strided(
            shifted,
            shape=(new_rows, size * channels * size, new_columns * n),
            strides=(self.stride * row_step, new_columns * n * x.itemsize, x.itemsize),
        )
        # (n_kernels, size * channels * size) @ (..., new_columns * n), once for each row
        y = self._kernels() @ self.bands
        y += self.biases[:, None]
        return y.reshape(new_rows, n_kernels, new_columns, n)

    def backward(self, error: np.ndarray) -> np.ndarray | None:
        """From the loss's derivatives by the output to those by weights, biases and input."""
        rows, channels, _, n = self.x_shape
        new_rows, n_kernels, new_columns, _ = error.shape
        size = self.weights.shape[-1]
        error = error.reshape(new_rows, n_kernels, new_columns * n)
        self.bias_gradient = error.sum(axis=(0, 2))
        # (size * channels * size, new_columns * n) @ (new_columns * n, n_kernels), for each row
        gradient = (self.bands @ error.transpose(0, 2, 1)).sum(axis=0)
        gradient = gradient.reshape(size, channels, size, n_kernels)
        self.weight_gradient = gradient.transpose(3, 1, 0, 2)
        if self.is_first:
            return None
        # A pixel was in several windows: what it hears from them adds up.
        shifted = np.zeros((rows, channels * size, new_columns * n), error.dtype)
        kernels = self._kernels().T
        for row in range(new_rows):
            band = shifted[row * self.stride : row * self.stride + size]
            band += (kernels @ error[row]).reshape(band.shape)
        shifted = shifted.reshape(rows, channels, size, new_columns, n)
        x_error = np.zeros(self.x_shape, error.dtype)
        for shift in range(size):
            x_error[:, :, self._columns(shift, new_columns)] += shifted[:, :, shift]
        return x_error

    def _kernels(self) -> np.ndarray:
        """Return the weights as one row per kernel, ordered as the numbers in a band."""
        return self.weights.transpose(0, 2, 1, 3).reshape(len(self.weights), -1)

    def _columns(self, shift: int, n: int) -> slice:
        return slice(shift, shift + self.stride * n, self.stride)


class Pool:
    """Keep the largest of each 2 x 2 pixels; an odd last row or column is left out."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """From (rows, channels, columns, n) to (rows // 2, channels, columns // 2, n)."""
        self.x_shape = rows, _, columns, _ = x.shape
        upper, lower = x[0 : rows // 2 * 2 : 2], x[1::2]
        self.up = upper >= lower
        larger = np.maximum(upper, lower)
        left, right = larger[:, :, 0 : columns // 2 * 2 : 2], larger[:, :, 1::2]
        self.left = left >= right
        return np.maximum(left, right)

    def backward(self, error: np.ndarray) -> np.ndarray:
        """Hand each derivative to the pixel that was the largest (the first, if there are two)."""
        rows, columns = 2 * error.shape[0], 2 * error.shape[2]
        larger = np.zeros(self.up.shape, error.dtype)
        larger[:, :, 0:columns:2] = error * self.left
        larger[:, :, 1:columns:2] = error - larger[:, :, 0:columns:2]
        x_error = np.zeros(self.x_shape, error.dtype)
        x_error[0:rows:2] = larger * self.up
        x_error[1:rows:2] = larger - x_error[0:rows:2]
        return x_error


class ReLU:
    """Cut at zero."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return max(x, 0), of the same shape."""
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, error: np.ndarray) -> np.ndarray:
        """Let through what belongs to positive outputs."""
        return error * (self.y > 0)


class Dense:
    """Connect every input with every output.

    Parameters
    ----------
    weights : array (n_out, n_in)
    biases : array (n_out,)
    """

    is_first = False

    def __init__(self, weights: np.ndarray, biases: np.ndarray):
        self.weights, self.biases = weights, biases

    def forward(self, x: np.ndarray) -> np.ndarray:
        """From n_in numbers per picture, in whatever shape (..., n), to (n_out, n)."""
        self.x_shape, self.x = x.shape, x.reshape(-1, x.shape[-1])
        return self.weights @ self.x + self.biases[:, None]  # (n_out, n_in) @ (n_in, n)

    def backward(self, error: np.ndarray) -> np.ndarray | None:
        """From the loss's derivatives by the output to those by weights, biases and input."""
        self.bias_gradient = error.sum(axis=1)
        self.weight_gradient = error @ self.x.T  # (n_out, n) @ (n, n_in)
        if self.is_first:
            return None
        return (self.weights.T @ error).reshape(self.x_shape)  # (n_in, n_out) @ (n_out, n)


Layer = Convolution | Pool | ReLU | Dense


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

    def __init__(
        self,
        layers: tuple = ((16, 5, 2), (32, 3), (32, 3), "pool", 64),
        *,
        batch_size: int = 64,
        epochs: int = 3,
        learning_rate: float = 0.004,
        label_smoothing: float = 0.0,
        augment: Augment | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
        callback: Callable[["CNN"], Any] | None = None,
    ):
        self.layers = layers
        self.batch_size = batch_size
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.label_smoothing = label_smoothing
        self.augment = augment
        self.random_state = random_state
        self.verbose = verbose
        self.callback = callback

    def _initialise(self, X: np.ndarray, n_classes: int, dtype: np.dtype) -> None:
        """Learn the pixels' mean and deviation; draw the first weights (He et al. 2015)."""
        scale = 255 if X.dtype == np.uint8 else 1
        self.mean_ = np.array(X.mean(dtype=np.float64) / scale, dtype)
        self.std_ = np.array(X.std(dtype=np.float64) / scale or 1, dtype)
        self.weights_, self.biases_ = [], []
        x = as_pictures(X[:1].astype(dtype))  # goes through the layers to see its shape change
        for number, layer in enumerate((*self.layers, n_classes), start=1):
            _check_layer(layer, x.shape, f"CNN, layer {number}, {layer!r}", X.shape[1])
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

    def _backpropagate(
        self, inputs: np.ndarray, targets: np.ndarray, gradients: Gradients
    ) -> float:
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
        if self._memory is None:
            self._memory, self._n_steps = np.zeros((2, parameters.size), parameters.dtype), 0
        self._n_steps += 1
        adam(parameters, gradient, self._memory, self._n_steps, learning_rate)

    def _probabilities(self, inputs: np.ndarray) -> np.ndarray:
        def answer(block: np.ndarray) -> np.ndarray:
            return forward(self._network(), block)

        return np.concatenate(in_threads(answer, [(block,) for block in chunks(inputs, BLOCK)]))

    def _scaled(self, X: np.ndarray) -> np.ndarray:
        """Return X as floats (uint8 scaled to 0-1), standardised."""
        scale = 1 / 255 if X.dtype == np.uint8 else 1
        inputs = np.multiply(X, scale / self.std_, dtype=self.mean_.dtype)
        inputs -= self.mean_ / self.std_
        return inputs


def as_pictures(inputs: np.ndarray) -> np.ndarray:
    """Turn (n, n_features) into (rows, 1, columns, n), or (n_features, n) if that is no square."""
    n, n_features = inputs.shape
    side = isqrt(n_features)
    x = np.ascontiguousarray(inputs.T)
    return x.reshape(side, 1, side, n) if side * side == n_features else x


def forward(network: list[Layer], inputs: np.ndarray) -> np.ndarray:
    """Send pictures (n, n_features) through the layers: probabilities (n, n_classes)."""
    x = as_pictures(inputs)
    for layer in network:
        x = layer.forward(x)
    return softmax(x.T)


def _check_layer(layer: Any, shape: tuple[int, ...], where: str, n_features: int) -> None:
    """Raise unless a layer makes sense and can read inputs of that shape."""
    numbers = (2, 2) if layer == "pool" else np.atleast_1d(layer).tolist()
    if not (len(numbers) <= 3 and all(isinstance(n, int) and n > 0 for n in numbers)):
        raise ValueError(
            f"{where}: is neither (n_kernels, size), nor (n_kernels, size, stride), nor "
            f'"pool", nor a number of units.'
        )
    if len(numbers) > 1 and len(shape) != 4:
        raise ValueError(
            f"{where}: needs square pictures (784 features are 28 x 28), but gets {shape[0]} "
            f"features, which are none."
        )
    if len(numbers) > 1 and shape[0] < numbers[1]:
        side, size = isqrt(n_features), numbers[1]
        raise ValueError(
            f"{where}: needs pictures of {size} x {size} or more, but of X's "
            f"{side} x {side} pixels {shape[0]} x {shape[0]} are left here."
        )


def in_threads(function: Callable, parts: list[tuple]) -> list:
    """Call a function for each part, two at a time, each on one BLAS thread: NumPy lets them."""
    if len(parts) == 1:
        return [function(*parts[0])]

    def quietly(part: tuple) -> Any:
        with np.errstate(all="ignore"):  # a thread does not know its parent's
            return function(*part)

    pool, blas = _threads(os.getpid())
    with blas.limit(limits=1, user_api="blas"):
        return list(pool.map(quietly, parts))


@cache
def _threads(process_id: int) -> tuple[ThreadPoolExecutor, ThreadpoolController]:
    """Return two threads for this process: a fork's child has lost its parent's."""
    return ThreadPoolExecutor(2), ThreadpoolController()
