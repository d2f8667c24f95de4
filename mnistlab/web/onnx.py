"""A trained network as an ONNX file, the format that most runtimes read."""

from pathlib import Path

import numpy as np

from .. import formats
from ..mlp import MLP
from .export import PIXELS, check_model


def export_onnx(model: MLP, path: str | Path) -> None:
    """Write a trained network as ONNX, whole or not at all. Weights are not rounded.

    Input ``pixels``, float32 (n, 784), 0 (paper) to 255 (ink); output ``probabilities``, float32
    (n, n_classes), in the order of ``model.classes_``.

    Raises
    ------
    ImportError
        If the package onnx is not installed.
    ValueError
        If the model is not one that reads 784 pixels.
    """
    try:
        import onnx  # slow to import
    except ImportError:
        raise ImportError(
            "export_onnx needs the package onnx: pip install 'mnistlab[onnx]'"
        ) from None
    check_model(model)
    operator = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}[model.activation]
    constants = {"highest": np.array(255, np.float32), "mean": model.mean_.astype(np.float32)}
    steps = [
        onnx.helper.make_node("Div", ["pixels", "highest"], ["scaled"]),
        onnx.helper.make_node("Sub", ["scaled", "mean"], ["values_0"]),
    ]
    n_layers = len(model.weights_)
    for i, (weights, biases) in enumerate(zip(model.weights_, model.biases_, strict=True)):
        constants |= {f"W_{i}": weights.astype(np.float32), f"b_{i}": biases.astype(np.float32)}
        steps.append(
            onnx.helper.make_node("Gemm", [f"values_{i}", f"W_{i}", f"b_{i}"], [f"sums_{i}"])
        )
        if i < n_layers - 1:
            steps.append(onnx.helper.make_node(operator, [f"sums_{i}"], [f"values_{i + 1}"]))
    steps.append(
        onnx.helper.make_node("Softmax", [f"sums_{n_layers - 1}"], ["probabilities"], axis=1)
    )

    def described(name, width):
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", width])

    graph = onnx.helper.make_graph(
        steps,
        "mnistlab_mlp",
        [described("pixels", PIXELS)],
        [described("probabilities", len(model.classes_))],
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    # An operator set that is a few years old, so that older runtimes read the file too.
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    made.ir_version = 8
    onnx.checker.check_model(made)
    with formats.whole_file(path) as file:
        file.write(made.SerializeToString())
