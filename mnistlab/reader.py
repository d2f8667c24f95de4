"""The networks that come with the package and read well at once."""

from pathlib import Path

from mnistlab.cnn import CNN

READERS = {"digits": "reader", "kana": "kana"}  # files: .npz, and .toml on how well it reads


def load_reader(what: str = "digits") -> CNN:
    """Load a network that comes with the package.

    ``"digits"`` learned from MNIST's training digits, digits in other forms and fonts made from
    handwriting, distorted anew in every epoch (``tools/train_reader.py``); ``reader.toml`` says how
    well it reads. ``"kana"`` learned 73 hiragana from strokes and fonts, no handwriting among them
    (``tools/train_kana.py``, ``kana.toml``). For any other name a ValueError is raised.

    They read uint8, 0 is paper and 255 is ink. Digits are (n, 784), and there are eleven classes,
    the columns of `predict_proba`: the digits, and 10 (`mnistlab.imaging.NO_DIGIT`) for what is
    none. Hiragana are (n, 1600), as `simulated_hand.frame` sets them; the classes are characters.
    """
    if what not in READERS:
        raise ValueError(f"what is {what!r}, expected one of {', '.join(map(repr, READERS))}")
    return CNN.load(Path(__file__).with_name(f"{READERS[what]}.npz"))
