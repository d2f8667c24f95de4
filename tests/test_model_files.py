"""Networks in files: the same one comes back, whole or not at all, and no code with it."""

import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_digits

from mnistlab import MLP, Augment
from mnistlab.model_files import read_network


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return (X * 15.9).astype(np.uint8), y


@pytest.fixture
def fitted(digits):
    return MLP(
        (20, 10), epochs=np.int64(2), augment=Augment(elastic=0.5), random_state=0, callback=print
    ).fit(*digits)


def test_save_and_load(fitted, digits, tmp_path):
    X, y = digits
    path = tmp_path / "model.npz"
    fitted.save(path)
    again = MLP.load(str(path))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    expected = {k: v for k, v in fitted.get_params().items() if k not in ("callback", "augment")}
    found = again.get_params()
    assert {k: found[k] for k in expected} == expected
    assert again.callback is None
    assert again.loss_curve_ == fitted.loss_curve_
    assert again.n_features_in_ == 64
    assert os.listdir(tmp_path) == ["model.npz"]
    again.partial_fit(X, y)
    with zipfile.ZipFile(path) as file:
        assert all(b"pickle" not in file.read(name) for name in file.namelist())


def test_a_failed_save_leaves_the_old_file(fitted, tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    fitted.save(path)
    before = path.read_bytes()

    def full_disk(file, **_):
        file.write(b"half of it")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="No space"):
        fitted.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.npz"]


def test_three_processes_save_and_load_one_path(fitted, tmp_path):
    path = tmp_path / "model.npz"
    fitted.save(path)
    work = (
        "import sys; from mnistlab import MLP\n"
        "model = MLP.load(sys.argv[1])\n"
        "for _ in range(30):\n"
        "    model.save(sys.argv[1])\n"
        "    assert len(MLP.load(sys.argv[1]).weights_) == 3\n"
    )
    crowd = [
        subprocess.Popen([sys.executable, "-c", work, str(path)], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    errors = [process.communicate()[1] for process in crowd]
    assert errors == ["", "", ""]
    assert os.listdir(tmp_path) == ["model.npz"]


def test_load_refuses_pickle(tmp_path):
    np.savez(tmp_path / "evil.npz", parameters=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        MLP.load(tmp_path / "evil.npz")


def test_feature_names_survive_saving(digits, tmp_path):
    pandas = pytest.importorskip("pandas")
    X, y = digits
    frame = pandas.DataFrame(X / 255.0).add_prefix("pixel ")
    MLP(epochs=1, random_state=0).fit(frame, y).save(tmp_path / "model.npz")
    again = MLP.load(tmp_path / "model.npz")
    again.predict(frame)
    with pytest.raises(ValueError, match="feature names"):
        again.predict(frame.add_suffix("!"))


def test_a_file_of_the_first_edition(fitted, digits, tmp_path):
    """It has neither kind nor input_range nor n_features, and may hold float16."""
    X, _ = digits
    fitted.save(tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as file:
        old = {k: v for k, v in file.items() if k not in ("kind", "input_range", "n_features")}
    old["weights_0"] = old["weights_0"].astype(np.float16)
    np.savez(tmp_path / "old.npz", **old)
    again = MLP.load(tmp_path / "old.npz")
    assert again.weights_[0].dtype == np.float32
    np.testing.assert_allclose(again.predict_proba(X), fitted.predict_proba(X), atol=0.01)
    with pytest.raises(ValueError, match="trained on uint8"):
        again.predict(X.astype(float))


def test_another_kind_of_network_is_named(fitted, tmp_path):
    class Other(MLP):
        pass

    fitted.save(tmp_path / "model.npz")
    assert read_network(tmp_path / "model.npz")[0] == "MLP"
    with pytest.raises(ValueError, match=r"network of type MLP: load it with MLP\.load"):
        Other.load(tmp_path / "model.npz")
