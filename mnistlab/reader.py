"""The network that comes with the package and reads digits well at once."""

from importlib.resources import as_file, files

from mnistlab.cnn import CNN


def load_reader() -> CNN:
    """Load the network that comes with the package.

    It learned from MNIST's training digits and from digits in other forms, distorted anew in every
    epoch (``tools/train_reader.py``); ``reader.toml`` beside it says how well it reads.

    Returns
    -------
    CNN
        Reads (n, 784) uint8, 0 is paper and 255 is ink. It has eleven classes: the digits, and 10
        (`mnistlab.imaging.NO_DIGIT`) for what is none. So column k of `predict_proba`, (n, 11), is
        the digit k, and the last one what is no digit.
    """
    with as_file(files("mnistlab") / "reader.npz") as path:
        return CNN.load(path)
