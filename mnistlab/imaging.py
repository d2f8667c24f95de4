"""From a photo, a scan or a drawing to MNIST's own format; from a row of digits to a number.

A model trained on MNIST has seen one kind of picture only: white ink on black, the digit 20 pixels
along its longer side, its centre of mass in the middle of 28 x 28 pixels, no paper, no shadow.
(LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
section III.A.) A picture from anywhere else has to be brought there first, step by step:

    load -> ink or chalk? -> divide by the paper's level -> threshold -> lines, edges and specks out
         -> pieces grouped into digits -> each placed in its 28 x 28 field

Every step is a function of a few lines, so each can be looked at, and left out, by itself.
(`load` is in `mnistlab.pictures`.)
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import filters
from skimage.graph import route_through_array

from .pictures import LONGEST, NotAPicture, NothingWritten, load

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

SIDE = 28  # of MNIST's field, in pixels
DIGIT = 20  # the longer side of a digit in it
SMALL = 64  # pictures of this side or less were drawn or cut out: no uneven light in them
MOST_DIGITS = 40  # more marks than that are a page of text
DRAWN = 0.2  # of full ink: what counts as drawn on a pad
EVEN = 0.02  # grey values that differ by less are one and the same paper
DARKEST = 0.05  # of white: the darkest that paper is taken to be
COARSE = 160  # the paper's level is estimated on a picture of this side
GRAIN = 8  # times the difference of neighbours that a quarter stays below: 3.6 deviations
THIN = 0.012  # of the longer side: what a ruled line is thinner than
FAINTEST = 0.06  # of full ink: less cannot be told from paper
WINDOWS = (0.06, 0.09, 0.13, 0.19, 0.27, 0.4, 0.55)  # of the shorter side, to look for paper in
ENOUGH = 0.75  # of the ink that the next window finds: this one is wider than the pen
SMALLEST = 0.015  # of the longer side: marks smaller than that are specks
WIDE_DIGIT = 1.5  # of its height: a digit wider than that is two or more that touch
TYPICAL = 0.75  # of its height: the width of a digit
STROKE = (0.11, 0.20)  # of the digit's longer side: how wide its strokes may be
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


# ---------------------------------------------------------------- paper and ink


def is_even(grey):
    """Say whether the paper is one flat colour, as in a drawing: border and half the picture."""
    return float(np.mean(np.abs(grey - _border_level(grey)) < EVEN)) > 0.5


def _border_level(grey):
    return np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))


def is_chalk(grey):
    """Say whether the writing is lighter than its background.

    Two signs are weighed. Writing is what differs from the median of its neighbourhood. And writing
    is thin: a closing fills what is dark and narrower than its window, an opening what is bright
    and narrow; whichever changes more fills strokes. (Cubes, so that grain does not count; wide
    windows count less, as they also fill the hole of a 0.)
    """
    if is_even(grey):
        return bool(((grey - _border_level(grey)) ** 3).sum() > 0)
    coarse = _shrink(grey, 48)
    median = ndimage.median_filter(coarse, _odd(0.4 * min(coarse.shape)), mode="nearest")
    light = (np.maximum(coarse - median, 0) ** 3).sum()
    dark = (np.maximum(median - coarse, 0) ** 3).sum()
    vote = (light - dark) / max(light + dark, 1e-12)
    light = dark = 0.0
    coarse = _shrink(grey, 96)
    for window in (3, 5, 9, 15, 25):
        closing = ndimage.grey_closing(coarse, window, mode="nearest")
        opening = ndimage.grey_opening(coarse, window, mode="nearest")
        dark += ((closing - coarse) ** 3).sum() / window**2
        light += ((coarse - opening) ** 3).sum() / window**2
    return bool(vote + 2 * (light - dark) / max(light + dark, 1e-12) > 0)


def _odd(length):
    return 2 * math.ceil(length / 2) + 1


def paper_level(grey):
    """Estimate how bright the paper is at every pixel, under the ink too.

    A closing fills what is dark and narrower than its square window: strokes, but no shadow, no
    table and no scanner's lid, which are wider. So the window has to be wider than the pen, and
    hardly wider. It grows until the next one would hardly find more ink; the next one is taken, as
    strokes are wider where they meet.

    Parameters
    ----------
    grey : ndarray (height, width), 0-1
        Dark ink on lighter paper.

    Returns
    -------
    ndarray (height, width)
    """
    if is_even(grey):
        return np.full_like(grey, max(_border_level(grey), DARKEST))
    coarse = _shrink(grey, COARSE)
    smooth = ndimage.median_filter(coarse, 3, mode="nearest")
    papers, found = [], []
    for window in sorted({max(9, _odd(share * min(coarse.shape))) for share in WINDOWS}):
        beyond = np.pad(smooth, window, mode="edge")
        paper = ndimage.grey_closing(beyond, window)[window:-window, window:-window].clip(DARKEST)
        ink = 1 - coarse / paper
        papers.append(paper)
        found.append((ink[ink > faintest(ink)] ** 2).sum())
    found = np.array(found)
    kept = found[:-1] / np.maximum(found[1:], 1e-9)
    chosen = 1 + int(np.argmax(np.minimum(kept, ENOUGH))) if kept.size else 0
    paper = papers[chosen]
    if coarse.shape != grey.shape:  # drawn out by resizing, a shadow's edge would look like ink
        paper = ndimage.minimum_filter(paper, 3, mode="nearest")
    paper = ndimage.uniform_filter(paper, 3, mode="nearest")
    resized = Image.fromarray(paper).resize(grey.shape[::-1], Image.Resampling.BILINEAR)
    return np.asarray(resized)


def chalk_ink(grey):
    """Return the light that chalk adds, as a share of the board's: so a shadow takes no chalk away.

    Parameters
    ----------
    grey : ndarray (height, width), 0-1
        Light writing on a darker background.

    Returns
    -------
    ndarray (height, width)
        0 is board, at most 1.
    """
    board = 1 - paper_level(1 - grey)
    ink = (grey - board) / (board + 0.1)  # the 0.1 keeps the grain of a black board small
    return ink / max(1.0, float(ink.max()))


def _shrink(grey, longest):
    """Average a picture down to a longer side of at most ``longest``."""
    image = Image.fromarray(grey)
    image.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.asarray(image)


def faintest(ink):
    """Say from where on ink is more than the paper's grain: the small differences of neighbours."""
    apart = 1 if max(ink.shape) <= 300 else 4  # in larger pictures neighbours were smoothed alike
    differences = np.abs(ink[:, apart:] - ink[:, :-apart])
    return max(FAINTEST, GRAIN * float(np.percentile(differences, 25)))


