"""A network as an ONNX file: another runtime gives the same probabilities."""

import numpy as np
import pytest

from mnistlab import CNN, MLP, load_mnist, web


@pytest.fixture(scope="module")
def digits():
    return load_mnist("sample")


MODELS = [
    MLP(hidden, activation=activation, epochs=2, random_state=0)
    for activation in ("relu", "sigmoid", "tanh")
    for hidden in ((), (20, 12))
] + [
    CNN(layers, epochs=1, random_state=0)
    for layers in (((4, 5, 2), (6, 3), "pool", 12), ("pool", (3, 4, 3)), (9,))
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_onnx_gives_the_same_probabilities(digits, tmp_path, model):
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")
    pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    model.fit(digits.X_train[:1000], digits.y_train[:1000])
    web.export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    (theirs,) = session.run(None, {"pixels": digits.X_test.astype(np.float32)})
    assert theirs.dtype == np.float32
    assert np.abs(theirs - model.predict_proba(digits.X_test)).max() < 1e-5


def test_onnx_without_the_package(digits, tmp_path, monkeypatch):
    model = MLP((), epochs=1).fit(digits.X_train[:100], digits.y_train[:100])
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'mnistlab\[onnx\]'"):
        web.export_onnx(model, tmp_path / "x.onnx")
