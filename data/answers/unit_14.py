"""Notebook 14, in the browser: the page's forward step, and pixels written in JavaScript."""

from itertools import pairwise

import numpy as np
from scipy.special import softmax

from mnistlab.exercises import exercise

_RNG = np.random.default_rng(14)


def _case(*sizes: int) -> tuple[np.ndarray, list]:
    layers = [(_RNG.normal(size=shape), _RNG.normal(size=shape[1])) for shape in pairwise(sizes)]
    return _RNG.integers(0, 256, sizes[0]), layers


@exercise(
    "14-forward",
    cases=[_case(6, 4, 3), _case(9, 3), _case(8, 5, 4, 2)],
    mistakes={
        "The network wants pixels from 0 to 1.": lambda p, layers: forward(255 * p, layers),
        "Each layer adds its biases.": lambda p, net: forward(p, [(W, 0 * b) for W, b in net]),
        "No ReLU on the last layer: negative sums stay.": lambda *case: forward(*case, lowest=0),
    },
)
def forward(pixels: np.ndarray, layers: list, lowest: float = -np.inf) -> np.ndarray:
    """Return one picture's probabilities, as network.js computes those of dense layers."""
    x = pixels / 255
    for W, b in layers[:-1]:
        x = np.maximum(x @ W + b, 0)
    W, b = layers[-1]
    return softmax(np.maximum(x @ W + b, lowest))


@exercise(
    "14-javascript",
    cases=[(np.array(p, dtype=np.uint8),) for p in ([0, 0, 255], [7], range(0, 240, 2))],
    mistakes={
        "An array as text has no commas.": lambda pixels: f"new Uint8Array({pixels})",
        "JavaScript knows no np.uint8.": lambda pixels: f"new Uint8Array({list(pixels)})",
        "Uint8Array wants one list, in brackets.": (
            lambda pixels: f"new Uint8Array({str(pixels.tolist())[1:-1]})"
        ),
        "The list is right. It has to become an array of bytes.": lambda p: str(p.tolist()),
    },
)
def to_javascript(pixels: np.ndarray) -> str:
    """Return the JavaScript that makes an array of these pixels."""
    return f"new Uint8Array({pixels.tolist()})"
