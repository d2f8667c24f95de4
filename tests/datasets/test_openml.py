"""OpenML's answers as they lie in scikit-learn's folder: the real fetch_openml reads them."""

import urllib.request

import numpy as np
import pytest
from sklearn.datasets import fetch_openml

from mnistlab import load_mnist
from mnistlab.datasets.openml import keep_openml


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openml")
    return folder, keep_openml(folder, load_mnist("sample"))


@pytest.mark.parametrize("as_frame", [False, True])
def test_fetch_openml_reads_them_without_a_network(kept, monkeypatch, as_frame):
    folder, types = kept
    monkeypatch.setattr(urllib.request, "urlopen", None)
    options = {"data_home": folder, "read_csv_kwargs": {"dtype": types}}
    openml = fetch_openml("mnist_784", version=1, as_frame=as_frame, **options)
    mnist = load_mnist("sample")
    X, y = np.asarray(openml.data), np.asarray(openml.target)
    np.testing.assert_array_equal(X, np.concatenate([mnist.X_train, mnist.X_test]))
    assert list(y[:3]) == [str(label) for label in mnist.y_train[:3]]
    np.testing.assert_array_equal(y.astype(int), np.concatenate([mnist.y_train, mnist.y_test]))


def test_a_damaged_answer_is_noticed(kept, tmp_path):
    keep_openml(tmp_path, load_mnist("sample"))
    file = next(tmp_path.rglob("52667.gz"))
    file.write_bytes(file.read_bytes()[:-3000])
    with pytest.raises((OSError, ValueError, EOFError)):
        fetch_openml("mnist_784", version=1, as_frame=False, data_home=tmp_path, n_retries=0)
