"""What the page and the ONNX file know of a network: its layers, MLP's and CNN's alike."""

import zipfile
import zlib
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..cnn import CNN
from ..mlp import ACTIVATIONS, MLP
from ..model_files import read_network

SIDES = (28, 40)  # of the pictures that the page makes of a drawing: MNIST's, and hiragana's


@dataclass
class Layer:
    """One layer; pictures between layers lie as (row, column, channel).

    ``kind`` is "convolution" with ``weights`` (size, size, n_channels, n_kernels) and a ``stride``,
    "dense" with ``weights`` (n_in, n_out), or "pool" (2 x 2), which has none. ``biases`` (n_out,).
    """

    kind: str
    weights: np.ndarray
    biases: np.ndarray
    stride: int = 1
    activation: str = "none"


def load_model(path: str | Path) -> MLP | CNN:
    """Read a network that `MLP.save` or `CNN.save` wrote, and say what is wrong if it is not one.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds no network for pictures of such a side, or a damaged one.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: there is no such file; MLP.save(path) writes one")
    try:
        kind = read_network(path)[0]
        model = {"MLP": MLP, "CNN": CNN}[kind].load(path)
    except KeyError as error:
        raise ValueError(f"{path}: not a network that MLP.save wrote: {error.args[0]}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, TypeError) as error:
        advice = "save the network once more"
        raise ValueError(f"{path}: not a whole .npz file ({error}); {advice}") from None
    layers_of(model, path)
    return model


def layers_of(model: MLP | CNN, name: str | Path = "the model") -> list[Layer]:
    """Return the layers of a network for 28 x 28 or 40 x 40 pixels; a message calls it `name`.

    Raises
    ------
    ValueError, sklearn.exceptions.NotFittedError
        If it expects something else than such pictures, its arrays do not fit together or hold
        numbers that are not finite; if it was never trained.
    """
    if not isinstance(model, MLP | CNN):
        raise ValueError(f"{name} is of type {type(model).__name__}; the page runs MLPs and CNNs")
    check_is_fitted(model)
    weights, biases, mean = model.weights_, model.biases_, np.asarray(model.mean_)
    if len(weights) != len(biases) or not weights:
        raise ValueError(f"{name} has {len(weights)} arrays of weights and {len(biases)} of biases")
    cnn, arrays, layers = isinstance(model, CNN), zip(weights, biases, strict=True), []
    plans = (*model.layers, len(biases[-1])) if cnn else [len(b) for b in biases]
    activation = "relu" if cnn else model.activation
    if activation not in ACTIVATIONS:
        raise ValueError(f"{name}: unknown activation {activation!r}")
    pixels = side_of(model) ** 2
    side, n = (side_of(model), 1) if cnn else (1, pixels)  # n channels of side x side
    for number, plan in enumerate(plans, start=1):
        if plan == "pool":
            layers.append(Layer("pool", np.empty(0), np.empty(0)))
            side //= 2
            continue
        (W, b), where = next(arrays), f"{name}, layer {number}"
        if isinstance(plan, tuple):
            n_out, size, stride = (*plan, 1)[:3]
            _check(W, b, (n_out, n, size, size), n_out, where)
            layers.append(Layer("convolution", W.transpose(2, 3, 1, 0), b, stride, activation))
            side, n = (side - size) // stride + 1, n_out
            continue
        n_in = side * n * side
        _check(W, b, (plan, n_in) if cnn else (n_in, plan), plan, where)
        if cnn:  # from (channel between row and column) to (row, column, channel)
            W = W.reshape(plan, side, n, side).transpose(1, 3, 2, 0).reshape(n_in, plan)
        layers.append(Layer("dense", W, b, activation=activation))
        side, n = 1, plan
    layers[-1].activation = "none"
    if mean.size not in (1, pixels) or not (mean.min() >= 0 and mean.max() <= 1):
        raise ValueError(
            f"{name} expects other inputs than {pixels} pixels as uint8 or from 0 to 1"
        )
    if len(model.classes_) != n:
        raise ValueError(f"{name} has {len(model.classes_)} classes but {n} outputs")
    return layers


def _check(W: np.ndarray, b: np.ndarray, shape: tuple, n_out: int, where: str) -> None:
    if W.shape != shape or b.shape != (n_out,):
        raise ValueError(
            f"{where}: weights {W.shape} and biases {b.shape}, expected {shape} and ({n_out},)"
        )
    if not (np.isfinite(W).all() and np.isfinite(b).all()):
        raise ValueError(f"{where}: holds numbers that are not finite")


def side_of(model: MLP | CNN) -> int:
    """Return the side of the pictures that a network reads, or 28 for what the page cannot make."""
    side = isqrt(model.n_features_in_)
    return side if side in SIDES else 28


def pixel_scale(model: MLP | CNN) -> float:
    """Return what a pixel, 0 to 255, is multiplied by before the first layer."""
    return 1 / (255 * float(getattr(model, "std_", 1)))


def folded_biases(model: MLP | CNN) -> list[np.ndarray]:
    """Return the biases of a network that need not subtract the mean from its inputs.

    (x - mean) W + b = x W + (b - mean W): only the first layer's change. Blank pixels are then 0,
    and what is 0 can be skipped. One float64 array (n_out,) per layer with weights.
    """
    layers = [layer for layer in layers_of(model) if layer.weights.size]
    biases = [layer.biases.astype(np.float64) for layer in layers]
    mean = model.mean_.astype(np.float64) / getattr(model, "std_", 1)
    weights = layers[0].weights.astype(np.float64)
    weights = weights.reshape(-1, weights.shape[-1])
    biases[0] -= np.broadcast_to(mean, len(weights)) @ weights
    return biases