def threshold(ink):
    """Mark what is written: everything clearly ink, and what is faint but joined to it.

    (Canny's hysteresis: a faint pencil line is kept where it goes on, a faint speck is not.)

    Parameters
    ----------
    ink : ndarray (height, width)
        The share of the paper's light that is missing: 0 is paper, 1 is black.

    Returns
    -------
    ndarray (height, width), bool

    Raises
    ------
    NothingWritten
        Nothing stands out from the paper's own grain.
    """
    least = faintest(ink)
    values = ink[ink > least]
    if values.size < 4:
        raise NothingWritten("nothing written found: no mark stands out from the background.")
    # In a drawing of one grey Otsu's threshold is that grey itself: stay below the full ink.
    high = max(least, min(filters.threshold_otsu(values), 0.7 * np.percentile(values, 90)))
    return filters.apply_hysteresis_threshold(ink, 0.6 * high, high)


# ---------------------------------------------------------------- what is not writing


def remove_frames(mask):
    """Take out boxes drawn or printed around the writing.

    A frame is a piece that holds another one and runs along the sides of its own box; a 0 with
    something in it does not.

    Parameters
    ----------
    mask : ndarray (height, width), bool

    Returns
    -------
    ndarray (height, width), bool
    """
    labels, pieces = find_pieces(mask)
    large = [piece for piece in pieces if piece.longer > 0.05 * max(mask.shape)]
    frames = [p.labels[0] for p in large if _is_frame(p, large, labels)]
    return mask & ~np.isin(labels, frames) if frames else mask


