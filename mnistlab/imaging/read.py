"""From a photo, a scan or a drawing to MNIST's own format; from a row of digits to a number.

A model trained on MNIST has seen one kind of picture only: white ink on black, the digit 20 pixels
along its longer side, its centre of mass in the middle of 28 x 28 pixels, no paper, no shadow.
(LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
section III.A.) A picture from anywhere else has to be brought there first, step by step:

    load -> ink or chalk? -> divide by the paper's level -> threshold -> lines, edges and specks out
         -> pieces grouped into digits -> each placed in its 28 x 28 field

Every step is a function of a few lines that can be looked at, and left out, by itself. They live in
`pictures` (opening files), `paper` (light, threshold), `surroundings` (sheets, lines, edges),
`pieces` (digits, rows, cuts) and `placing` (into the field); `writing` puts them together.
"""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from PIL import Image

from .find import Digit, Step, find_writing
from .load import load
from .normalise import as_mnist, place
from .segment import Group, find_pieces, group_pieces

DRAWN = 0.2  # of full ink: what counts as drawn on a pad
WIDE_DIGIT = 1.5  # of its height: a digit wider than that is two or more that touch
TYPICAL = 0.75  # of its height: the width of a digit
WIDEST_PART = 1.2  # of its height: what a part of a wide group may be
SLIVER = 0.2  # of its height: into pieces of this width touching digits are cut at first
WHOLE = (0.85, 0.95)  # probability from which ink as wide as tall, or WIDE_DIGIT, is not cut
SURE = 0.97  # probability from which an answer is given without a doubt


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


def _main_digit(picture, steps):
    grey, scale = load(picture)
    sizes = f"{grey.shape[1]} x {grey.shape[0]} pixels, from {grey.min():.2f} to {grey.max():.2f}."
    steps.append(Step("grey", sizes, grey))
    image = as_mnist(grey)
    if image is not None:
        steps.append(Step("digit", "In MNIST's format already: left as it is.", image))
        return image
    writing = find_writing(grey, scale, steps)
    image = writing.digit(max(writing.groups, key=lambda group: group.area)).image
    n = len(writing.groups)
    more = f", the largest of {n} digits" if n > 1 else ""
    steps.append(Step("digit", f"Set to 20 pixels and centred by its mass{more}.", image))
    return image


def _read(picture, cut_up):
    """Find the digits in a picture: ``cut_up(writing, group)`` makes one or more of a group."""
    grey, scale = load(picture)
    image = as_mnist(grey)
    if image is not None:
        left, top, right, bottom = Image.fromarray(image).getbbox()
        return [Digit((top, left, bottom, right), image)]
    writing = find_writing(grey, scale, [])
    return [digit for group in writing.groups for digit in cut_up(writing, group)]


def _cut_evenly(writing, group):
    """Cut what is wider than a digit into as many as its width suggests."""
    n = round(group.width / group.height / TYPICAL)
    wide = group.width > WIDE_DIGIT * group.height
    parts = writing.cut(group, np.arange(1, n) * group.width / n) if wide else [group]
    return [writing.digit(part) for part in parts]


def _cut_by_model(writing, group, model):
    """Leave a group whole, or cut it where the model is surest of all parts together.

    The group is cut into slivers; neighbours in every number make candidates, each read by the
    model; of all ways from the first sliver to the last the most probable is taken, a part as wide
    as two digits counting twice. The wider a group, the surer the model must be to leave it whole
    without looking further. What may be one wide digit is only cut through one stroke at a time,
    so that a 0 is not.
    """
    whole = writing.digit(group)
    shape = group.width / group.height
    limit = np.interp(shape, (1, WIDE_DIGIT), WHOLE)
    if shape <= 1 or _probabilities([whole], model).max() > limit:
        return [whole]
    step = SLIVER * group.height
    strokes = 1 if shape < WIDE_DIGIT else np.inf
    slivers = writing.cut(group, np.arange(step, group.width - step / 2, step), strokes)
    n = len(slivers)
    digits, weights = {(0, n): whole}, {(0, n): shape / TYPICAL}
    for i in range(n):
        for j, part in enumerate(accumulate(slivers[i:], Group.join), start=i + 1):
            if part.height > group.height / 2 and part.width < WIDEST_PART * group.height:
                digits[i, j] = writing.digit(part)
                weights[i, j] = max(1, part.width / group.height / TYPICAL)
    logs = np.log(_probabilities(digits.values(), model).max(axis=1))
    best = {0: (0.0, [])}
    for (i, j), log in sorted(zip(digits, logs, strict=True)):
        if i in best:
            way = best[i][0] + weights[i, j] * log, [*best[i][1], digits[i, j]]
            best[j] = max(way, best.get(j, way), key=lambda way: way[0])
    return best[n][1]


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
    return _read(picture, _cut_evenly)


def read_number(picture, model):
    """Read the digits in a picture with a model.

    Where ink is wider than tall and the model in doubt, it is also cut into two or more digits, and
    the most probable way is taken.

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
    digits = _read(picture, lambda writing, group: _cut_by_model(writing, group, model))
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
