"""Find the writing in a picture: the steps of the other modules put together, in their order."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import chain

import numpy as np
from scipy import ndimage

from .background import border, chalk_vote, fainter, find_ink, percentile, shrink, threshold
from .clean import find_sheets, remove_frames, remove_lines, remove_surroundings
from .load import LONGEST, SMALL, NothingWritten, PictureLike, load
from .normalise import as_mnist, cut_out, even_stroke, place
from .segment import Box, Group, add_fainter, depth, drop_small, find_pieces, group_pieces, rows

MOST_DIGITS = 40  # more marks than that are a page of text
MOST_PIECES = 200  # of ink, the largest; the rest is grain
SMALLEST = 0.015  # of the longer side: marks smaller than that are specks
TRIED = 320  # pixels of the longer side of the copy on which ink and chalk are tried
NO_WRITING = -100.0  # a score that is lower than any of writing
STEM = 0.3  # of its height: what is no wider may be a form's upright, or an edge
CRACK = 0.03  # of its height: a stem whose stroke is as thin may be a table's edge
PALEST = 0.12  # of full ink, twice background's `FAINTEST`: a digit that is no darker is in doubt
PALE = 0.67  # of the darkest digit's ink: a paler stem may be one
DRAWN = 0.2  # of full ink: what counts as drawn on a pad


@dataclass
class Step:
    """One step on the way to 28 x 28: its name, what it found, and the picture after it.

    In the order of the code: grey, sheet, polarity (light: 0 is black); paper, threshold, lines,
    pieces, stroke (ink: 0 is paper); digit. Sheet, polarity and lines only where there is one.
    """

    name: str
    sentence: str
    image: np.ndarray


@dataclass
class Digit:
    """A digit found: ``image``, (28, 28) uint8, and its ``box`` (top, left, bottom, right).

    In pixels of the picture as handed over (a turned photo: after turning); ends are exclusive.
    Not ``whole`` is what was cut from larger ink, runs out of the picture, is very pale, or may be
    a form's upright or an edge.
    """

    box: Box
    image: np.ndarray
    whole: bool = True


@dataclass
class Writing:
    """A picture taken apart: its ink, the labels of its pieces, and rows of groups, from the top.

    In a row of a form an empty cell is None. ``others`` are groups that are in no row. ``corner``
    is the place of the ink's upper left pixel in the grey picture, ``scale`` how many pixels of the
    picture as it was handed over make one of them.
    """

    ink: np.ndarray
    labels: np.ndarray
    rows: list[list[Group | None]]
    others: list[Group]
    corner: tuple[int, int]
    scale: float

    @property
    def groups(self) -> list[Group]:
        """All groups of the rows."""
        return [group for row in self.rows for group in row if group]

    @cached_property
    def darkest(self) -> float:
        """How dark the ink of the darkest group is."""
        return max(depth(group, self.labels, self.ink) for group in self.groups)

    def digit(self, group: Group, whole: bool = True) -> Digit:
        """Return a group as a digit in its field."""
        if max(self.ink.shape) > SMALL:
            ends = np.equal(group.box, (0, 0, *self.ink.shape))
            stem = group.width < STEM * group.height
            least = max(PALEST, stem * PALE * self.darkest)
            dark = depth(group, self.labels, self.ink) > least
            crack = stem and group.area < CRACK * group.height**2
            whole &= dark and not crack and (ends.all() or not ends.any())
        box = tuple(round(self.scale * edge) for edge in np.add(group.box, self.corner * 2))
        return Digit(box, place(even_stroke(cut_out(self.ink, self.labels, group))), whole)


def to_mnist(picture: PictureLike) -> np.ndarray:
    """Bring a picture of a digit (as for `load`) to MNIST's format: (28, 28) uint8, 0 is paper.

    Of several digits the largest of the main row is taken. Raises NotAPicture, NothingWritten.
    """
    return explain(picture)[-1].image


def explain(picture: PictureLike) -> list[Step]:
    """Show every step from a picture to MNIST's format; the last one's image is `to_mnist`'s."""
    grey, scale = load(picture)
    sizes = f"{grey.shape[1]} x {grey.shape[0]} pixels, from {grey.min():.2f} to {grey.max():.2f}."
    steps = [Step("grey", sizes, grey)]
    image = as_mnist(grey)
    if image is not None:
        return [*steps, Step("digit", "In MNIST's format already: left as it is.", image)]
    writing = find_writing(grey, scale, steps)
    ink, labels, n, m = writing.ink, writing.labels, len(writing.groups), len(writing.rows)
    written = np.isin(labels, [label for group in writing.groups for label in group.labels])
    lines = f" in {m} rows" if m > 1 else ""
    found = f"Edges and specks left out; the rest makes {n} digit{'s' * (n > 1)}{lines}."
    steps.append(Step("pieces", found, np.where(written, ink, 0)))
    alone = cut_out(ink, labels, max(writing.groups, key=lambda group: group.area))
    stroke = even_stroke(alone)
    width = "as wide as they were" if stroke is alone else "brought to a width of MNIST's"
    which = f"The largest of {n} digits" if n > 1 else "The digit"
    steps.append(Step("stroke", f"{which} cut out, full ink black, its strokes {width}.", stroke))
    centred = "Set to 20 pixels along its longer side, and centred by its mass."
    return [*steps, Step("digit", centred, place(stroke))]


