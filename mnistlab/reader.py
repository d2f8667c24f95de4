"""The network that comes with the package and reads digits well at once."""

from importlib.resources import as_file, files

from mnistlab.mlp import MLP


def load_reader() -> MLP:
    """Load the network that comes with the package.

    It learned from MNIST's training digits, distorted anew in every epoch
    (``tools/train_reader.py``); ``reader.toml`` beside it says how many test digits it reads right.

    Returns
    -------
    MLP
        Reads (n, 784) uint8, 0 is paper and 255 is ink.
    """
    with as_file(files("mnistlab") / "reader.npz") as path:
        return MLP.load(path)
