"""What the page and the ONNX file know of a network: its layers, MLP's and CNN's alike."""

import zipfile
import zlib
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..cnn import CNN
from ..mlp import MLP
from ..model_files import read_network

Network = MLP | CNN
PIXELS = (28 * 28, 40 * 40)  # of the pictures that the page makes: MNIST's, and hiragana's


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


def load_model(path: str | Path) -> Network:
    """Read a network that `MLP.save` or `CNN.save` wrote, and say what is wrong if it is not one.

    FileNotFoundError if there is no such file; ValueError if it holds no network for such pictures,
    or a damaged one.
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


def layers_of(model: Network, name: str | Path = "the model") -> list[Layer]:
    """Return the layers of a network for 28 x 28 or 40 x 40 pixels; a message calls it `name`.

    ValueError if it expects something else than such pictures, or gives no probabilities for one,
    as when its arrays do not fit together or hold numbers that are not finite; scikit-learn's
    NotFittedError if it was never trained.
    """
    if not isinstance(model, Network):
        raise ValueError(f"{name} is of type {type(model).__name__}; the page runs MLPs and CNNs")
    check_is_fitted(model)
    n_pixels, mean = model.n_features_in_, np.asarray(model.mean_)
    if n_pixels not in PIXELS or not (mean.min() >= 0 and mean.max() <= 1):
        raise ValueError(f"{name} expects other inputs than 28 x 28 or 40 x 40 pixels from 0 to 1")
    _try_out(model, name)
    layers, arrays = [], zip(model.weights_, model.biases_, strict=True)
    if isinstance(model, MLP):
        layers = [Layer("dense", W, b, activation=model.activation) for W, b in arrays]
        layers[-1].activation = "none"
        return layers
    n_channels = 1
    for plan in (*model.layers, len(model.classes_)):
        if plan == "pool":
            layers.append(Layer("pool", np.empty(0), np.empty(0)))
            continue
        W, b = next(arrays)
        if isinstance(plan, tuple):
            layers.append(Layer("convolution", W.transpose(2, 3, 1, 0), b, (*plan, 1)[2], "relu"))
        else:
            # from (channel between row and column) to (row, column, channel)
            side = isqrt(W.shape[1] // n_channels)
            W = W.reshape(len(b), side, n_channels, side).transpose(1, 3, 2, 0)
            layers.append(Layer("dense", W.reshape(-1, len(b)), b, activation="relu"))
        n_channels = len(b)
    layers[-1].activation = "none"
    return layers


def _try_out(model: Network, name: str | Path) -> None:
    """Raise a ValueError unless a network answers for a blank picture, with finite numbers."""
    blank = np.zeros((1, model.n_features_in_), np.uint8)
    try:
        with np.errstate(all="ignore"):
            (answer,) = model._probabilities(model._scaled(blank))
    except Exception as error:  # whatever NumPy says of arrays that do not fit together
        raise ValueError(f"{name} cannot answer: {type(error).__name__}: {error}") from None
    if len(answer) != len(model.classes_):
        raise ValueError(f"{name} has {len(model.classes_)} classes but {len(answer)} outputs")
    if not all(np.isfinite(array).all() for array in [*model.weights_, *model.biases_]):
        raise ValueError(f"{name} holds numbers that are not finite")


def folded_biases(model: Network) -> list[np.ndarray]:
    """Return the biases of a network that need not subtract the mean from its inputs.

    (x - mean) W + b = x W + (b - mean W): only the first layer's change. Blank pixels are then 0,
    and what is 0 can be skipped. One float64 array (n_out,) per layer with weights.
    """
    layers = [layer for layer in layers_of(model) if layer.weights.size]
    biases = [layer.biases.astype(np.float64) for layer in layers]
    weights = layers[0].weights.reshape(-1, len(biases[0])).astype(np.float64)
    mean = model.mean_.astype(np.float64) / model.std_
    biases[0] -= np.broadcast_to(mean, len(weights)) @ weights
    return biases
