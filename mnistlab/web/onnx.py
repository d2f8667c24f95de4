"""A trained network as an ONNX file, the format that most runtimes read."""

from math import isqrt
from pathlib import Path

import numpy as np

from .. import formats
from .layers import Network, layers_of


def export_onnx(model: Network, path: str | Path) -> None:
    """Write a trained network as ONNX, whole or not at all. Weights are not rounded.

    Input ``pixels``, float32 (n, 784 or 1600), 0 (paper) to 255 (ink); output ``probabilities``,
    float32 (n, n_classes), in the order of ``model.classes_``.

    ImportError if the package onnx is not installed; ValueError if the page cannot run the model.
    """
    try:
        import onnx  # slow to import
    except ImportError:
        advice = "pip install 'mnistlab[onnx]'"
        raise ImportError(f"export_onnx needs the package onnx: {advice}") from None
    layers, side, helper = layers_of(model), isqrt(model.n_features_in_), onnx.helper
    steps, constants = [], []

    def add(operator, *arrays, **attributes):
        """Append a step that takes the last one's result, and these arrays."""
        inputs = [*steps[-1].output] if steps else ["pixels"]
        for array in arrays:
            inputs.append(f"constant_{len(constants)}")
            array = np.ascontiguousarray(array)
            constants.append(onnx.numpy_helper.from_array(array, inputs[-1]))
        result = f"result_{len(steps)}"
        steps.append(helper.make_node(operator, inputs, [result], **attributes))

    add("Mul", np.array(1 / (255 * float(model.std_)), np.float32))
    add("Sub", (model.mean_ / model.std_).astype(np.float32))
    flat = True
    for layer in layers:
        if flat and layer.kind != "dense":
            add("Reshape", np.array([-1, 1, side, side]))
        if not flat and layer.kind == "dense":
            add("Transpose", perm=[0, 2, 3, 1])  # to (row, column, channel)
            add("Flatten")
        flat = layer.kind == "dense"
        weights, biases = layer.weights.astype(np.float32), layer.biases.astype(np.float32)
        if layer.kind == "pool":
            add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        elif layer.kind == "convolution":
            strides = [layer.stride, layer.stride]
            add("Conv", weights.transpose(3, 2, 0, 1), biases, strides=strides)
        else:
            add("Gemm", weights, biases)
        if layer.activation != "none":
            add(layer.activation.capitalize())
    add("Softmax", axis=1)
    steps[-1].output[0] = "probabilities"
    array, floats = helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    given = array("pixels", floats, ["n", side**2])
    found = array("probabilities", floats, ["n", len(model.classes_)])
    graph = helper.make_graph(steps, "mnistlab", [given], [found], constants)
    # An operator set that is a few years old, so that older runtimes read the file too.
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 8
    onnx.checker.check_model(made)
    with formats.whole_file(path) as file:
        file.write(made.SerializeToString())
