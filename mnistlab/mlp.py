"""A multilayer perceptron from scratch: forward, backward, update, and a classifier made of them.

Notebook 07 builds these functions one by one; the loop around them is in `training.py`. The first
weights have a variance of 1 / n_in (LeCun et al. 1998, "Efficient BackProp"), or of 2 / n_in for
ReLU (He et al. 2015).
"""

from dataclasses import KW_ONLY, dataclass
from itertools import pairwise

import numpy as np
from scipy.special import expit

from mnistlab.training import Arrays, Gradients, NetworkClassifier

# Name: the function, and its derivative written in terms of the function's *output*.
ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda out: out > 0),
    "sigmoid": (expit, lambda out: out * (1 - out)),
    "tanh": (np.tanh, lambda out: 1 - out * out),
}


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores (n, n_classes) into probabilities (n, n_classes): rows sum to 1."""
    scores = scores - scores.max(axis=1, keepdims=True)  # the same result; exp cannot overflow
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def forward(X: np.ndarray, weights: Arrays, biases: Arrays, activation: str) -> Arrays:
    """Send a batch of floats, X (n, n_features), through the network.

    `weights` (n_in, n_out) and `biases` (n_out,) are lists, one array per layer. Returned is the
    output of every layer: X itself, the hidden layers, the probabilities (n, n_classes).
    """
    squash, _ = ACTIVATIONS[activation]
    outputs = [X]
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        z = outputs[-1] @ W  # (n, n_in) @ (n_in, n_out) -> (n, n_out)
        z += b
        outputs.append(softmax(z) if layer == len(weights) else squash(z))
    return outputs


def cross_entropy(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean over the batch of -sum(targets * log(probabilities)).

    A wanted class whose probability has sunk to 0 counts with the smallest number there is: a loss
    of about 87 in float32, not infinity, since training recovers from it.
    """
    smallest = np.finfo(probabilities.dtype).tiny
    return -float(np.vdot(targets, np.log(np.maximum(probabilities, smallest)))) / len(targets)


def backward(
    outputs: Arrays, targets: np.ndarray, weights: Arrays, activation: str, gradients: Gradients
) -> None:
    """Send the error back through the network (Rumelhart, Hinton and Williams 1986).

    `outputs` is what `forward` returned, `targets` (n, n_classes) are the wanted probabilities;
    rows sum to 1. `gradients` are two lists of arrays, shaped as weights and biases, and filled
    here with the derivatives of `cross_entropy`.
    """
    _, slope = ACTIVATIONS[activation]
    weight_gradients, bias_gradients = gradients
    error = (outputs[-1] - targets) / len(targets)  # softmax and cross-entropy together
    for layer in reversed(range(len(weights))):
        inputs = outputs[layer]
        np.matmul(inputs.T, error, out=weight_gradients[layer])  # (n_in, n) @ (n, n_out)
        error.sum(axis=0, out=bias_gradients[layer])  # (n_out,)
        if layer > 0:
            error = error @ weights[layer].T  # (n, n_out) @ (n_out, n_in) -> (n, n_in)
            error *= slope(inputs)


def update(
    parameters: np.ndarray, gradient: np.ndarray, velocity: np.ndarray, rate: float, momentum: float
) -> None:
    """Move parameters and velocity, in place, by one step of gradient descent with momentum.

    velocity = momentum * velocity - rate * gradient     (Polyak 1964)
    parameters = parameters + velocity
    """
    velocity *= momentum
    velocity -= rate * gradient
    parameters += velocity


@dataclass(eq=False, repr=False)
class MLP(NetworkClassifier):
    """Multilayer perceptron classifier, written to be read.

    uint8 pixels are read as 0-255 and scaled to 0-1, batch by batch; floats are taken as they are
    (float64 computes in float64, half as fast). Ctrl-C ends `fit` early and keeps the model so far.

    Parameters
    ----------
    hidden_layer_sizes : int or tuple of int
        Units of each hidden layer. ``()`` is softmax regression.
    activation : {"relu", "sigmoid", "tanh"}
        What the hidden units do with their weighted sum.
    batch_size, epochs : int
        Images per step; passes over the training data.
    learning_rate : float
        Its peak in `fit`; `partial_fit` keeps it constant.
    momentum : float
        At least 0, below 1.
    label_smoothing : float
        Share of the target spread evenly over all classes (Szegedy et al. 2016).
    augment : Augment or None
        Distorts every training image anew in every epoch.
    random_state : int, RandomState instance or None
        The same seed and the same data give the same network.
    verbose : bool
        Show a progress bar.
    callback : callable or None
        Called as ``callback(model)`` after each epoch.

    Attributes
    ----------
    weights_, biases_ : lists of arrays (n_in, n_out) and (n_out,)
    mean_ : array (n_features,)
        The mean training image, subtracted from every input.
    classes_, n_features_in_ : array (n_classes,), and int
    input_range_ : tuple of two floats
        The lowest and the highest number in the training data.
    loss_curve_ : list of float
        Mean training loss of each epoch.
    """

    hidden_layer_sizes: int | tuple[int, ...] = (200,)
    _: KW_ONLY
    activation: str = "relu"
    learning_rate: float = 0.15
    momentum: float = 0.9

    def _initialise(self, X: np.ndarray, n_classes: int, dtype: np.dtype) -> None:
        hidden = np.atleast_1d(self.hidden_layer_sizes).tolist()  # one number is one layer
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {sorted(ACTIVATIONS)}.")
        if min(hidden, default=1) < 1:
            raise ValueError("hidden_layer_sizes must be at least 1.")
        if not 0 <= self.momentum < 1:
            raise ValueError("momentum must be from 0 to below 1.")
        mean = X.mean(axis=0, dtype=np.float64) / (255 if X.dtype == np.uint8 else 1)
        self.mean_ = mean.astype(dtype)
        gain = 2 if self.activation == "relu" else 1  # ReLU silences half of its inputs
        sizes = [X.shape[1], *hidden, n_classes]
        self.weights_ = [
            self._rng.standard_normal((n_in, n_out), dtype) * np.sqrt(gain / n_in, dtype=dtype)
            for n_in, n_out in pairwise(sizes)
        ]
        self.biases_ = [np.zeros(n_out, dtype) for n_out in sizes[1:]]

    def _backpropagate(self, inputs, targets, gradients):
        outputs = forward(inputs, self.weights_, self.biases_, self.activation)
        backward(outputs, targets, self.weights_, self.activation, gradients)
        return cross_entropy(outputs[-1], targets)

    def _update(self, parameters: np.ndarray, gradient: np.ndarray, learning_rate: float) -> None:
        update(parameters, gradient, self._memory[0], learning_rate, self.momentum)

    def _probabilities(self, inputs: np.ndarray) -> np.ndarray:
        return forward(inputs, self.weights_, self.biases_, self.activation)[-1]
