"""Choose the 200 training digits that the page compares a drawing with: twenty forms of each.

Of each digit's first 55,000 training pictures twenty clusters are made by what the shipped reader's
last layer but one answers; the picture nearest to each centre stands for its cluster.

    uv run python tools/choose_examples.py
"""

import numpy as np
from PIL import Image
from sklearn.cluster import KMeans

from mnistlab import load_mnist, load_reader, web
from mnistlab.cnn import as_pictures
from mnistlab.web.export import EACH


def main() -> None:
    """Choose them, and write the sprite beside the page."""
    mnist, reader = load_mnist("full"), load_reader()
    X, y = mnist.X_train[:55_000], mnist.y_train[:55_000]
    chosen = []
    for digit in range(10):
        of_digit = np.flatnonzero(y == digit)
        answers = np.vstack([directions(reader, X[part]) for part in np.array_split(of_digit, 20)])
        clusters = KMeans(EACH, n_init=2, random_state=0).fit(answers)
        nearest = clusters.transform(answers).argmin(axis=0)
        chosen += sorted(of_digit[nearest])
    sprite = side_by_side(mnist.images_train[chosen])
    sprite.save(web.SOURCES / "examples.png", "PNG", optimize=True)


def side_by_side(images: np.ndarray) -> Image.Image:
    """Put pictures (n, 28, 28) into one, `EACH` in a row, in 16 greys."""
    sprite = np.uint8(np.rint(images / 17) * 17).reshape(-1, EACH, 28, 28).swapaxes(1, 2)
    image = Image.fromarray(sprite.reshape(-1, EACH * 28))
    return image.quantize(16, dither=Image.Dither.NONE)


def directions(reader, X):
    """Return what the layer before the last answers, (n, units), each row of length 1."""
    x = as_pictures(reader._scaled(X))
    for layer in reader._network()[:-1]:
        x = layer.forward(x)
    return x.T / np.linalg.norm(x, axis=0)[:, None]


if __name__ == "__main__":
    main()
