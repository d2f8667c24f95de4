"""Notebook 09, a convolutional network: a kernel that slides, one product, counts, slopes."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from . import exercise

_RNG = np.random.default_rng(9)
_PICTURE, _WIDE = _RNG.integers(0, 9, (6, 6)), _RNG.integers(0, 9, (4, 7))
_KERNEL, _SMALL = _RNG.integers(-2, 3, (3, 3)), np.array([[1, -2], [3, 5]])


@exercise(
    "09-slide",
    cases=[(_PICTURE, _KERNEL), (_WIDE, _KERNEL), (_PICTURE, _SMALL), (_WIDE, _SMALL)],
    mistakes={
        "The last place is missing, below and on the right: range leaves its end out.": (
            lambda image, kernel: slide(image, kernel)[:-1, :-1]
        ),
        "Your kernel is turned round: its upper left weight meets the upper left pixel.": (
            lambda image, kernel: slide(image, kernel[::-1, ::-1])
        ),
        "Rows and columns are swapped in the result.": lambda image, kernel: slide(image, kernel).T,
        "No window sticks out of the picture: the result is smaller than the image.": (
            lambda image, kernel: slide(np.pad(image, len(kernel) // 2), kernel)
        ),
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
        (_images(1, 4, 4), _images(9, 1) - 1, np.array([0.5])),
        (_images(2, 5, 7), _images(9, 3) - 1, np.array([1.0, -2.0, 0.0])),
        (_images(3, 6, 4), _images(9, 2) - 1, np.array([3.0, -1.0])),
    ],
    mistakes={
        "The biases are missing.": lambda images, W, b: convolution(images, W, 0 * b),
        "ReLU is not wanted here.": lambda images, W, b: np.maximum(convolution(images, W, b), 0),
        "The shape is still that of the product: rows of windows. Give it the pictures' shape.": (
            lambda images, W, b: convolution(images, W, b).reshape(-1, W.shape[1])
        ),
        "The kernels come last in the shape. Reshaping cannot move an axis.": (
            lambda images, W, b: np.moveaxis(convolution(images, W, b), 3, 1)
        ),
    },
)
def convolution(images: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the feature maps (n, rows - 2, columns - 2, k) of pictures (n, rows, columns)."""
    windows = sliding_window_view(images, (3, 3), axis=(1, 2))
    return windows.reshape(*windows.shape[:3], 9) @ W + b


@exercise(
    "09-count",
    cases=[(16, 5, 1), (32, 3, 16), (8, 1, 4), (1, 7, 3)],
    mistakes={
        "Each kernel has a bias, too.": lambda n_kernels, size, n_channels: (
            n_kernels * n_channels * size**2
        ),
        "A kernel has weights for every channel.": lambda n_kernels, size, n_channels: (
            n_kernels * (size**2 + 1)
        ),
        "One bias for each kernel, not for each of its channels.": (
            lambda n_kernels, size, n_channels: n_kernels * n_channels * (size**2 + 1)
        ),
        "One bias for each kernel, not one for all.": lambda n_kernels, size, n_channels: (
            n_kernels * n_channels * size**2 + 1
        ),
    },
)
def parameters(n_kernels: int, size: int, n_channels: int) -> int:
    """Return how many weights and biases a convolution has."""
    return n_kernels * (n_channels * size**2 + 1)


@exercise(
    "09-slopes",
    cases=[
        (_images(5, 5), _images(3, 3) - 1),
        (_images(6, 7), _images(4, 5) - 1),
        (_images(6, 6), _images(5, 5) - 1),
    ],
    mistakes={
        "A slope adds up over the windows; this is their mean.": lambda image, errors: (
            kernel_slopes(image, errors) / errors.size
        ),
        "Your slopes are turned round: the upper left one belongs to the upper left pixels.": (
            lambda image, errors: kernel_slopes(image, errors)[::-1, ::-1]
        ),
        "Rows and columns of the slopes are swapped.": lambda image, errors: (
            kernel_slopes(image, errors).T
        ),
        "The pixels are missing: a window on plain paper must not count.": lambda image, errors: (
            kernel_slopes(np.ones_like(image), errors)
        ),
    },
)
def kernel_slopes(image: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return the slopes of the loss by a kernel's weights, given those by the windows' sums."""
    return slide(image, errors)