def find_digits(
    picture: PictureLike, cut_up: Callable[[Writing, Group], list[Digit]]
) -> tuple[list[list[Digit | None]], list[Digit], list[Digit]]:
    """Find the rows of digits in a picture, None for an empty cell.

    `cut_up` makes one or more digits of a group of the rows. Returned with what else may be a
    digit, and what else stands amid the digits. NotAPicture and NothingWritten: as `to_mnist`.
    """
    grey, scale = load(picture)
    image = as_mnist(grey)
    if image is not None:
        _, pieces = find_pieces(image)
        return [[Digit(reduce(Group.join, pieces).box, image)]], [], []
    writing = find_writing(grey, scale, [])
    found = [
        [digit for group in row for digit in (cut_up(writing, group) if group else [None])]
        for row in writing.rows
    ]
    size = np.median([group.height for group in writing.groups])
    top, left, bottom, right = reduce(Group.join, writing.groups).box
    left, right = left - 2 * size, right + 2 * size
    others = sorted(writing.others, key=lambda group: -group.area)[:MOST_DIGITS]
    amid = [g for g in others if top < g.box[2] and g.box[0] < bottom]
    amid = [g for g in amid if left < g.box[3] and g.box[1] < right]
    stacked = np.zeros(writing.ink.shape[1])  # crumbs of a digit are high together
    for group in amid:
        stacked[group.slices[1]] += group.height
    crumbs = [g for g in amid if stacked[g.slices[1]].max() > 0.3 * size]
    small = [g for g in amid if g not in crumbs and g.height > 0.2 * size]
    amid = crumbs + small * (len(small) > 1)  # two or more are a row of smaller digits
    others = [g for g in others if g not in amid and 0.4 * size < g.height < 2.5 * size]
    return found, [writing.digit(g) for g in others], [writing.digit(g) for g in amid]


def drawing_digits(ink: np.ndarray) -> list[Digit]:
    """Find the digits in a drawing whose ink is known: a pad's canvas, no paper, no noise.

    ``ink`` (height, width) is 0 where it is blank, 1 where it is drawn. From left to right.
    """
    labels, pieces = find_pieces(ink >= DRAWN)
    groups = group_pieces(pieces)
    least = 0.3 * max((group.longer for group in groups), default=0)  # as the page's imaging.js
    return [
        Digit(group.box, place(np.where(group.mask(labels), ink[group.slices], 0)))
        for group in groups
        if group.longer > least
    ]


def find_writing(grey: np.ndarray, scale: float, steps: list[Step]) -> Writing:
    """Look for writing on the sheets in a picture, then in all of it.

    A sheet whose edge cuts through the writing was none: it was the edge of a shadow. ``scale`` is
    as in `Writing`; what is done is appended to ``steps``.
    """
    for sheet, edge, corner in find_sheets(grey) if min(grey.shape) > SMALL else ():
        sentence = "A sheet is found; what is beyond its edges is left out."
        more_steps = [Step("sheet", sentence, sheet)]
        try:
            writing = Writing(*_take_apart(sheet, more_steps), corner, scale)
        except NothingWritten:
            continue
        written = [label for group in writing.groups for label in group.labels]
        if not np.isin(writing.labels[edge], written).any():
            steps += more_steps
            return writing
    return Writing(*_take_apart(grey, steps), (0, 0), scale)


def _take_apart(grey: np.ndarray, steps: list[Step]) -> tuple:
    """Take a picture through all steps up to the rows: its ink, labels, rows and other groups."""
    chalk = _is_chalk(grey)
    ink = find_ink(grey, chalk)
    if chalk:
        light = "The writing is lighter than its background, so the picture is inverted."
        steps.append(Step("polarity", light, 1 - grey))
    ground, more = ("board", "lighter") if chalk else ("paper", "darker")
    level_of = f"the {ground}'s level" + " plus a little" * chalk
    if max(ink.shape) > 300:
        ink = ndimage.gaussian_filter(ink, max(ink.shape) / LONGEST)
    steps.append(Step("paper", f"Ink: by how much a pixel is {more}, divided by {level_of}.", ink))
    marked, mask, cells, labels, groups, others = _mark(ink)
    share = f"{100 * marked.mean():.1f} % of the pixels are marked as ink."
    steps.append(Step("threshold", share, np.where(marked, ink, 0)))
    if mask is not marked:
        beside = ndimage.binary_dilation(marked & ~mask, iterations=2) & ~mask
        ink = np.where(beside, 0, ink)
        form = f" A form with {sum(map(len, cells))} cells was found." if cells else ""
        steps.append(Step("lines", "Frames and lines taken out." + form, np.where(mask, ink, 0)))
    if not groups:
        raise NothingWritten("nothing written found: only lines, edges and specks.")
    if len(groups) > MOST_DIGITS:
        raise NothingWritten(
            f"no digit found: {len(groups)} marks look like a page of text; cut out the digits."
        )
    main, *more = rows(groups)
    size = np.median([group.height for group in main])
    like = [row for row in more if 0.5 < np.median([g.height for g in row]) / size < 2]
    others += [group for row in more if row not in like for group in row]
    others += add_fainter([main, *like], labels, ink)
    return ink, labels, _in_cells(sorted([main, *like], key=_middle), cells), others


