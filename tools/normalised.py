"""A CNN that learns with batch normalisation, dropout and teachers, and ends as a plain `CNN`.

Each sum that a hidden layer makes loses its mean over the pictures of a batch, and is divided by
their standard deviation; then comes the bias (Ioffe and Szegedy 2015). When all is learned, mean
and deviation are taken over many pictures, and go into weights and biases once and for all: the
network that is stored needs neither.
"""

from dataclasses import dataclass

import numpy as np

from mnistlab import CNN
from mnistlab.cnn import Layer, as_pictures, in_threads
from mnistlab.layers import Convolution, Dense
from mnistlab.training import Gradients, chunks

SMALLEST = 1e-5  # variance
BLOCK = 1000  # pictures normalised at a time
TAUGHT = np.float32(0.6)  # weight of what teachers say; the rest has the label


class Normalised:
    """A convolution or a dense layer; its sums are normalised before the bias is added."""

    is_first = False

    def __init__(self, layer: Convolution | Dense):
        self.layer, self.weights = layer, layer.weights

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the layer's sums, (..., channels, columns, n) or (n_out, n), normalised."""
        sums = self.layer.forward(x)
        self.axes = (0, 2, 3) if sums.ndim == 4 else (1,)  # all but the channels
        sums -= sums.mean(self.axes, keepdims=True)
        self.deviation = np.sqrt((sums * sums).mean(self.axes, keepdims=True) + SMALLEST)
        self.standard = sums / self.deviation
        return self.standard + self.layer.biases.reshape(self.deviation.shape)

    def backward(self, error: np.ndarray) -> np.ndarray | None:
        """From the loss's derivatives by the output to those by weights, biases and input."""
        self.bias_gradient = error.sum(self.axes)
        # To raise one sum raises their mean and, if it is large, their deviation.
        error = error - error.mean(self.axes, keepdims=True)
        error -= self.standard * (error * self.standard).mean(self.axes, keepdims=True)
        self.layer.is_first = self.is_first
        error = self.layer.backward(error / self.deviation)
        self.weight_gradient = self.layer.weight_gradient
        return error

    def settle(self, inputs: list[np.ndarray]) -> Convolution | Dense:
        """Return the layer that does the same to these inputs, with other weights and biases."""
        layer = self.layer
        means, squares = [], []
        for x in inputs:
            sums = layer.forward(x).astype(np.float64)
            axes = (0, 2, 3) if sums.ndim == 4 else (1,)
            means.append(sums.mean(axes))
            squares.append((sums * sums).mean(axes))
        mean = np.mean(means, axis=0)
        deviation = np.sqrt(np.mean(squares, axis=0) - mean**2 + SMALLEST)
        dtype = layer.weights.dtype
        layer.biases = ((layer.biases - mean) / deviation + layer.biases).astype(dtype)
        layer.weights = (layer.weights.T / deviation).T.astype(dtype)
        return layer


class Dropout:
    """Set a share of the numbers to 0 while learning (Srivastava et al. 2014)."""

    def __init__(self, share: float):
        self.share = share

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return x without some of its numbers; the others are raised to the same sum."""
        # Which ones follows from x: two threads that share a generator would take turns by chance.
        rng = np.random.default_rng(int(x.view(np.uint32).sum(dtype=np.uint64)))
        self.kept = (rng.random(x.shape, np.float32) >= self.share) / np.float32(1 - self.share)
        return x * self.kept

    def backward(self, error: np.ndarray) -> np.ndarray:
        """Let through what was kept."""
        return error * self.kept


@dataclass(eq=False, repr=False)
class NormalisedCNN(CNN):
    """A `CNN` to learn with; `plain` makes one of it that answers.

    dropout : float
        Share of the last hidden layer's outputs that are set to 0.
    teachers : tuple of CNN
        If there are any, the mean of their probabilities counts beside the labels (Hinton et al.
        2015, "Distilling the Knowledge in a Neural Network"). They learned from the same pictures,
        so their `mean_` and `std_` are the same.
    """

    dropout: float = 0.0
    teachers: tuple = ()

    def _network(self) -> list[Layer]:
        *network, last = super()._network()
        network = [Normalised(layer) if hasattr(layer, "weights") else layer for layer in network]
        return [*network, Dropout(self.dropout), last] if self.dropout else [*network, last]

    def _backpropagate(
        self, inputs: np.ndarray, targets: np.ndarray, gradients: Gradients
    ) -> float:
        if self.teachers:
            answers = [(teacher._probabilities, inputs) for teacher in self.teachers]
            answers = in_threads(lambda answer, inputs: answer(inputs), answers)
            targets = TAUGHT * sum(answers) / len(answers) + (1 - TAUGHT) * targets
        return super()._backpropagate(inputs, targets, gradients)

    def plain(self, X: np.ndarray) -> CNN:
        """Return a CNN whose sums are normalised over the pictures `X` (n, 784)."""
        model = CNN(**{name: getattr(self, name) for name in CNN().get_params(deep=False)})
        vars(model).update({name: value for name, value in vars(self).items() if name[-1] == "_"})
        model.weights_, model.biases_ = [], []
        blocks = [as_pictures(self._scaled(block)) for block in chunks(X, BLOCK)]
        for layer in self._network():
            if isinstance(layer, Dropout):
                continue
            if isinstance(layer, Normalised):
                layer = layer.settle(blocks)
            if hasattr(layer, "weights"):
                model.weights_.append(layer.weights)
                model.biases_.append(layer.biases)
            blocks = [layer.forward(x) for x in blocks]
        return model
