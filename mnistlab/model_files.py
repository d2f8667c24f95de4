"""A trained MLP as a file: one .npz without pickle, so that opening it can run no code."""

import json
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from mnistlab.augment import Augment


def write_mlp(model, path):
    """Write what `MLP.save` says, whole or not at all."""
    parameters = model.get_params(deep=False) | {"callback": None}
    if model.augment is not None:
        parameters["augment"] = model.augment.get_params()
    arrays = {f"weights_{i}": w for i, w in enumerate(model.weights_)}
    arrays |= {f"biases_{i}": b for i, b in enumerate(model.biases_)}
    if hasattr(model, "feature_names_in_"):
        arrays["feature_names"] = model.feature_names_in_.astype(str)
    # Strings of dtype object would need pickle: give them a fixed width.
    plain = model.classes_.dtype != object
    arrays["classes"] = model.classes_ if plain else np.array(model.classes_.tolist())
    arrays["mean"] = model.mean_
    arrays["trained_on_uint8"] = model.trained_on_uint8_
    arrays["loss_curve"] = model.loss_curve_
    arrays["parameters"] = json.dumps(parameters, default=_plain)
    part = Path(f"{path}.part")
    try:
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_mlp(path):
    """Return the parameters and the fitted attributes that `write_mlp` wrote, as two dicts."""
    with np.load(path, allow_pickle=False) as file:
        parameters = json.loads(str(file["parameters"]))
        parameters["hidden_layer_sizes"] = tuple(parameters["hidden_layer_sizes"])
        if parameters["augment"] is not None:
            parameters["augment"] = Augment(**parameters["augment"])
        layers = range(len(parameters["hidden_layer_sizes"]) + 1)
        fitted = {
            "weights_": [file[f"weights_{i}"] for i in layers],
            "biases_": [file[f"biases_{i}"] for i in layers],
            "classes_": file["classes"],
            "mean_": file["mean"],
            "n_features_in_": len(file["mean"]),
            "trained_on_uint8_": bool(file["trained_on_uint8"]),
            "loss_curve_": file["loss_curve"].tolist(),
        }
        if "feature_names" in file:
            fitted["feature_names_in_"] = file["feature_names"].astype(object)
    return parameters, fitted


def load_reader():
    """Load the network that comes with the package and reads digits well at once.

    It learned from MNIST's training digits, distorted anew in every epoch
    (``tools/train_reader.py``); ``reader.toml`` beside it says how many test digits it reads right.

    Returns
    -------
    MLP
        Reads (n, 784) uint8, 0 is paper and 255 is ink.
    """
    from mnistlab.mlp import MLP  # here, because mlp.py needs this file

    with as_file(files("mnistlab") / "reader.npz") as path:
        model = MLP.load(path)
    # Stored in float16 to be small; NumPy computes in it, but slowly.
    model.weights_ = [weights.astype(np.float32) for weights in model.weights_]
    return model


def _plain(value):
    """Return a NumPy number as a Python number, and anything JSON cannot hold as None."""
    return value.item() if isinstance(value, np.generic) else None
