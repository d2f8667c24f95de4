"""Digits, and things that are none, that MNIST lacks: drawn for `train_reader.py` to learn from.

MNIST's writers were Americans: they hardly ever gave a 1 an upstroke or a 7 a bar, and closed the
loops of their 4s and 9s in their own way. So digits are written here with a pen along smooth lines
through a few points, each time a little differently (`written_forms`); MNIST's own digits are
retraced with other pens (`retraced`); and there is what is no digit at all (`no_digits`): letters
and signs, shapes, scribbles, dashes and brackets, corners of frames, blots, two digits at once.
Everything is drawn large and brought to 28 x 28 pixels as `mnistlab.imaging` does.
"""

import string
from collections.abc import Callable
from functools import partial
from pathlib import Path

import matplotlib
import numpy as np
from draw_pictures import KINDS, on_a_sheet, photographed, smooth, written
from PIL import Image, ImageDraw, ImageFont
from scipy.interpolate import make_interp_spline
from skimage import morphology
from sklearn.datasets import load_digits

from mnistlab import imaging
from mnistlab.imaging.normalise import even_stroke

SHEET = 160  # side, in pixels, of the sheets on which lines are drawn
UNIT = 10  # pixels to one of the numbers below
OTHERS = 906  # of UCI's digits: here another person begins

