"""From a photo, a scan or a drawing to MNIST's own format; from a row of digits to a number.

A model trained on MNIST has seen one kind of picture only: white ink on black, the digit 20 pixels
along its longer side, its centre of mass in the middle of 28 x 28 pixels, no paper, no shadow.
(LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
section III.A.) A picture from anywhere else has to be brought there first, step by step:

    load -> ink or chalk? -> divide by the paper's level -> threshold -> lines, edges and specks out
         -> pieces grouped into digits -> each placed in its 28 x 28 field

Every step is a function of a few lines that can be looked at, and left out, by itself. They live in
`pictures` (opening files), `paper` (light, threshold), `surroundings` (lines, edges), `pieces`
(digits, rows, cuts) and `placing` (into the field), and are put together here.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from .paper import chalk_ink, is_chalk, paper_level, threshold
from .pictures import LONGEST, NotAPicture, NothingWritten, load
from .pieces import find_pieces, group_pieces, main_row, split
from .placing import SMALL, as_mnist, cut_out, even_stroke, place
from .surroundings import remove_frames, remove_lines, remove_surroundings

__all__ = [
    "Digit",
    "NotAPicture",
    "NothingWritten",
    "Reading",
    "Step",
    "explain",
    "load",
    "read_digits",
    "read_number",
    "to_mnist",
]

MOST_DIGITS = 40  # more marks than that are a page of text
DRAWN = 0.2  # of full ink: what counts as drawn on a pad
SMALLEST = 0.015  # of the longer side: marks smaller than that are specks
WIDE_DIGIT = 1.5  # of its height: a digit wider than that is two or more that touch
TYPICAL = 0.75  # of its height: the width of a digit
WHOLE = 0.85  # probability from which a piece of ink is one digit, and is not cut
SURE = 0.97  # probability from which an answer is given without a doubt


@dataclass
class Step:
    """One step on the way to 28 x 28: its name, what it found, and the picture after it."""

    name: str
    sentence: str
    image: np.ndarray


@dataclass
class Digit:
    """A digit found: ``box`` (top, left, bottom, right) and ``image``, (28, 28) uint8.

    The box is in pixels of the picture as it was handed over (a turned photo: after turning);
    bottom and right are exclusive.
    """

    box: tuple[int, int, int, int]
    image: np.ndarray


@dataclass
class Reading:
    """What a model read: best guess, doubts and places.

    ``text`` is the best guess, ``probabilities`` (k, n_classes) and ``sure`` (k,) bool belong to
    its k characters, ``boxes`` are (top, left, bottom, right), ``images`` (k, 28, 28) uint8 is what
    the model saw.
    """

    text: str
    probabilities: np.ndarray
    boxes: list
    sure: np.ndarray
    images: np.ndarray


def _find_groups(grey, steps):
    """Take a picture through all steps up to the grouping; append a `Step` for each to ``steps``.

    Where only edges and blots are found, they are blanked out and it is looked for weaker ink: a
    table is darker than pencil.

    Returns
    -------
    ink, labels : ndarrays (height, width)
    groups : list of Group
    """
    if is_chalk(grey):
        ink = chalk_ink(grey)
        light = "The writing is lighter than the background: inverted."
        steps.append(Step("polarity", light, 1 - grey))
    else:
        ink = 1 - grey / paper_level(grey)
    steps.append(Step("paper", "Divided by the paper's level.", ink))
    if max(ink.shape) > 300:
        ink = ndimage.gaussian_filter(ink, max(ink.shape) / LONGEST)
    left = ink
    for _ in range(3):
        marked = mask = threshold(left)
        if min(grey.shape) > SMALL:
            mask = remove_lines(remove_frames(marked))
        labels, pieces = find_pieces(mask)
        groups = group_pieces(remove_surroundings(pieces, labels))
        if max((group.longer for group in groups), default=0) > SMALLEST * max(grey.shape):
            break
        left = np.where(ndimage.binary_dilation(marked, iterations=3), 0, left)
    share = f"{100 * marked.mean():.1f} % of the pixels are marked as ink."
    steps.append(Step("threshold", share, marked))
    if mask is not marked:
        steps.append(Step("lines", "Lines taken out.", mask))
    if not groups:
        raise NothingWritten("nothing written found: only lines, edges and specks.")
    if len(groups) > MOST_DIGITS:
        raise NothingWritten(
            f"no digit found: {len(groups)} marks look like a page of text; cut out the digits."
        )
    return ink, labels, main_row(groups)


def _digit(group, labels, ink, shrunk):
    box = tuple(round(shrunk * edge) for edge in group.box)
    return Digit(box, place(even_stroke(cut_out(ink, labels, group))))


def _main_digit(picture, steps):
    grey, shrunk = load(picture)
    sizes = f"{grey.shape[1]} x {grey.shape[0]} pixels, from {grey.min():.2f} to {grey.max():.2f}."
    steps.append(Step("grey", sizes, grey))
    image = as_mnist(grey)
    if image is not None:
        steps.append(Step("digit", "In MNIST's format already: left as it is.", image))
        return image
    ink, labels, groups = _find_groups(grey, steps)
    main = max(groups, key=lambda group: group.area)
    image = _digit(main, labels, ink, shrunk).image
    more = f", the largest of {len(groups)} digits" if len(groups) > 1 else ""
    steps.append(Step("digit", f"Set to 20 pixels and centred by its mass{more}.", image))
    return image


def _ways(picture, split_from):
    """Find a picture's groups and the ways to cut each: a list of lists of digits for each group.

    The first way leaves the group whole; the others cut it in two, or in as many digits as its
    width suggests, if it is wider than ``split_from`` times its height.
    """
    grey, shrunk = load(picture)
    image = as_mnist(grey)
    if image is not None:
        left, top, right, bottom = Image.fromarray(image).getbbox()
        return [[[Digit((top, left, bottom, right), image)]]]
    ink, labels, groups = _find_groups(grey, [])
    ways_of_all = []
    for group in groups:
        shape = group.width / group.height
        ways = [[_digit(group, labels, ink, shrunk)]]
        for parts in sorted({2, round(shape / TYPICAL)} - {1}) if shape > split_from else ():
            cut_up = labels.copy()
            cut = split(group, parts, cut_up, ink)
            ways.append([_digit(part, cut_up, ink, shrunk) for part in cut])
        ways_of_all.append(ways)
    return ways_of_all


def to_mnist(picture):
    """Bring a picture of a digit to MNIST's format.

    Parameters
    ----------
    picture : path, bytes, PIL.Image.Image or array
        See `load`. Where it holds several digits, the main one is taken.

    Returns
    -------
    ndarray (28, 28), uint8
        0 is paper, 255 is ink.

    Raises
    ------
    NotAPicture, NothingWritten
        With one sentence on what is wrong.
    """
    return _main_digit(picture, [])


def explain(picture):
    """Show every step from a picture to MNIST's format.

    Parameters
    ----------
    picture : path, bytes, PIL.Image.Image or array

    Returns
    -------
    list of Step
        The last one's image is what `to_mnist` returns.

    Raises
    ------
    NotAPicture, NothingWritten
    """
    steps = []
    _main_digit(picture, steps)
    return steps


def read_digits(picture):
    """Find all digits in a picture.

    Parameters
    ----------
    picture : path, bytes, PIL.Image.Image or array

    Returns
    -------
    list of Digit
        Left to right; at least one.

    Raises
    ------
    NotAPicture, NothingWritten
    """
    return [digit for ways in _ways(picture, WIDE_DIGIT) for digit in ways[-1]]


def read_number(picture, model):
    """Read the digits in a picture with a model.

    Where ink is wider than tall and the model in doubt, it is also cut into two or more digits, and
    the way that leaves the model surest of its least sure digit is taken.

    Parameters
    ----------
    picture : path, bytes, PIL.Image.Image or array
    model : classifier
        Has ``predict_proba`` and ``classes_``, fitted on (n, 784) uint8.

    Returns
    -------
    Reading

    Raises
    ------
    NotAPicture, NothingWritten
    """
    digits = []
    for ways in _ways(picture, 1):
        sure = [_probabilities(way, model).max(axis=1).min() for way in ways]
        digits += ways[0] if sure[0] > WHOLE else ways[int(np.argmax(sure))]
    probabilities = _probabilities(digits, model)
    text = "".join(str(name) for name in np.asarray(model.classes_)[probabilities.argmax(axis=1)])
    boxes = [digit.box for digit in digits]
    images = np.stack([digit.image for digit in digits])
    return Reading(text, probabilities, boxes, probabilities.max(axis=1) >= SURE, images)


def _probabilities(digits, model):
    return model.predict_proba(np.stack([digit.image.ravel() for digit in digits]))


def drawing_digits(ink):
    """Find the digits in a drawing whose ink is known: a pad's canvas, no paper, no noise.

    Parameters
    ----------
    ink : ndarray (height, width), float
        0 is blank, 1 is drawn.

    Returns
    -------
    list of Digit
        Left to right; empty where nothing is drawn.
    """
    labels, pieces = find_pieces(ink >= DRAWN)
    return [Digit(group.box, place(_alone(ink, labels, group))) for group in group_pieces(pieces)]


def _alone(ink, labels, group):
    """Return the ink of one group, cropped to its box; that of its neighbours left out."""
    box = slice(group.box[0], group.box[2]), slice(group.box[1], group.box[3])
    return np.where(np.isin(labels[box], group.labels), ink[box], 0)
