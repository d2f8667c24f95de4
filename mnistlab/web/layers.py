"""What the page and the ONNX file know of a network: its layers, MLP's and CNN's alike."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..cnn import CNN
from ..mlp import ACTIVATIONS, MLP
from ..model_files import read_network

SIDE = 28
PIXELS = SIDE * SIDE


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
        If it holds no network that reads 784 pixels, or a damaged one.
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
    """Return the layers of a network for 28 x 28 pixels; `name` is what a message calls it.

    Raises
    ------
    ValueError, sklearn.exceptions.NotFittedError
        If it expects something else than 784 pixels, its arrays do not fit together or hold
        numbers that are not finite; if it was never trained.
    """
    if not isinstance(model, MLP | CNN):
        raise ValueError(f"{name} is of type {type(model).__name__}; the page runs MLPs and CNNs")
    check_is_fitted(model)
    weights, biases = list(model.weights_), list(model.biases_)
    if isinstance(model, CNN) and model.n_features_in_ != PIXELS:
        raise ValueError(
            f"{name} was trained on {model.n_features_in_} features, expected {PIXELS}"
        )
    if len(weights) != len(biases) or not weights:
        raise ValueError(f"{name} has {len(weights)} arrays of weights and {len(biases)} of biases")
    if isinstance(model, CNN):
        layers, outputs = _cnn_layers(model, name)
    else:
        layers, outputs = _mlp_layers(model, name)
    mean = np.asarray(model.mean_)
    if mean.size not in (1, PIXELS) or not (mean.min() >= 0 and mean.max() <= 1):
        raise ValueError(
            f"{name} expects other inputs than {PIXELS} pixels as uint8 or from 0 to 1"
        )
    if len(model.classes_) != outputs:
        raise ValueError(f"{name} has {len(model.classes_)} classes but {outputs} outputs")
    return layers


def _mlp_layers(model: MLP, name: str | Path) -> tuple[list[Layer], int]:
    if model.activation not in ACTIVATIONS:
        raise ValueError(f"{name}: unknown activation {model.activation!r}")
    n, layers = PIXELS, []
    for i, (weights, biases) in enumerate(zip(model.weights_, model.biases_, strict=True), 1):
        _check(weights, biases, (n, weights.shape[-1]), f"{name}, layer {i}")
        layers.append(Layer("dense", weights, biases, activation=model.activation))
        n = len(biases)
    layers[-1].activation = "none"
    return layers, n


def _cnn_layers(model: CNN, name: str | Path) -> tuple[list[Layer], int]:
    arrays = zip(model.weights_, model.biases_, strict=True)
    side, n, layers = SIDE, 1, []  # n channels of side x side; after a dense layer n of 1 x 1
    for i, plan in enumerate((*model.layers, len(model.biases_[-1])), 1):
        if plan == "pool":
            layers.append(Layer("pool", np.empty(0), np.empty(0)))
            side //= 2
            continue
        weights, biases = next(arrays)
        if isinstance(plan, tuple):
            size, stride = weights.shape[-1], (*plan, 1)[2]
            _check(weights, biases, (plan[0], n, plan[1], plan[1]), f"{name}, layer {i}")
            layers.append(Layer("convolution", weights.transpose(2, 3, 1, 0), biases, stride))
            side = (side - size) // stride + 1
        else:
            _check(weights, biases, (plan, side * n * side), f"{name}, layer {i}")
            by_place = weights.reshape(plan, side, n, side).transpose(1, 3, 2, 0)
            layers.append(Layer("dense", by_place.reshape(-1, plan), biases))
            side = 1
        layers[-1].activation, n = "relu", len(biases)
    layers[-1].activation = "none"
    return layers, n


def _check(weights: np.ndarray, biases: np.ndarray, shape: tuple, where: str) -> None:
    n_out = shape[-1] if len(shape) == 2 and weights.shape[-1] == len(biases) else shape[0]
    if weights.shape != shape or len(biases) != n_out:
        raise ValueError(
            f"{where}: weights {weights.shape} and biases {biases.shape}, "
            f"expected {shape} and ({n_out},)"
        )
    if not (np.isfinite(weights).all() and np.isfinite(biases).all()):
        raise ValueError(f"{where}: holds numbers that are not finite")


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