def _is_frame(piece, pieces, labels):
    top, left, bottom, right = piece.box
    held = (
        max(p.height / piece.height, p.width / piece.width)
        for p in pieces
        if top < p.box[0] and left < p.box[1] and bottom > p.box[2] and right > p.box[3]
    )
    if max(held, default=0) < 0.25:
        return False
    mine = labels[top:bottom, left:right] == piece.labels[0]
    rim = math.ceil(0.15 * min(piece.height, piece.width))
    return mine[rim:-rim, rim:-rim].sum() < 0.1 * piece.area


def remove_lines(mask):
    """Take out ruled lines and grids, and mend the strokes that cross them.

    A line is a chain of long, nearly level runs that goes on over most of the picture, or runs into
    its border. Where ink stands on both sides of a line, the stroke is closed again across it.

    Parameters
    ----------
    mask : ndarray (height, width), bool

    Returns
    -------
    ndarray (height, width), bool
    """
    lines = _level_lines(mask) | _level_lines(mask.T).T
    left = mask & ~lines
    _, pieces = find_pieces(left)
    if max((piece.longer for piece in pieces), default=0) < 0.05 * max(mask.shape):
        return mask  # the line was a 1 that fills the picture
    gap = 2 * math.ceil(THIN * max(mask.shape)) + 1
    mended = ndimage.grey_closing(left.astype(np.uint8), (gap, gap)).astype(bool) & mask
    return left | (mended & lines)