# Forms of each digit: strokes through points (x, y), 10 high, y downwards. A corner ends a stroke.
# fmt: off
OVAL = [(4, 0), (1, 2), (0, 5), (1, 8), (3.5, 10), (6, 8), (6.5, 5), (6, 2), (4, 0)]
BELLY = [(0.9, 4.3), (3.5, 3.6), (6, 6), (4.8, 9.2), (2, 10), (0.2, 9)]
SMALL_LOOP = [(5.5, 1.8), (3, 0), (0.5, 2.5), (2, 5), (5.4, 2.8)]
FORMS = {
    0: [[OVAL],
        [[(4.5, .5), (1.5, 1), (0, 5), (1.5, 9), (4, 10), (6.5, 7.5), (6.5, 3.5), (5, .8)]],
        [[(5, 1), (2, .2), (0, 4), (1, 8.5), (4, 10), (6.5, 6), (5.5, 1.5), (3, .3), (2, 1.5)]],
        [[(2.5, 0), (.3, 3), (.3, 7), (2.5, 10), (4.7, 7), (4.7, 3), (2.5, 0)]]],
    1: [[[(3, 0), (3, 10)]],
        [[(1, 3), (3, 1.2), (4, 0)], [(4, 0), (4, 10)]],
        [[(0, 5.5), (2.5, 2.5), (4.5, 0)], [(4.5, 0), (4.3, 10)]],
        [[(0, 4), (4, 0)], [(4, 0), (4, 10)]],
        [[(1.5, 7), (3.5, 3), (5, 0)], [(5, 0), (5, 10)]],
        [[(1, 2.5), (4, 0)], [(4, 0), (4, 10)], [(1.5, 10), (6.5, 10)]],
        [[(0, 4.5), (4, 0)], [(4, 0), (4, 10)], [(1.5, 10), (6, 10)]],
        [[(3, 0), (3, 10)], [(1, 10), (5, 10)]],
        [[(.5, 4), (2, 2.8), (3.6, 0)], [(3.6, 0), (3.4, 5), (3.6, 10)]],
        [[(2, 2.6), (3.4, 0)], [(3.4, 0), (3.4, 10)]],
        [[(1.2, 5), (4.2, 0)], [(4.2, 0), (3, 10)]]],
    2: [[[(.5, 2.5), (2, .3), (5, .5), (6, 3), (3, 7), (.3, 10)], [(.3, 10), (3, 9.7), (6.5, 10)]],
        [[(.5, 2.5), (2.5, .2), (5.5, 1), (5.5, 4), (3, 7.5), (1, 9.5), (.3, 8.7), (1.5, 8.2),
          (3.5, 9.5), (6.5, 9.8)]],
        [[(.5, 2), (3, 0), (6, 2), (4.5, 5.5), (.5, 9.8), (3, 9.6), (6.5, 9.7)]]],
    3: [[[(.5, 1.5), (3, 0), (5.5, 2), (4.5, 4.3), (2.2, 4.8)],
         [(2.2, 4.8), (5, 5.2), (6.3, 7.5), (4, 9.9), (.3, 8.8)]],
        [[(.5, .2), (6, .2)], [(6, .2), (3, 4)], [(3, 4), (5.8, 5), (6, 8), (3.5, 10), (.3, 9)]],
        [[(.5, 1), (3.5, 0), (5.5, 1.8), (4.2, 4), (2.5, 4.6), (2.2, 5.2), (3.2, 5), (5.5, 5.8),
          (5.8, 8.5), (3, 10), (.3, 9)]]],
    4: [[[(1.5, 0), (.3, 6)], [(.3, 6), (6.5, 6)], [(4.5, 3), (4.5, 10)]],
        [[(1, .5), (.7, 5.5)], [(.7, 5.5), (6, 5.2)], [(5, .5), (4.8, 10)]],
        [[(1, .5), (.5, 3.5), (1.5, 5.5), (5, 5)], [(5.5, .5), (4.8, 10)]],
        [[(4.8, 0), (0, 6.5)], [(0, 6.5), (6.5, 6.5)], [(4.8, 0), (4.8, 10)]],
        [[(3.5, 0), (0, 6.5)], [(0, 6.5), (7, 6.3)], [(4.5, 4), (4.2, 10)]],
        [[(3.2, 0), (.8, 6)], [(.8, 6), (6, 4.8)], [(3.9, 3.2), (3.2, 10)]],
        [[(3.2, 0), (2, 3), (.5, 6.5)], [(.5, 6.5), (3.3, 6.3), (6.3, 5)], [(4, 5), (2.8, 10)]],
        [[(2, 0), (.4, 4.5), (1, 6.3), (5.6, 5.8)], [(4.6, 3.5), (3.6, 10)]]],
    5: [[[(5.8, .2), (1.2, .3)], [(1.2, .3), (.9, 4.3)], BELLY],
        [[(1.2, 1), (.9, 4.3)], BELLY, [(1.8, .5), (6.5, .2)]],
        [[(6, .3), (2.5, .6), (1.3, 3.8), (4.5, 4.8), (5.5, 7.8), (3, 10), (.3, 9)]]],
    6: [[[(5, 0), (1.5, 4), (.3, 7.5), (2.5, 10), (5.5, 9), (5.5, 6.5), (3, 5.5), (.7, 7.3)]],
        [[(3.5, 0), (.9, 5), (.4, 8), (2.5, 10), (5, 8.5), (4.5, 6.3), (2.5, 6), (.6, 8)]],
        [[(5, .2), (1.5, 3.5), (.3, 7.5), (2.5, 10), (5.5, 8.5), (5, 6.3), (3.3, 6)]],
        [[(5, 0), (2, 4.5), (.6, 8.4), (1.2, 10), (2.6, 9.4), (2.3, 8), (.9, 8.2)]]],  # a tiny loop
    7: [[[(.3, .3), (6, .3)], [(6, .3), (2.5, 10)]],
        [[(.3, .3), (6, .3)], [(6, .3), (2.5, 10)], [(1.8, 5), (6.2, 4.8)]],
        [[(.3, .5), (6, .3)], [(6, .3), (4, 4), (3.2, 10)], [(1.2, 5.3), (5.8, 5)]],
        [[(.3, 2.2), (.5, .4)], [(.5, .4), (6, .3)], [(6, .3), (2.5, 10)]],
        [[(.3, 2.2), (.5, .4)], [(.5, .4), (6, .3)], [(6, .3), (2.5, 10)], [(1.8, 5), (6.2, 4.8)]],
        [[(.2, 1.5), (1.5, 0), (3.5, .8), (6, 0)], [(6, 0), (3.5, 4.5), (2.8, 10)]]],
    8: [[[(5.5, 1.5), (3.2, 0), (.8, 1.8), (2.5, 4.5), (5.5, 7), (4, 9.8), (1, 9.5), (.5, 7.2),
          (3.5, 4.7), (5.6, 2)]],
        [[(3, 0), (1, 2), (3, 4.5), (5, 2.2), (3, 0)], [(3, 4.5), (.3, 7.2), (3, 10), (5.8, 7.2),
         (3, 4.5)]],
        [[(5.8, .5), (2.5, .4), (1, 2.4), (4.8, 6.3), (5, 9.2), (2, 10), (.5, 7.5), (3, 5),
          (5.5, 2)]]],
    9: [[SMALL_LOOP, [(5.5, .8), (5.3, 10)]],
        [SMALL_LOOP, [(5.5, .8), (5.6, 6), (4.3, 9.5), (1, 9.6)]],
        [[(5.3, 2), (3, 0), (.7, 2), (2, 4.5), (5, 2.5)], [(5.3, 1), (4.5, 6), (3, 10)]],
        [[(5, .8), (2.5, .2), (.5, 2.8), (2.5, 4.8), (5.5, 3)], [(5.6, .3), (5, 10)]],
        [[(5.5, 1.5), (2.8, 0), (.5, 2.5), (2.2, 5), (5.4, 2.5), (5.5, 5), (4.8, 8.5), (2.5, 10),
          (.5, 8.8)]],
        [[(5.2, .8), (2.8, 0), (.8, 2), (2, 4.4), (5.2, 3.6)], [(5.3, .6), (5.8, 5), (5, 8.8),
          (2.5, 10), (.6, 9.4)]],
        [[(5, .5), (2.6, .2), (.7, 2.2), (2.4, 4.6), (5.4, 4)], [(5.4, 1), (5.4, 6.5), (3, 9.8),
          (0, 9.8)]]],
}
SHAPES = [
    [[(0, 0), (7, 0)], [(3.5, 0), (3.5, 10)]],  # T
    [[(0, 0), (8, .2)], [(4, 0), (3.8, 8)]],
    [[(4, 2.5), (3, .5), (.8, .5), (.2, 3), (4, 8)], [(4, 8), (7.8, 3), (7.2, .5), (5, .5),
     (4, 2.5)]],  # heart
    [[(0, 4), (4, 0)], [(4, 0), (8, 4)], [(8, 4), (0, 4)], [(1, 4), (1, 10)], [(1, 10), (7, 10)],
     [(7, 10), (7, 4)]],  # house
    [[(1, 4), (1, 10)], [(1, 10), (7, 10)], [(7, 10), (7, 4)], [(0, 4.5), (4, 0)], [(4, 0),
     (8, 4.5)]],  # walls, then a roof; without a lintel, and drawn in one go
    [[(1, 10), (1, 4)], [(1, 4), (4, 0)], [(4, 0), (7, 4)], [(7, 4), (7, 10)], [(7, 10), (1, 10)]],
    [[(0, 9), (0, 3.5)], [(0, 3.5), (4.5, 0)], [(4.5, 0), (9, 3.5)], [(9, 3.5), (9, 9)],
     [(9, 9), (0, 9)]],
    [[(.5, 10), (.4, 3)], [(.4, 3), (3, 0)], [(3, 0), (5.6, 3)], [(5.6, 3), (5.5, 10)],
     [(5.5, 10), (.5, 10)]],
    [[(0, 8), (0, 3), (4, 0), (8, 3), (8, 8)], [(8, 8), (0, 8)]],  # and with round corners
    [[(1, 7), (0, 5), (1.5, 3.5), (2.5, 1.5), (5, 1), (6.5, 2.5), (8.5, 3), (9, 5.5), (7.5, 7),
      (4, 7.5), (1, 7)]],  # a cloud
    [[(5, 5), (6, 4), (6.5, 5.5), (5, 6.8), (3, 5.5), (3.5, 3), (6, 1.8), (8.5, 4), (8, 7.5),
      (5, 9.3), (1.5, 8), (.3, 4.5)]],  # another spiral
    [[(0, 8), (4, 0)], [(4, 0), (8, 8)], [(8, 8), (0, 8)]],  # triangles, and one on its tip
    [[(0, 0), (8, 0)], [(8, 0), (4, 8)], [(4, 8), (0, 0)]],
    [[(0, 0), (8, 0)], [(8, 0), (8, 8)], [(8, 8), (0, 8)], [(0, 8), (0, 0)]],  # square
    [[(0, 0), (0, 10)], [(0, 0), (4, .3), (5, 2.5), (3.5, 4.7), (0, 5)],
     [(0, 5), (5, 5.5), (6, 7.5), (4.5, 9.8), (0, 10)]],  # B
    [[(0, 0), (0, 10)], [(0, 0), (4, .3), (5, 2.5), (3.5, 4.7), (0, 5)]],  # P
    [[(5, 1), (2.5, 0), (.5, 2), (2.3, 4), (5, 2.5)], [(5.2, .5), (5.2, 6), (3.5, 9.8), (.8, 9),
     (1.2, 7.2), (4, 6.2), (7, 5)]],  # g, its loop closed
    [[(5, 1), (2.5, 0), (.5, 2), (2.3, 4.4), (5, 2.8)], [(5.2, .3), (5.2, 7.5), (3.2, 10), (.6, 9),
     (.3, 6.8)]],  # and curled up far
    [[(5, .8), (2.6, .3), (.4, 2.6), (2.4, 4.6), (5, 3), (5.3, .6)],
     [(5.3, .6), (5.4, 7), (3.6, 9.8), (1, 9.4), (-.4, 7.3)]],
    [[(0, 5), (2.5, 9)], [(2.5, 9), (7, 0)]],  # a tick
    [[(4, 0), (6.5, 8)], [(6.5, 8), (0, 3)], [(0, 3), (8, 3)], [(8, 3), (1.5, 8)], [(1.5, 8),
     (4, 0)]],  # star
    [[(0, 4), (9, 4)], [(9, 4), (6, 1)], [(9, 4), (6, 7)]],  # arrow
    [[(0, 4), (8, 4)], [(4, 0), (4, 8)]],  # plus
    [[(0, 0), (8, 8)], [(8, 0), (0, 8)]],  # x
    [[(4, 4), (5, 4.5), (4, 5.5), (2.5, 4), (4, 2), (6.5, 4), (4, 7.5), (.5, 4.5), (3.5, .3),
      (8, 3)]],  # spiral
    [[(0, 4), (2, 1), (5, 4), (8, 6), (10, 3.5), (8, 1), (5, 4), (2, 6.5), (0, 4)]],  # infinity
    [[(0, 4), (2, 2), (4, 4), (6, 6), (8, 4)]],  # a wave
    [[(0, 0), (0, 8)], [(0, 8), (5, 8)]],  # corners of frames
    [[(0, 8), (0, 0)], [(0, 0), (6, 0)]],
    [[(6, 0), (6, 8)], [(6, 8), (0, 8)]],
    [[(0, 0), (8, 0)], [(4, 0), (4, -4), (4, 4)]],
    [[(0, 0), (0, 10)], [(0, 5), (6, 5)], [(6, 0), (6, 10)]],  # H
    [[(3, 0), (.5, 2), (0, 5), (.5, 8), (3, 10)]],  # brackets
    [[(0, 0), (2.5, 2), (3, 5), (2.5, 8), (0, 10)]],
    [[(3, 0), (0, 0)], [(0, 0), (0, 10)], [(0, 10), (3, 10)]],
    [[(0, 0), (3, 0)], [(3, 0), (3, 10)], [(3, 10), (0, 10)]],
    [[(0, 6), (.5, 2), (4, 0), (7.5, 2), (8, 6)]],  # half an oval
    [[(0, 0), (.5, 4), (4, 6), (7.5, 4), (8, 0)]],
    [[(0, 0), (9, 0)]],  # dashes
    [[(0, 3), (9, 0)]],
    [[(0, 0), (9, 4)]],
    [[(0, 0), (7, 0)], [(0, 3), (7, 3)]],  # equals
]
# fmt: on
# Letters that nobody can tell from a digit, written quickly, are left out.
LETTERS = sorted(set(string.ascii_letters) - set("bDgGiIlLOoqQsSzZyYTJjrCc")) + list("{}?#%&*@+=<>")
FONTS = ["DejaVuSans", "DejaVuSerif", "DejaVuSansMono-Oblique", "DejaVuSans-Bold", "cmss10"]


