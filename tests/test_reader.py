"""The network that comes with the package."""

import hashlib
import tomllib
from importlib.resources import files

import numpy as np

from mnistlab import load_mnist, load_reader


def test_it_reads():
    mnist, reader = load_mnist("sample"), load_reader()
    assert reader.score(mnist.X_test, mnist.y_test) > 0.98
    assert {array.dtype for array in reader.weights_} == {np.dtype(np.float32)}


def test_the_note_beside_it_is_about_this_file():
    package = files("mnistlab")
    note = tomllib.loads((package / "reader.toml").read_text(encoding="utf-8"))
    assert hashlib.sha256((package / "reader.npz").read_bytes()).hexdigest() == note["sha256"]