def _level_lines(mask):
    """Mark the pixels of thin lines that cross the picture from left to right, slightly tilted."""
    width = mask.shape[1]
    thickness = math.ceil(THIN * max(mask.shape)) + 2
    upright = ndimage.minimum_filter1d(mask.astype(np.uint8), thickness, axis=0)
    mask = mask & (ndimage.maximum_filter1d(upright, thickness, axis=0) == 0)  # no thick strokes
    run = max(15, width // 16)
    slack = max(3, run // 16 * 2 + 1)  # up to about 7 degrees
    runs = ndimage.maximum_filter1d(mask.astype(np.uint8), slack, axis=0)
    runs = ndimage.minimum_filter1d(runs, run, axis=1, mode="nearest")
    runs = ndimage.maximum_filter1d(runs, run, axis=1)
    chains, n = ndimage.label(ndimage.maximum_filter1d(runs, run, axis=1), np.ones((3, 3)))
    chains[~(mask & (runs > 0))] = 0
    lines = np.zeros(n + 1, dtype=bool)
    area = np.bincount(chains.ravel(), minlength=n + 1)
    for k, box in enumerate(ndimage.find_objects(chains, max_label=n), start=1):
        if box is None:
            continue
        left, right = box[1].start, box[1].stop
        at_border = (left <= 2) + (right >= width - 2)
        long_enough = right - left > (0.85, 0.4, 0.3)[at_border] * width
        lines[k] = long_enough and area[k] / (right - left) < THIN * max(mask.shape) + 2
    return lines[chains]


def remove_surroundings(pieces, labels):
    """Drop what is no writing: what comes in over the border, and blots.

    A piece that touches the border is the sheet's edge, the table, a shadow or a thumb, unless it
    is of the size of what stands further in, or nothing of comparable size does: then it is a digit
    that was cut tightly.

    Parameters
    ----------
    pieces : list of Group
    labels : ndarray (height, width)

    Returns
    -------
    list of Group
    """
    height, width = labels.shape
    inner = [
        p
        for p in pieces
        if p.box[0] > 0 and p.box[1] > 0 and p.box[2] < height and p.box[3] < width
    ]
    size = max((piece.longer for piece in inner), default=0)
    tall = max((piece.height for piece in inner), default=0)
    rim = labels.copy()
    edge = min(height, width) // 7
    rim[edge : height - edge, edge : width - edge] = 0
    at_rim = np.bincount(rim.ravel(), minlength=labels.max() + 1)

    def is_cut_digit(piece):
        if at_rim[piece.labels[0]] > 0.7 * piece.area and size > 0.08 * min(height, width):
            return False
        if 0.6 * size < piece.longer < 1.5 * size and 0.6 * tall < piece.height < 1.4 * tall:
            return True
        return size < 0.4 * min(piece.height, piece.width)

    pieces = [p for p in pieces if p in inner or is_cut_digit(p)]
    return [p for p in pieces if not _is_blot(p, labels)]


def _is_blot(piece, labels):
    """Say whether a piece is nearly as thick as it is long: a hole, a shadow, a patch of table."""
    longer = piece.longer
    if piece.area < 0.3 * longer**2:
        return False
    top, left, bottom, right = piece.box
    step = max(1, longer // 60)
    mine = labels[top:bottom:step, left:right:step] == piece.labels[0]
    depth = ndimage.distance_transform_edt(np.pad(mine, 1)).max() * step
    return 2 * depth > 0.6 * longer


# ---------------------------------------------------------------- pieces and digits


@dataclass
class Group:
    """Pieces of ink that make one digit: box (top, left, bottom, right), labels, ink in pixels."""

    box: tuple[int, int, int, int]
    labels: tuple[int, ...]
    area: int

    @property
    def height(self):
        """Rows from top to bottom."""
        return self.box[2] - self.box[0]

    @property
    def width(self):
        """Columns from left to right."""
        return self.box[3] - self.box[1]

    @property
    def longer(self):
        """The longer of the two."""
        return max(self.height, self.width)

    def join(self, other):
        """Return the group that holds both."""
        (t1, l1, b1, r1), (t2, l2, b2, r2) = self.box, other.box
        box = (min(t1, t2), min(l1, l2), max(b1, b2), max(r1, r2))
        return Group(box, self.labels + other.labels, self.area + other.area)


def find_pieces(mask):
    """Label connected ink (also across corners).

    Returns
    -------
    labels : ndarray (height, width), int32
        0 is paper; piece k is ``labels == k``.
    pieces : list of Group
        One for each label, from 1 on.
    """
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel())
    pieces = [
        Group((rows.start, columns.start, rows.stop, columns.stop), (k,), int(areas[k]))
        for k, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1)
    ]
    return labels, pieces


def belong_together(a, b):
    """Say whether two pieces of ink are parts of one digit: the bar of a 5, a broken stroke.

    Either one stands over the other and they are near; or one is too low to be a digit by itself
    and is nearly touched by the other. Two tall pieces side by side are two digits.
    """
    tall, short = (a, b) if a.height >= b.height else (b, a)
    gap_down = max(a.box[0], b.box[0]) - min(a.box[2], b.box[2])
    gap_across = max(a.box[1], b.box[1]) - min(a.box[3], b.box[3])
    if short.height > 0.75 * tall.height and gap_down < 0:
        return -gap_across > 0.6 * min(a.width, b.width)
    if -gap_across > 0.4 * min(a.width, b.width):
        return gap_down < 0.3 * tall.longer
    return max(gap_across, gap_down) < 0.12 * tall.longer


def group_pieces(pieces):
    """Join pieces that belong together, until none do; small ones that stay alone are dropped.

    Parameters
    ----------
    pieces : list of Group

    Returns
    -------
    list of Group
        Left to right.
    """
    groups = sorted(pieces, key=lambda piece: -piece.area)
    joined = True
    while joined:
        joined = False
        for i in range(len(groups)):
            for j in range(len(groups) - 1, i, -1):
                if belong_together(groups[i], groups[j]):
                    groups[i] = groups[i].join(groups.pop(j))
                    joined = True
    size = max((group.longer for group in groups), default=0)
    groups = [group for group in groups if group.longer > 0.3 * size]
    return sorted(groups, key=lambda group: group.box[1])


def main_row(groups):
    """Keep the row with the most ink: neighbours of similar height, beside each other.

    Parameters
    ----------
    groups : list of Group

    Returns
    -------
    list of Group
        Left to right.
    """
    left = sorted(groups, key=lambda group: -group.area)
    rows = []
    while left:
        row, left = [left[0]], left[1:]
        grown = True
        while grown:
            near = [g for g in left if any(_in_one_row(g, member) for member in row)]
            left = [g for g in left if g not in near]
            row += near
            grown = bool(near)
        rows.append(row)
    row = max(rows, key=lambda row: sum(group.area for group in row))
    return sorted(row, key=lambda group: group.box[1])


def _in_one_row(a, b):
    taller, lower = max(a.height, b.height), min(a.height, b.height)
    middles = abs(a.box[0] + a.box[2] - b.box[0] - b.box[2]) / 2
    gap = max(a.box[1], b.box[1]) - min(a.box[3], b.box[3])
    return middles < 0.6 * taller and gap < 4 * taller and lower > 0.4 * taller


def split(group, parts, labels, ink):
    """Cut digits that touch.

    A cut runs from top to bottom where it crosses the least ink, near the place where an even
    division would cut.

    Parameters
    ----------
    group : Group
    parts : int
        Into how many; 1 leaves it whole.
    labels : ndarray (height, width)
        Changed in place: what is right of a cut gets a new label.
    ink : ndarray (height, width)

    Returns
    -------
    list of Group
        From left to right.
    """
    done = []
    for remaining in range(parts, 1, -1):
        first, group = _cut(group, group.width / remaining, labels, ink)
        done.append(first)
    return [part for part in [*done, group] if part.area]


def _cut(group, column, labels, ink):
    """Cut a group near a column of its box: the left part and the right part."""
    top, left, bottom, right = group.box
    box = slice(top, bottom), slice(left, right)
    mine = np.isin(labels[box], group.labels)
    step = max(1, group.height // 60)
    crossing = (mine * ink[box])[::step, ::step]
    column = int(column / step)
    reach = max(1, int(0.25 * crossing.shape[0]))
    first, last = max(column - reach, 0), min(column + reach + 1, crossing.shape[1])
    cost = 0.02 + crossing[:, first:last].clip(0, 1)
    ends = np.full((1, cost.shape[1]), 0.001)  # above and below the digits the cut moves freely
    start = min(column - first, cost.shape[1] - 1)
    path, _ = route_through_array(
        np.vstack([ends, cost, ends]),
        (0, start),
        (len(cost) + 1, start),
        geometric=True,
    )
    seam = np.full(crossing.shape[0] + 2, start)
    for row, place_in_row in path:
        seam[row] = place_in_row
    seam = np.repeat((seam[1:-1] + first) * step, step)[: bottom - top, None]
    beyond = mine & (np.arange(right - left) > seam)
    new_label = int(labels.max()) + 1
    labels[box][beyond] = new_label
    keep = mine & ~beyond
    return _measure(keep, group.labels, top, left), _measure(beyond, (new_label,), top, left)


def _measure(mask, labels, top, left):
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return Group((top, left, top + 1, left + 1), labels, 0)
    box = top + rows[0], left + columns[0], top + rows[-1] + 1, left + columns[-1] + 1
    return Group(tuple(map(int, box)), labels, int(mask.sum()))


# ---------------------------------------------------------------- one digit


def cut_out(ink, labels, group):
    """Cut one digit's ink out, with its soft edge, and scale it so that full ink is 1.

    Returns
    -------
    ndarray (height, width), 0-1
        With one pixel around the group's box where the picture has it.
    """
    height, width = ink.shape
    top, left, bottom, right = group.box
    box = slice(max(top - 1, 0), bottom + 1), slice(max(left - 1, 0), right + 1)
    mine = np.isin(labels[box], group.labels)
    core = ink[box][mine]
    soft_edge = ndimage.binary_dilation(mine, np.ones((3, 3))) & (labels[box] == 0)
    depth = np.percentile(core, 98 if max(height, width) <= SMALL else 75)
    return np.where(mine | soft_edge, ink[box] / depth, 0).clip(0, 1)


def even_stroke(ink):
    """Bring a pen that is thinner or thicker than MNIST's into its range.

    MNIST's strokes are 0.10 to 0.27 of the digit's longer side wide (1st to 99th percentile of the
    training digits, measured as here). A ballpoint's is a third of that: after shrinking, a grey
    thread. The outline is moved outwards or inwards: pixels are kept by their distance from it.
    A stroke in the range keeps its grey.

    Parameters
    ----------
    ink : ndarray (height, width), 0-1
        One digit, cropped.

    Returns
    -------
    ndarray, 0-1
        The digit, perhaps redrawn at 80 pixels.
    """
    longer = 4 * DIGIT
    scale = longer / max(ink.shape)
    size = [max(1, round(scale * side)) for side in ink.shape[::-1]]
    resample = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    image = np.asarray(Image.fromarray(ink.astype(np.float32)).resize(size, resample))
    inside = np.pad(image > 0.5, longer // 6)
    if not inside.any():
        return ink
    depth = ndimage.distance_transform_edt(inside)
    width = 4 * depth[inside].mean()  # across a bar the distances average to a quarter of its width
    wanted = np.clip(width, STROKE[0] * longer, STROKE[1] * longer)
    if wanted == width:
        return ink
    outside = ndimage.distance_transform_edt(~inside)
    return (depth - outside + np.where(inside, 0, 1) + (wanted - width) / 2).clip(0, 1)


def place(ink):
    """Put one digit's ink into MNIST's field: 20 pixels long, its centre of mass in the middle.

    Every pixel of the field is the mean of the ink that falls on it. How much of row i of the
    picture falls on row j of the field is a matrix; rows @ ink @ columns.T does all pixels at once.

    Parameters
    ----------
    ink : ndarray (height, width), float
        0 is paper, 1 is full ink; one digit, cropped or with paper around it.

    Returns
    -------
    ndarray (28, 28), uint8
        0 is paper, 255 is ink. Without any ink all is paper.
    """
    inked_rows, inked_columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not inked_rows.size:
        return np.zeros((SIDE, SIDE), dtype=np.uint8)
    ink = ink[inked_rows[0] : inked_rows[-1] + 1, inked_columns[0] : inked_columns[-1] + 1]
    scale = DIGIT / max(ink.shape)
    rows = _overlap(ink.sum(axis=1), scale)
    columns = _overlap(ink.sum(axis=0), scale)
    field = rows @ ink @ columns.T
    return np.rint(255 * field.clip(0, 1)).astype(np.uint8)


def _overlap(profile, scale):
    """Return how much of each source pixel, scaled, falls on each pixel of the field: (28, n).

    ``profile`` (n,) is the ink along this axis. As in MNIST the shift is a whole number of pixels
    and the centre of mass falls into pixel 14 (from 14 to 15, seen from the edge; measured: all
    of the first 2,000 training digits agree). No ink is pushed over the edge.
    """
    n = len(profile)
    centre = scale * ((np.arange(n) + 0.5) @ profile) / profile.sum()
    start = math.ceil(SIDE / 2 - centre - 1e-3)  # a symmetric digit must not hang on rounding
    start = min(max(start, 0), math.floor(SIDE - scale * n))
    edges = start + scale * np.arange(n + 1)
    pixel = np.arange(SIDE)[:, None]
    return np.maximum(np.minimum(pixel + 1, edges[1:]) - np.maximum(pixel, edges[:-1]), 0)


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


# ---------------------------------------------------------------- all together


def as_mnist(grey):
    """Recognise a picture that is in MNIST's format already, inverted perhaps: it stays as it is.

    Parameters
    ----------
    grey : ndarray (height, width), 0-1

    Returns
    -------
    ndarray (28, 28), uint8, or None
        None where placing the digit again would change it.
    """
    if grey.shape != (SIDE, SIDE):
        return None
    ink = np.abs(grey - round(float(grey[0, 0])))
    image = place(ink)
    return image if image.any() and np.abs(image - 255 * ink).max() < 1 else None


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
        return [[[Digit(_measure(image > 0, (1,), 0, 0).box, image)]]]
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