def no_digits(X: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n pictures (n, 784) that are no digits; X (m, 784) are digits to be set in pairs."""
    pairs = partial(pair, X)
    makers: list[Callable] = 8 * [shape] + 6 * [letter] + 4 * [scribble, pairs] + [blot]
    return stack(imaging.place(makers[i % len(makers)](rng)) for i in range(n))


def stack(pictures) -> np.ndarray:
    """Return pictures (28, 28) as rows (n, 784)."""
    return np.array([picture.ravel() for picture in pictures])


def written_forms(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Write n digits (n, 784) in other forms than MNIST's, and return their labels, too."""
    labels = rng.integers(0, 10, n)
    forms = (FORMS[label][rng.integers(len(FORMS[label]))] for label in labels)
    return stack(imaging.place(another_hand(form, rng)) for form in forms), labels


def retraced(
    X: np.ndarray, y: np.ndarray, n: int, rng: np.random.Generator, photo: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Write n of the digits X (m, 784) again with the pens of `draw_pictures`.

    With ``photo`` they are photographed on its papers, too, and found again.
    """
    pictures, labels = [], []
    while len(pictures) < n:
        i, kind = rng.integers(len(X)), list(KINDS)[rng.integers(len(KINDS))]
        ink = written(X[i].reshape(28, 28), int(rng.uniform(90, 170)), KINDS[kind][2], rng)
        if photo:
            sheet = on_a_sheet(ink, rng, rng.uniform(0.25, 0.7))
            try:
                pictures.append(imaging.to_mnist(photographed(sheet, kind, rng)))
            except imaging.NothingWritten:
                continue
        else:
            pictures.append(imaging.place(even_stroke(ink)))
        labels.append(y[i])
    return stack(pictures), np.array(labels)


def uci_digits() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the digits (n, 784) and labels of two groups of people, from UCI's digits, 8 x 8.

    They were written in Turkey (Alpaydin and Kaynak 1998); scikit-learn has them, by writer.
    """
    digits = load_digits()
    pictures = []
    for image in digits.images.astype(np.float32):
        large = Image.fromarray(image / 16).resize((64, 64), Image.Resampling.BICUBIC)
        ink = ((np.asarray(large) - 0.3) / 0.4).clip(0, 1)
        left, top, right, bottom = Image.fromarray(ink > 0.2).getbbox()
        pictures.append(imaging.place(even_stroke(ink[top:bottom, left:right])))
    groups = slice(None, OTHERS), slice(OTHERS, None)
    return [(stack(pictures[group]), digits.target[group]) for group in groups]


def another_hand(strokes: list, rng: np.random.Generator) -> np.ndarray:
    """Draw strokes as somebody might: points moved, slanted, turned, narrower or wider."""
    turn, slant = np.radians(rng.normal(0, 6)), rng.normal(0, 0.15)
    size = UNIT * np.array([rng.uniform(0.6, 1.2), 1])
    moves = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moves = moves @ np.array([[1, -slant], [0, 1]]) * size
    shaken = {}  # strokes that meet in a corner stay together there, or almost

    def shake(point):
        if point not in shaken:
            shaken[point] = np.array(point) + rng.normal(0, 0.35, 2)
        return shaken[point] + rng.normal(0, 0.12, 2)

    lines = [np.array(smooth([shake(point) for point in stroke])) @ moves.T for stroke in strokes]
    return drawn(lines, UNIT * np.exp(rng.uniform(np.log(0.4), np.log(2.2))))


def drawn(lines: list[np.ndarray], width: float) -> np.ndarray:
    """Draw lines through points (n, 2) with a round pen, in the middle of a sheet."""
    points = np.vstack(lines)
    shift = SHEET / 2 - (points.min(axis=0) + points.max(axis=0)) / 2
    sheet = Image.new("L", (2 * SHEET, 2 * SHEET))
    pen, radius = ImageDraw.Draw(sheet), width
    for line in lines:
        places = [tuple(2 * point) for point in line + shift]
        pen.line(places, fill=255, width=max(1, round(2 * width)))
        for x, y in places:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(sheet.reduce(2)) / 255


def shape(rng: np.random.Generator) -> np.ndarray:
    """Draw one of the shapes above."""
    return another_hand(SHAPES[rng.integers(len(SHAPES))], rng)


def letter(rng: np.random.Generator) -> np.ndarray:
    """Draw a letter or a sign: as a font has it, or its midline retraced with a pen."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    font = ImageFont.truetype(folder / f"{FONTS[rng.integers(len(FONTS))]}.ttf", 100)
    sheet, text = Image.new("L", (SHEET, SHEET)), LETTERS[rng.integers(len(LETTERS))]
    ImageDraw.Draw(sheet).text((SHEET / 2, SHEET / 2), text, fill=255, font=font, anchor="mm")
    sheet = np.asarray(sheet.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC)) / 255
    if rng.random() < 0.3:
        return sheet
    midline = np.argwhere(morphology.skeletonize(sheet > 0.5))[:, ::-1].astype(float)
    return drawn([point[None] for point in midline], rng.uniform(5, 18))


def scribble(rng: np.random.Generator) -> np.ndarray:
    """Draw a smooth line through 7 to 12 places anywhere: more turns than any digit has."""
    n = int(rng.integers(7, 13))
    spline = make_interp_spline(np.arange(n), rng.uniform(30, 130, (n, 2)), k=3)
    line = spline(np.linspace(0, n - 1, 12 * n)).clip(12, SHEET - 12)
    return drawn([line], rng.uniform(5, 14))


def blot(rng: np.random.Generator) -> np.ndarray:
    """Draw a blot: a filled oval or block."""
    sheet, (width, height) = Image.new("L", (SHEET, SHEET)), rng.uniform(40, 70, 2)
    box = (80 - width, 80 - height, 80 + width, 80 + height)
    pen = ImageDraw.Draw(sheet)
    (pen.ellipse if rng.random() < 0.7 else pen.rectangle)(box, fill=255)
    return np.asarray(sheet) / 255


def pair(X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Set two or three digits side by side, touching or almost."""
    row, at = np.zeros((28, 110)), 0
    for i in rng.integers(len(X), size=rng.choice([2, 2, 3])):
        digit = X[i].reshape(28, 28) / 255
        columns = np.flatnonzero(digit.any(axis=0))
        digit = digit[:, columns[0] : columns[-1] + 1]
        row[:, at : at + digit.shape[1]] += digit
        at += digit.shape[1] + int(rng.integers(-3, 3))
    return row.clip(0, 1)
