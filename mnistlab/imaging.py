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
from itertools import accumulate, product

import numpy as np
from PIL import Image
from scipy import ndimage

from .paper import (
    chalk_vote,
    find_ink,
    flat_level,
    flat_paper,
    is_chalk,
    paper_level,
    sharpness,
    shrink,
    smooth_level,
    steepness,
    threshold,
)
from .pictures import LONGEST, NotAPicture, NothingWritten, load
from .pieces import Group, cut, find_pieces, group_pieces, main_row
from .placing import SMALL, as_mnist, cut_out, even_stroke, place
from .surroundings import find_sheets, remove_frames, remove_lines, remove_surroundings

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
TRIED = 320  # pixels of the longer side of the copy on which ways to find the ink are tried
BLUNT = 0.2  # change of log(grey), Sobel's: light that falls off has an edge as blunt as that
DOUBT = 0.6  # a vote for chalk or ink nearer to 0 than this is no vote
WIDEST_PART = 1.2  # of its height: what a part of a wide group may be
SLIVER = 0.2  # of its height: into pieces of this width touching digits are cut at first
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


@dataclass
class Writing:
    """A picture taken apart: its ink, the labels of its pieces, and the groups of the main row.

    ``corner`` is the place of the ink's upper left pixel in the grey picture, ``scale`` how many
    pixels of the picture as it was handed over make one of them.
    """

    ink: np.ndarray
    labels: np.ndarray
    groups: list
    corner: tuple[int, int]
    scale: float

    def digit(self, group):
        """Return a group as a digit in its field."""
        box = tuple(
            round(self.scale * (edge + self.corner[k % 2])) for k, edge in enumerate(group.box)
        )
        return Digit(box, place(even_stroke(cut_out(self.ink, self.labels, group))))

    def cut(self, group, columns):
        """Cut a group near some of its columns."""
        return cut(group, columns, self.labels, self.ink)


def _find_writing(grey, scale, steps):
    """Look for writing on the sheets in a picture, then in all of it.

    A sheet whose edge cuts through the writing was none: it was the edge of a shadow.
    """
    for sheet in find_sheets(grey) if min(grey.shape) > SMALL else ():
        sentence = "A sheet is found; what is beyond its edges is left out."
        more_steps = [Step("sheet", sentence, sheet.grey)]
        try:
            ink, labels, groups = _take_apart(sheet.grey, more_steps)
        except NothingWritten:
            continue
        written = [label for group in groups for label in group.labels]
        if not np.isin(labels[sheet.edge], written).any():
            steps += more_steps
            return Writing(ink, labels, groups, sheet.corner, scale)
    return Writing(*_take_apart(grey, steps), (0, 0), scale)


def _take_apart(grey, steps):
    """Take a picture through all steps up to the grouping; append a `Step` for each to ``steps``.

    Returns
    -------
    ink, labels : ndarrays (height, width)
    groups : list of Group
    """
    chalk, level = _choose_paper(grey)
    ink = find_ink(grey, chalk, level)
    if chalk:
        light = "The writing is lighter than the background: inverted."
        steps.append(Step("polarity", light, 1 - grey))
    steps.append(Step("paper", "Divided by the paper's level.", ink))
    if max(ink.shape) > 300:
        ink = ndimage.gaussian_filter(ink, max(ink.shape) / LONGEST)
    marked, mask, labels, groups = _mark(ink)
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


def _choose_paper(grey):
    """Choose between ink and chalk, and between three ideas of the paper's level: all are tried.

    On a small copy each is followed as far as the groups. Right is what marks much, with a sharp
    edge all around, and little on the picture's border. (The weights come from a logistic
    regression on simulated pictures: is the digit that follows the right one?)

    Returns
    -------
    chalk : bool
    level : function
    """
    if flat_paper(grey) is not None:
        return is_chalk(grey), paper_level
    vote = chalk_vote(grey)
    small = shrink(grey, TRIED)
    slope = steepness(small)
    scores = {(vote > 0, paper_level): -np.inf}
    polarities = (vote > 0,) if abs(vote) > DOUBT else (False, True)
    for chalk, level in product(polarities, (paper_level, smooth_level, flat_level)):
        try:
            *_, labels, groups = _mark(find_ink(small, chalk, level))
        except NothingWritten:
            continue
        if not 0 < len(groups) <= MOST_DIGITS:
            continue
        written = np.isin(labels, [k for group in main_row(groups) for k in group.labels])
        border = np.concatenate([written[[0, -1]].ravel(), written[:, [0, -1]].ravel()])
        sharp = sharpness(slope, written)
        if sharp < BLUNT and level is not paper_level:
            continue
        scores[chalk, level] = (
            np.log(sharp + 1e-3)
            + 0.7 * np.log(written.mean())
            - 5.5 * border.mean()
            + 1.8 * (vote if chalk else -vote)
            + 0.3 * (level is paper_level)  # as good as any: the one that knows shadows
        )
    return max(scores, key=scores.get)


def _mark(ink):
    """Mark the writing and group it.

    Where only edges and blots are found, they are blanked out and it is looked for weaker ink: a
    table is darker than pencil.

    Parameters
    ----------
    ink : ndarray (height, width)

    Returns
    -------
    marked, mask : ndarrays (height, width), bool
        With and without lines and frames.
    labels : ndarray (height, width)
    groups : list of Group
    """
    left = ink
    for _ in range(3):
        marked = mask = threshold(left)
        if min(ink.shape) > SMALL:
            mask = remove_lines(remove_frames(marked))
        labels, pieces = find_pieces(mask)
        groups = group_pieces(remove_surroundings(pieces, labels))
        if max((group.longer for group in groups), default=0) > SMALLEST * max(ink.shape):
            break
        left = np.where(ndimage.binary_dilation(marked, iterations=3), 0, left)
    return marked, mask, labels, groups


def _main_digit(picture, steps):
    grey, scale = load(picture)
    sizes = f"{grey.shape[1]} x {grey.shape[0]} pixels, from {grey.min():.2f} to {grey.max():.2f}."
    steps.append(Step("grey", sizes, grey))
    image = as_mnist(grey)
    if image is not None:
        steps.append(Step("digit", "In MNIST's format already: left as it is.", image))
        return image
    writing = _find_writing(grey, scale, steps)
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
    writing = _find_writing(grey, scale, [])
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
    without looking further.
    """
    whole = writing.digit(group)
    shape = group.width / group.height
    limit = np.interp(shape, (1, WIDE_DIGIT), (WHOLE, 1))
    if shape <= 1 or _probabilities([whole], model).max() > limit:
        return [whole]
    step = SLIVER * group.height
    slivers = writing.cut(group, np.arange(step, group.width - step / 2, step))
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
