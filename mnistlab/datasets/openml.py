"""MNIST where scikit-learn keeps what it fetched from OpenML, so that no network is needed."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from . import MNIST

COLUMNS = [f"pixel{number}" for number in range(1, 785)]


def keep_openml(folder: Path, mnist: MNIST) -> dict:
    """Write OpenML's five answers about ``mnist_784``, version 1, into scikit-learn's folder.

    ``fetch_openml("mnist_784", version=1, data_home=folder)`` then runs without a network. Returned
    is the type of each column: ``read_csv_kwargs={"dtype": ...}``. Without it pandas 3.1 reads the
    labels as numbers, and scikit-learn 1.7 stops (pandas pull request 64659).
    """
    no = {key: "false" for key in ("is_target", "is_ignore", "is_row_identifier")}
    feature = {"data_type": "numeric", "number_of_missing_values": "0", **no}
    features = [{"name": name, **feature} for name in COLUMNS]
    features.append({**feature, "name": "class", "data_type": "nominal", "is_target": "true"})
    about = {"id": "554", "format": "ARFF", "status": "active", "description": "MNIST"}
    about["url"] = "https://www.openml.org/data/v1/download/52667"
    about["md5_checksum"] = _put(folder, "data/v1/download/52667", _arff(mnist))
    count = {"name": "NumberOfInstances", "value": str(len(mnist.y_train) + len(mnist.y_test))}
    for name, answer in {
        "list/data_name/mnist_784/limit/2/data_version/1": {"data": {"dataset": [{"did": 554}]}},
        "554": {"data_set_description": about},
        "features/554": {"data_features": {"feature": features}},
        "qualities/554": {"data_qualities": {"quality": [count]}},
    }.items():
        _put(folder, f"api/v1/json/data/{name}", [json.dumps(answer).encode()])
    return {**dict.fromkeys(range(784), "uint8"), 784: pd.CategoricalDtype(list("0123456789"))}


def _arff(mnist: MNIST) -> Iterator[bytes]:
    """Yield the lines of an ARFF file: the columns' names first, then pixels and label."""
    yield b"@RELATION mnist_784\n"
    yield from (f"@ATTRIBUTE {name} real\n".encode() for name in COLUMNS)
    yield b"@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}\n@DATA\n"
    words = [str(value) for value in range(256)]
    for X, y in ((mnist.X_train, mnist.y_train), (mnist.X_test, mnist.y_test)):
        for row, label in zip(X, y, strict=True):
            yield f"{','.join([words[value] for value in row.tolist()])},{label}\n".encode()


def _put(folder: Path, name: str, lines: Iterator[bytes] | list[bytes]) -> str:
    """Write one answer, compressed, where scikit-learn looks for it; return its MD5."""
    path = folder / "openml" / "openml.org" / f"{name}.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    checksum = hashlib.md5(usedforsecurity=False)
    with gzip.open(path, "wb", compresslevel=1) as file:
        for line in lines:
            file.write(line)
            checksum.update(line)
    return checksum.hexdigest()
