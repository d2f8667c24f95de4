"""A trained network as a file: one .npz without pickle, so that opening it can run no code."""

import json
from os import PathLike

import numpy as np

from mnistlab import formats
from mnistlab.augment import Augment

ATTRIBUTES = {"feature_names": "feature_names_in_", "n_features": "n_features_in_"}
ARRAYS = ("classes", "feature_names", "mean", "std")  # other attributes are no arrays


def write_network(path: str | PathLike, kind: str, parameters: dict, fitted: dict) -> None:
    """Write a network, whole or not at all: class, constructor's parameters, fitted attributes.

    Of the parameters, what JSON cannot hold becomes null, but for an `Augment`. Of the attributes,
    `weights_` and `biases_` are lists of arrays.
    """
    if parameters["augment"] is not None:
        parameters = parameters | {"augment": parameters["augment"].get_params()}
    # A NumPy number becomes a Python number.
    text = json.dumps(parameters, default=lambda v: v.item() if isinstance(v, np.generic) else None)
    arrays = {"kind": kind, "parameters": text}
    for attribute, value in fitted.items():
        if attribute in ("weights_", "biases_"):
            arrays |= {f"{attribute}{layer}": array for layer, array in enumerate(value)}
        else:
            array = np.asarray(value)
            # Strings of dtype object would need pickle: give them a fixed width.
            plain = array if array.dtype != object else np.array(array.tolist())
            arrays[attribute.removesuffix("_").removesuffix("_in")] = plain
    with formats.whole_file(path) as file:
        np.savez_compressed(file, **arrays)


def read_network(path: str | PathLike) -> tuple[str, dict, dict]:
    """Read what `write_network` wrote. KeyError if the .npz holds something else."""
    with np.load(path, allow_pickle=False) as file:
        parameters = json.loads(str(file["parameters"]))
        parameters = {name: _tuples(value) for name, value in parameters.items()}
        if parameters["augment"] is not None:
            parameters["augment"] = Augment(**parameters["augment"])
        layers = range(sum(name.startswith("weights_") for name in file.files))
        weights = [file[f"weights_{i}"] for i in layers]
        fitted = {
            # float16 makes small files, but NumPy computes in it slowly.
            "weights_": [w.astype(np.result_type(w, np.float32), copy=False) for w in weights],
            "biases_": [file[f"biases_{i}"] for i in layers],
            "n_features_in_": file["mean"].size,  # if the file does not say it: those of an MLP
        }
        for key in file.files:
            if not key.startswith(("weights_", "biases_", "kind", "parameters")):
                value = file[key] if key in ARRAYS else file[key].tolist()
                fitted[ATTRIBUTES.get(key, f"{key}_")] = value
        kind = str(file["kind"]) if "kind" in file.files else "MLP"
    return kind, parameters, fitted


def _tuples(value):
    """Return lists as the tuples they were: JSON knows none."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
