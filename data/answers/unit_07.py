"""Notebook 07, a network from scratch: the forward step, and a hidden layer's backward step."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import approx_fprime
from scipy.special import expit as sigmoid
from scipy.special import logit

from mnistlab.exercises import exercise
from mnistlab.mlp import ACTIVATIONS, softmax

Arrays = tuple[np.ndarray, np.ndarray]
_relu, _ = ACTIVATIONS["relu"]


def _network(*sizes: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return pictures and a network [W1, b1, W2, b2]: n, pixels, hidden units, classes."""
    n, pixels, hidden, classes = sizes
    rng = np.random.default_rng(sizes)
    shapes = (n, pixels), (pixels, hidden), hidden, (hidden, classes), classes
    X, *network = (rng.normal(size=shape).round(1) for shape in shapes)
    return X, network


@exercise(
    "07-forward",
    cases=[_network(2, 2, 2, 3), _network(4, 3, 2, 3), _network(1, 4, 5, 3)],
    mistakes={
        "The hidden sums go through the activation before they are sent on.": lambda X, network: (
            forward(X, network, activation=lambda z: z)
        ),
        "The hidden units are ReLUs here.": lambda X, network: forward(X, network, sigmoid),
        "Each layer adds its biases.": lambda X, network: forward(X, network, bias=0),
    },
    wrong_results={
        "Return what the hidden units send first, then the probabilities.": lambda r: r[::-1],
    },
    tolerance=1e-9,
)
def forward(
    X: np.ndarray, network: list[np.ndarray], activation: Callable = _relu, bias: float = 1
) -> Arrays:
    """Return what the hidden units send, and the probabilities."""
    W1, b1, W2, b2 = network
    H = activation(X @ W1 + bias * b1)
    return H, softmax(H @ W2 + bias * b2)


def _tried_out(
    X: np.ndarray, sums: np.ndarray, activation: Callable, D2: np.ndarray, W2: np.ndarray
) -> Arrays:
    """Return the gradients of W1 and b1: each number raised a little.

    Where the scores have the deltas D2, the loss changes like the sum of D2 times the scores.
    """
    inputs, shape = np.column_stack([X, np.ones(len(X))]), (-1, len(W2))

    def loss(change: np.ndarray) -> float:
        return (D2 * (activation(sums + inputs @ change.reshape(shape)) @ W2)).sum()

    slopes = approx_fprime(np.zeros(inputs.shape[1] * len(W2)), loss).reshape(shape)
    return slopes[:-1], slopes[-1]


def _backward_cases(activation: Callable) -> list[tuple]:
    """Return (X, H, D2, W2) for small networks, once with as many hidden units as classes."""
    cases = []
    for n, pixels, hidden, classes in [(2, 2, 2, 3), (3, 2, 3, 3), (4, 3, 5, 2)]:
        X, network = _network(n, pixels, hidden, classes)
        H, P = forward(X, network, activation)
        cases.append((X, H, (P - np.eye(classes)[np.arange(n) % classes]) / n, network[2]))
    return cases


def _with_slope(slope: Callable, add_up: Callable = np.sum) -> Callable:
    """Return a backward step with this slope of the activation."""

    def step(X: np.ndarray, H: np.ndarray, D2: np.ndarray, W2: np.ndarray) -> Arrays:
        D1 = (D2 @ W2.T) * slope(H)
        return X.T @ D1, add_up(D1, axis=0)

    return step


@exercise(
    "07-backward",
    cases=_backward_cases(_relu),
    mistakes={
        "Units that sent 0 get a gradient: what is a ReLU's slope there?": _with_slope(lambda H: 1),
        "A ReLU's slope is 1 or 0. You multiplied by what the unit sent.": _with_slope(lambda H: H),
        "The bias: add up over pictures, do not average.": _with_slope(lambda H: H > 0, np.mean),
        "D2 is divided by the number of pictures already.": _with_slope(lambda H: (H > 0) / len(H)),
        "W2 is to be transposed: reshaped, its weights land in the wrong places.": (
            lambda X, H, D2, W2: hidden_backward(X, H, D2, W2.reshape(W2.shape[::-1]).T)
        ),
    },
    tolerance=1e-7,
)
def hidden_backward(X: np.ndarray, H: np.ndarray, D2: np.ndarray, W2: np.ndarray) -> Arrays:
    """Return the gradients of W1 and b1 below ReLUs, tried out number by number."""
    return _tried_out(X, np.where(H > 0, H, -1), _relu, D2, W2)  # any negative sum sends 0


@exercise(
    "07-sigmoid",
    cases=_backward_cases(sigmoid),
    mistakes={
        "This is the ReLU's slope. What is that of a sigmoid?": _with_slope(lambda H: H > 0),
        "H has been through the sigmoid: take the slope from it.": _with_slope(
            lambda H: sigmoid(H) * (1 - sigmoid(H))
        ),
        "The slope has two factors: you have one of them.": _with_slope(lambda H: H),
    },
    tolerance=1e-7,
)
def sigmoid_backward(X: np.ndarray, H: np.ndarray, D2: np.ndarray, W2: np.ndarray) -> Arrays:
    """Return the gradients of W1 and b1 below sigmoids, tried out number by number."""
    return _tried_out(X, logit(H), sigmoid, D2, W2)