def _middle(row: list[Group]) -> float:
    return float(np.mean([group.box[0] + group.box[2] for group in row if group]) / 2)


def _in_cells(found: list[list[Group]], cells: list[list[Box]]) -> list[list[Group | None]]:
    """Sort groups by cells, the fullest row first where rows overlap; None is an empty cell."""
    left, filled = [group for row in found for group in row], []
    for row in sorted(cells, key=lambda row: -sum(g.within(c) for c in row for g in left)):
        filled.append([next((g for g in left if g.within(c)), None) for c in row])
        left = [group for group in left if group not in filled[-1]]
    filled += [[group for group in row if group in left] for row in found]
    return sorted([row for row in filled if any(row)], key=_middle)


def _is_chalk(grey: np.ndarray) -> bool:
    """Choose between ink and chalk: both are followed as far as the groups, on a small copy.

    Right is what marks much, with a sharp edge all around, and little on the picture's border. (The
    weights come from a logistic regression on simulated pictures: is the digit that follows the
    right one?)
    """
    vote = chalk_vote(grey)
    if math.isinf(vote):
        return vote > 0
    small = shrink(grey, TRIED)
    light = np.log(ndimage.gaussian_filter(small, 0.7).clip(0.03))
    slope = np.hypot(ndimage.sobel(light, 0), ndimage.sobel(light, 1))
    steepness = ndimage.maximum_filter(slope, 3)
    ink, chalk = (_score(small, steepness, is_chalk) for is_chalk in (False, True))
    return bool(chalk + 1.8 * vote > ink - 1.8 * vote)


def _score(grey: np.ndarray, steepness: np.ndarray, chalk: bool) -> float:
    """Say how much what is found as ink, or as chalk, looks like writing.

    A pen's outline is sharp all along, a shadow's is not: the bluntest fifth counts.
    """
    try:
        _, _, cells, labels, groups, _ = _mark(find_ink(grey, chalk))
    except NothingWritten:
        return NO_WRITING
    if cells and not groups:
        return 0.0  # an empty form
    if not 0 < len(groups) <= MOST_DIGITS:
        return NO_WRITING
    written = np.isin(labels, [k for group in rows(groups)[0] for k in group.labels])
    outline = written ^ ndimage.binary_erosion(written, border_value=1)
    sharp = percentile(steepness[outline], 20)
    return np.log(sharp + 1e-3) + 0.7 * np.log(written.mean()) - 5.5 * border(written).mean()


def _mark(ink: np.ndarray) -> tuple:
    """Mark the writing and group it: the marks with and without lines, cells, labels, groups.

    Last comes what was left out. Where only edges and blots are found, they are blanked out and it
    is looked for weaker ink: a table is darker than pencil.
    """
    left = ink
    for _ in range(3):
        marked = mask = threshold(left)
        cells = []
        if min(ink.shape) > SMALL:
            mask, cells = remove_lines(remove_frames(marked), ink)
            if not cells:
                marked, mask, cells = _pale_form(marked, ink) or (marked, mask, [])
        labels, pieces = find_pieces(mask)
        pieces = sorted(pieces, key=lambda piece: -piece.area)[:MOST_PIECES]
        kept = remove_surroundings(pieces, labels)
        joined = group_pieces(kept, list(chain(*cells)))
        least = 0.25 * min((cell[2] - cell[0] for row in cells for cell in row), default=0)
        groups = drop_small([group for group in joined if group.height > least])
        others = [group for group in joined if group not in groups]
        others += [piece for piece in pieces if piece not in kept]
        if cells or any(group.longer > SMALLEST * max(ink.shape) for group in groups):
            break
        left = np.where(ndimage.binary_dilation(marked, iterations=3), 0, left)
    return marked, mask, cells, labels, groups, others


def _pale_form(marked: np.ndarray, ink: np.ndarray) -> tuple | None:
    """Look for a form that is paler than what is written in its cells: marks, writing, cells."""
    weak = fainter(marked, ink)
    if not weak.any():
        return None
    paler = ink >= ink[weak].min()
    mask, cells = remove_lines(remove_frames(paler), ink)
    tall = max(piece.height for piece in find_pieces(marked)[1])
    lowest = min((bottom - top for top, _, bottom, _ in chain(*cells)), default=0)
    return (paler, mask, cells) if tall < 1.1 * lowest else None  # else it is squared paper
