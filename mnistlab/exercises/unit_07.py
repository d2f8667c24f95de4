"""Notebook 07, a network from scratch: the forward step, and a hidden layer's backward step."""

from collections.abc import Callable

import numpy as np

from mnistlab.mlp import softmax

from . import exercise

Arrays = tuple[np.ndarray, np.ndarray]


def _relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def _network(pixels: int, hidden: int, classes: int) -> list[np.ndarray]:
    shapes = [(pixels, hidden), hidden, (hidden, classes), classes]
    rng = np.random.default_rng(pixels)
    return [rng.normal(size=shape).round(1) for shape in shapes]


def _pictures(n: int, pixels: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, pixels)).round(1)


def _forward(
    X: np.ndarray, network: list[np.ndarray], activation: Callable = _relu, bias: float = 1
) -> Arrays:
    W1, b1, W2, b2 = network
    H = activation(X @ W1 + bias * b1)
    return H, softmax(H @ W2 + bias * b2)


def _scores(X: np.ndarray, network: list[np.ndarray]) -> Arrays:
    H, _ = _forward(X, network)
    return H, H @ network[2] + network[3]


@exercise(
    "07-forward",
    cases=[(_pictures(n, p), _network(p, h, 3)) for n, p, h in [(2, 2, 2), (4, 3, 2), (1, 4, 5)]],
    mistakes={
        "The hidden sums go through the activation before they are sent on.": lambda X, network: (
            _forward(X, network, activation=lambda z: z)
        ),
        "The hidden units are ReLUs here.": lambda X, network: _forward(X, network, _sigmoid),
        "Each layer adds its biases.": lambda X, network: _forward(X, network, bias=0),
        "These are scores. Softmax makes probabilities of them.": _scores,
        "First what the hidden units send, then the probabilities.": lambda X, network: _forward(
            X, network
        )[::-1],
    },
    tolerance=1e-9,
)
def forward(X: np.ndarray, network: list[np.ndarray]) -> Arrays:
    """Return the hidden units' outputs and the probabilities."""
    return _forward(X, network)


def _tried_out(
    X: np.ndarray, sums: np.ndarray, activation: Callable, D2: np.ndarray, W2: np.ndarray
) -> Arrays:
    """Return the gradients of W1 and b1 by trying: each number raised and lowered a little.

    Where the scores have the deltas D2, the loss changes like the sum of D2 times the scores.
    """

    def loss(W: np.ndarray, b: np.ndarray) -> float:
        return float((D2 * (activation(sums + X @ W + b) @ W2)).sum())

    W, b, step = np.zeros((X.shape[1], len(W2))), np.zeros(len(W2)), 1e-5
    slow = np.zeros_like(W), np.zeros_like(b)
    for moved, gradient in zip((W, b), slow, strict=True):
        for k in range(moved.size):
            moved.flat[k] = step
            above = loss(W, b)
            moved.flat[k] = -step
            gradient.flat[k] = (above - loss(W, b)) / (2 * step)
            moved.flat[k] = 0
    return slow


def _backward_cases(activation: Callable) -> list[tuple]:
    """Return (X, H, D2, W2) for three small networks, with as many hidden units as classes once."""
    cases = []
    for n, pixels, hidden, classes in [(2, 2, 2, 3), (3, 2, 3, 3), (4, 3, 5, 2)]:
        X, network = _pictures(n, pixels), _network(pixels, hidden, classes)
        H, P = _forward(X, network, activation)
        T = np.eye(classes)[np.arange(n) % classes]
        cases.append((X, H, (P - T) / n, network[2]))
    return cases


def _from_deltas(X: np.ndarray, D1: np.ndarray) -> Arrays:
    return X.T @ D1, D1.sum(axis=0)


@exercise(
    "07-backward",
    cases=_backward_cases(_relu),
    mistakes={
        "Units that sent 0 get a gradient too: what is the ReLU's slope there?": (
            lambda X, H, D2, W2: _from_deltas(X, D2 @ W2.T)
        ),
        "The ReLU's slope is 1 or 0. You multiplied by what the unit sent.": lambda X, H, D2, W2: (
            _from_deltas(X, (D2 @ W2.T) * H)
        ),
        "The bias: its gradients are added up over the pictures, not averaged.": (
            lambda X, H, D2, W2: (
                X.T @ ((D2 @ W2.T) * (H > 0)),
                ((D2 @ W2.T) * (H > 0)).mean(axis=0),
            )
        ),
        "D2 is divided by the number of pictures already.": lambda X, H, D2, W2: _from_deltas(
            X, (D2 @ W2.T) * (H > 0) / len(X)
        ),
    },
    tolerance=1e-7,
)
def hidden_backward(X: np.ndarray, H: np.ndarray, D2: np.ndarray, W2: np.ndarray) -> Arrays:
    """Return the gradients of W1 and b1 below ReLUs, tried out number by number."""
    sums = np.where(H > 0, H, -1)  # any negative sum sends 0
    return _tried_out(X, sums, _relu, D2, W2)


@exercise(
    "07-sigmoid",
    cases=_backward_cases(_sigmoid),
    mistakes={
        "This is the ReLU's slope. What is that of a sigmoid?": lambda X, H, D2, W2: _from_deltas(
            X, (D2 @ W2.T) * (H > 0)
        ),
        "The slope is taken from what the units sent, with no second sigmoid.": (
            lambda X, H, D2, W2: _from_deltas(X, (D2 @ W2.T) * _sigmoid(H) * (1 - _sigmoid(H)))
        ),
        "The slope has two factors: you have one of them.": lambda X, H, D2, W2: _from_deltas(
            X, (D2 @ W2.T) * H
        ),
        "The slope belongs to each picture: multiply before you add up.": lambda X, H, D2, W2: (
            (X.T @ (D2 @ W2.T)) * (H * (1 - H)).mean(axis=0),
            (D2 @ W2.T).sum(axis=0) * (H * (1 - H)).mean(axis=0),
        ),
    },
    tolerance=1e-7,
)
def sigmoid_backward(X: np.ndarray, H: np.ndarray, D2: np.ndarray, W2: np.ndarray) -> Arrays:
    """Return the gradients of W1 and b1 below sigmoids, tried out number by number."""
    return _tried_out(X, np.log(H / (1 - H)), _sigmoid, D2, W2)
