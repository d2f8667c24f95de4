"""Four kinds of layers of a convolutional network, each with a forward and a backward.

Notebook 09 builds them one by one. Between the layers pictures have the shape (rows, channels,
columns, n), the pictures of a batch last: to shift all of them by a pixel is to copy long runs of
memory. A kernel of 3 x 3 looks at three rows of the picture at a time, and three rows are one piece
of memory. So only the shifts sideways are copied, and each row of the answer is one matrix product.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Convolution:
    """Slide kernels over pictures: each output is a kernel's weighted sum of one window.

    `weights` are (n_kernels, n_channels, size, size), `biases` (n_kernels,); `stride` is the pixels
    from one window to the next, down and sideways.
    """

    is_first = False  # layer of all: nobody asks for the derivatives by the pictures

    def __init__(self, weights: np.ndarray, biases: np.ndarray, stride: int = 1):
        self.weights, self.biases, self.stride = weights, biases, stride

    def forward(self, x: np.ndarray) -> np.ndarray:
        """From (rows, n_channels, columns, n) to (new_rows, n_kernels, new_columns, n)."""
        self.x_shape = rows, channels, columns, n = x.shape
        n_kernels, _, size, _ = self.weights.shape
        new_rows, new_columns = ((side - size) // self.stride + 1 for side in (rows, columns))
        shifted = np.empty((rows, channels, size, new_columns, n), x.dtype)
        for shift in range(size):
            shifted[:, :, shift] = x[:, :, shift :: self.stride][:, :, :new_columns]
        # Row r of the answer needs rows r to r + size of `shifted`: a band of them. Bands overlap,
        # so they are no copies, but views of the same memory.
        bands = sliding_window_view(shifted, size, axis=0)[:: self.stride]  # the rows come last
        self.bands = np.moveaxis(bands, -1, 1).reshape(new_rows, -1, new_columns * n)
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
            x_error[:, :, shift :: self.stride][:, :, :new_columns] += shifted[:, :, shift]
        return x_error

    def _kernels(self) -> np.ndarray:
        """Return the weights as one row per kernel, ordered as the numbers in a band."""
        return self.weights.transpose(0, 2, 1, 3).reshape(len(self.weights), -1)


class Pool:
    """Keep the largest of each 2 x 2 pixels; an odd last row or column is left out."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """From (rows, channels, columns, n) to (rows // 2, channels, columns // 2, n)."""
        self.x_shape = x.shape
        upper, lower = x[: len(x) // 2 * 2 : 2], x[1::2]
        rows = np.maximum(upper, lower)
        left, right = rows[:, :, : x.shape[2] // 2 * 2 : 2], rows[:, :, 1::2]
        self.from_upper, self.from_left = upper >= lower, left >= right
        return np.maximum(left, right)

    def backward(self, error: np.ndarray) -> np.ndarray:
        """Hand each derivative to the pixel that was the largest (the first, if there are two)."""
        x_error = np.zeros(self.x_shape, error.dtype)
        rows = np.zeros(self.from_upper.shape, error.dtype)
        rows[:, :, : 2 * error.shape[2] : 2] = error * self.from_left
        rows[:, :, 1::2] = error * ~self.from_left
        x_error[: 2 * len(rows) : 2] = rows * self.from_upper
        x_error[1::2] = rows * ~self.from_upper
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
    """Connect every input with every output; `weights` are (n_out, n_in), `biases` (n_out,)."""

    def __init__(self, weights: np.ndarray, biases: np.ndarray):
        self.weights, self.biases = weights, biases

    def forward(self, x: np.ndarray) -> np.ndarray:
        """From n_in numbers per picture, in whatever shape (..., n), to (n_out, n)."""
        self.x_shape, self.x = x.shape, x.reshape(-1, x.shape[-1])
        return self.weights @ self.x + self.biases[:, None]  # (n_out, n_in) @ (n_in, n)

    def backward(self, error: np.ndarray) -> np.ndarray:
        """From the loss's derivatives by the output to those by weights, biases and input."""
        self.bias_gradient = error.sum(axis=1)
        self.weight_gradient = error @ self.x.T  # (n_out, n) @ (n, n_in)
        return (self.weights.T @ error).reshape(self.x_shape)  # (n_in, n_out) @ (n_out, n)
