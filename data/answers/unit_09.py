"""Notebook 09, a convolutional network: a kernel that slides, one product, a gradient."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mnistlab.exercises import exercise

_RNG = np.random.default_rng(9)
_PICTURE, _WIDE = _RNG.integers(0, 9, (6, 6)), _RNG.integers(0, 9, (4, 7))
_KERNEL, _SMALL = _RNG.integers(-2, 3, (3, 3)), np.array([[1, -2, 3], [5, 0, -1]])


@exercise(
    "09-slide",
    cases=[(_PICTURE, _KERNEL), (_WIDE, _KERNEL), (_PICTURE, _SMALL), (_WIDE, _SMALL)],
    mistakes={
        "Your kernel is turned round: its upper left weight must meet the upper left pixel.": (
            lambda image, kernel: slide(image, kernel[::-1, ::-1])
        ),
        "A kernel need not be square: its height and its width are two numbers.": (
            lambda image, kernel: slide(image, kernel.reshape(len(kernel), len(kernel)))
        ),
        "No window sticks out of the picture: the result is smaller than the image.": (
            lambda image, kernel: slide(np.pad(image, len(kernel) // 2), kernel)
        ),
    },
    wrong_results={
        "The last row and column are missing: range leaves its end out.": lambda r: r[:-1, :-1],
    },
)
def slide(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Return the weighted sums of all windows that lie within an image."""
    return (sliding_window_view(image, kernel.shape) * kernel).sum(axis=(2, 3))


def _images(*shape: int) -> np.ndarray:
    return _RNG.integers(0, 9, shape) / 4


@exercise(
    "09-product",
    cases=[
        (_images(4, 4), _images(9, 1) - 1, np.array([0.5])),
        (_images(5, 7), _images(9, 3) - 1, np.array([1.0, -2.0, 0.0])),
        (_images(6, 4), _images(9, 2) - 1, np.array([3.0, -1.0])),
    ],
    mistakes={
        "The biases are missing.": lambda image, W, b: convolution(image, W, 0 * b),
    },
    wrong_results={
        "ReLU is not wanted here.": lambda r: np.maximum(r, 0),
        "That is the shape of the product, not of pictures.": lambda r: r.reshape(len(r), -1).T,
        "Kernels come first in the shape, then rows and columns.": lambda r: np.moveaxis(r, 0, 2),
        "The maps are mixed up: reshaping alone cannot turn columns into rows.": (
            lambda r: np.moveaxis(r, 0, 2).reshape(r.shape)
        ),
    },
)
def convolution(image: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the feature maps (k, rows - 2, columns - 2) of a picture (rows, columns)."""
    windows = sliding_window_view(image, (3, 3))
    return np.moveaxis(windows.reshape(*windows.shape[:2], 9) @ W + b, 2, 0)


@exercise(
    "09-slopes",
    cases=[
        (_images(5, 5), _images(3, 3) - 1),
        (_images(6, 7), _images(4, 5) - 1),
        (_images(6, 6), _images(5, 5) - 1),
    ],
    mistakes={
        "Each number adds up over the windows; this is their mean.": lambda image, deltas: (
            kernel_gradient(image, deltas) / deltas.size
        ),
        "The pixels are missing: a window on plain paper must not count.": lambda image, deltas: (
            kernel_gradient(np.ones_like(image), deltas)
        ),
    },
    wrong_results={
        "Your array is turned round: upper left belongs to upper left.": lambda r: r[::-1, ::-1],
        "Rows and columns are swapped.": np.transpose,
    },
)
def kernel_gradient(image: np.ndarray, deltas: np.ndarray) -> np.ndarray:
    """Return the gradients of a kernel's weights, given the deltas of the windows' sums."""
    return slide(image, deltas)
