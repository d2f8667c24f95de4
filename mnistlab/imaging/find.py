"""Find the writing in a picture: the steps of the other modules put together."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .background import (
    border,
    chalk_vote,
    find_ink,
    flat_level,
    flat_paper,
    is_chalk,
    outline,
    paper_level,
    sharpness,
    shrink,
    smooth_level,
    steepness,
    threshold,
)
from .clean import find_sheets, remove_frames, remove_lines, remove_surroundings
from .load import LONGEST, SMALL, NothingWritten
from .normalise import cut_out, even_stroke, place
from .segment import add_fainter, cut, find_pieces, group_pieces, main_row

MOST_DIGITS = 40  # more marks than that are a page of text
SMALLEST = 0.015  # of the longer side: marks smaller than that are specks
TRIED = 320  # pixels of the longer side of the copy on which ways to find the ink are tried
BLUNT = 0.2  # change of log(grey), Sobel's: light that falls off has an edge as blunt as that
THICK = 0.35  # of its longer side: strokes thicker than that are a shadow, not a digit
DOUBT = 0.6  # a vote for chalk or ink nearer to 0 than this is no vote


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

    def cut(self, group, columns, strokes=np.inf):
        """Cut a group near some of its columns, each time through a few strokes at most."""
        return cut(group, columns, self.labels, self.ink, strokes)


def find_writing(grey, scale, steps):
    """Look for writing on the sheets in a picture, then in all of it.

    A sheet whose edge cuts through the writing was none: it was the edge of a shadow.

    Parameters
    ----------
    grey : ndarray (height, width), 0-1
    scale : float
        Pixels of the picture as it was handed over per pixel of ``grey``.
    steps : list of Step
        What is done is appended.

    Returns
    -------
    Writing

    Raises
    ------
    NothingWritten
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
    return ink, labels, add_fainter(main_row(groups), labels, ink)


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
    scores = {}
    for chalk in (vote > 0, vote <= 0):
        for level in (paper_level, smooth_level, flat_level):
            score = _score(small, slope, chalk, level)
            if score is not None:
                scores[chalk, level] = score + 1.8 * (vote if chalk else -vote)
        if scores and abs(vote) > DOUBT:
            break
    return max(scores, key=scores.get, default=(vote > 0, paper_level))


def _score(grey, slope, chalk, level):
    """Say how much what is found in this way looks like writing; None if it does not at all."""
    try:
        *_, labels, groups = _mark(find_ink(grey, chalk, level))
    except NothingWritten:
        return None
    if not 0 < len(groups) <= MOST_DIGITS:
        return None
    row = main_row(groups)
    written = np.isin(labels, [k for group in row for k in group.labels])
    edge = outline(written)
    sharp = sharpness(slope, edge)
    thick = 2 * written.sum() > THICK * max(group.longer for group in row) * edge.sum()
    if thick or (sharp < BLUNT and level is not paper_level):
        return None
    return (
        np.log(sharp + 1e-3)
        + 0.7 * np.log(written.mean())
        - 5.5 * border(written).mean()
        + 0.3 * (level is paper_level)  # as good as any: the one that knows shadows
    )


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
