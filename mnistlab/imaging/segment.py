"""From connected pieces of ink to digits, from digits to rows; digits that touch are cut apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import compress, pairwise

import numpy as np
from scipy import ndimage
from skimage.graph import route_through_array

from .background import fainter
from .load import SMALL

ALONE = 0.45  # of a digit's height: a piece as tall as that may be a digit by itself
FAINT = 0.26  # of the faintest digit's ink: what a fainter one beside it has at least

Box = tuple[int, int, int, int]  # top, left, bottom, right; the last two are exclusive


@dataclass
class Group:
    """Pieces of ink that make one digit: box (top, left, bottom, right), labels, ink in pixels."""

    box: Box
    labels: tuple[int, ...]
    area: int

    @property
    def height(self) -> int:
        """Rows from top to bottom."""
        return self.box[2] - self.box[0]

    @property
    def width(self) -> int:
        """Columns from left to right."""
        return self.box[3] - self.box[1]

    @property
    def longer(self) -> int:
        """The longer of the two."""
        return max(self.height, self.width)

    @property
    def slices(self) -> tuple[slice, slice]:
        """The box, to index a picture with."""
        return slice(self.box[0], self.box[2]), slice(self.box[1], self.box[3])

    def within(self, box: Box) -> bool:
        """Say whether the middle is within a box."""
        (top, left, bottom, right), (y, x) = box, np.add(self.box[:2], self.box[2:]) / 2
        return top <= y < bottom and left <= x < right

    def mask(self, labels: np.ndarray) -> np.ndarray:
        """Mark the group's ink within its box."""
        return np.isin(labels[self.slices], self.labels)

    def join(self, other: "Group") -> "Group":
        """Return the group that holds both."""
        (t1, l1, b1, r1), (t2, l2, b2, r2) = self.box, other.box
        box = (min(t1, t2), min(l1, l2), max(b1, b2), max(r1, r2))
        return Group(box, self.labels + other.labels, self.area + other.area)


def find_pieces(mask: np.ndarray) -> tuple[np.ndarray, list[Group]]:
    """Label connected ink (also across corners): (height, width) int32, where 0 is paper.

    Returned with a group for each label, from 1 on.
    """
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    return labels, as_groups(labels)


def as_groups(labels: np.ndarray, top: int = 0, left: int = 0) -> list[Group]:
    """Return a group for each label that occurs; ``top`` and ``left`` are added to its place.

    (skimage's `regionprops` takes five times as long for a small picture.)
    """
    areas = np.bincount(labels.ravel()).tolist()
    groups = []
    for k, place in enumerate(ndimage.find_objects(labels), start=1):
        if place is not None:
            y, x = place
            box = (top + y.start, left + x.start, top + y.stop, left + x.stop)
            groups.append(Group(box, (k,), areas[k]))
    return groups


def belong_together(a: Group, b: Group) -> bool:
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
    return max(gap_across, gap_down) < 0.1 * tall.height


def beside(group: Group, labels: np.ndarray) -> list[Group]:
    """Return the tall pieces of a group if they stand side by side, from left to right."""
    mine = np.where(group.mask(labels), labels[group.slices], 0)
    pieces = sorted(as_groups(mine, *group.box[:2]), key=lambda piece: piece.box[1])
    tall = [piece for piece in pieces if piece.height > ALONE * group.height]
    apart = [a.box[3] - b.box[1] < ALONE * min(a.width, b.width) for a, b in pairwise(tall)]
    return tall if apart and all(apart) else []


def group_pieces(pieces: list[Group], cells: Sequence[Box] = ()) -> list[Group]:
    """Join the pieces in a cell, and what else belongs together. From left to right."""
    in_cells = []
    for cell in cells:
        inside = [piece for piece in pieces if piece.within(cell)]
        pieces = [piece for piece in pieces if piece not in inside]
        inside = [piece for piece in inside if piece.longer > 0.2 * (cell[2] - cell[0])]
        in_cells += [reduce(Group.join, inside)] if inside else []
    groups = sorted(pieces, key=lambda piece: -piece.area)
    before = 0
    while before != len(groups):  # until no more are joined
        before = len(groups)
        for i in range(before):
            for j in range(len(groups) - 1, i, -1):
                if belong_together(groups[i], groups[j]):
                    groups[i] = groups[i].join(groups.pop(j))
    return sorted(groups + in_cells, key=lambda group: group.box[1])


def drop_small(groups: list[Group]) -> list[Group]:
    """Leave out what is much smaller than the middle one of the groups of some size."""
    most = max((group.height for group in groups), default=0)
    size = np.median([group.height for group in groups if group.height >= 0.3 * most] or [0])
    return [group for group in groups if group.longer > 0.35 * size]


def rows(groups: list[Group]) -> list[list[Group]]:
    """Sort groups into rows: neighbours of similar height, beside each other; most ink first.

    Bars are not counted. (SciPy's `connected_components` would add a fifth to the time of a small
    picture.)
    """
    near = np.array([[_in_one_row(a, b) for b in groups] for a in groups])
    linked = np.linalg.matrix_power(near, len(groups))  # neighbours of neighbours, and so on
    found = [list(compress(groups, row)) for row in np.unique(linked, axis=0)]
    return sorted(found, key=lambda row: -sum(g.area for g in row if g.width < 2.5 * g.height))


def alike(a: Group, b: Group) -> bool:
    """Say whether two pieces of ink are nearly of one height and stand in one row."""
    return 0.7 * a.height < b.height < a.height / 0.7 and _in_one_row(a, b)


def _in_one_row(a: Group, b: Group) -> bool:
    taller, lower = max(a.height, b.height), min(a.height, b.height)
    middles = abs(a.box[0] + a.box[2] - b.box[0] - b.box[2]) / 2
    return middles < 0.6 * taller and lower > 0.4 * taller


def add_fainter(rows: list[list[Group]], labels: np.ndarray, ink: np.ndarray) -> list[Group]:
    """Add to rows the digits that were written with less pressure than the others.

    Weaker ink is looked for along the rows and between them: a digit is nearly as dark, and as tall
    as two others of its row (or the only one). It gets labels of its own in ``labels``. Returned is
    what else of that size stands there.
    """
    groups = [group for row in rows for group in row]
    if len(groups) == 1 and max(ink.shape) <= SMALL:
        return []
    tall = max(group.height for group in groups)
    top, left, bottom, right = reduce(Group.join, groups).box
    top, left = max(top - tall // 3, 0), max(left - 2 * tall, 0)
    beside = slice(top, bottom + tall // 3), slice(left, right + 2 * tall)
    weak, _ = find_pieces(fainter(labels[beside] > 0, ink[beside]))
    weak[weak > 0] += labels.max()
    labels[beside] += weak
    pieces = group_pieces(as_groups(weak, top, left))
    pieces = [p for p in pieces if 0.4 * tall < p.height and p.longer < 3 * tall]
    least = FAINT * min(depth(group, labels, ink) for group in groups)
    dark = [p for p in pieces if p.width < 2 * p.height and depth(p, labels, ink) > least]
    for row in rows:
        enough, written = min(2, len(row)), list(row)
        row += [p for p in dark if sum(alike(p, group) for group in written) >= enough]
        row.sort(key=lambda group: group.box[1])
        dark = [p for p in dark if p not in row]
    return [p for p in pieces if not any(p in row for row in rows)]


def depth(group: Group, labels: np.ndarray, ink: np.ndarray) -> float:
    """Return how dark a group's ink is."""
    return float(np.median(ink[group.slices][group.mask(labels)]))


def cut(
    group: Group, columns: np.ndarray, labels: np.ndarray, ink: np.ndarray, strokes: float = np.inf
) -> list[Group]:
    """Cut a group near some columns, from top to bottom where a cut crosses the least ink.

    The columns are seen from the group's left edge, ascending. Every part gets a label of its own
    in ``labels``. A cut through more ``strokes`` than allowed is not made: through a 0 it goes
    twice. Returned from left to right.
    """
    mine = group.mask(labels)
    step = max(1, group.height // 60)
    crossing = (mine * ink[group.slices])[::step, ::step].clip(0, 1)
    seams = np.array([_seam(crossing, int(column / step)) for column in columns])
    inked = crossing[np.arange(len(crossing)), seams] > 0
    crossed = (np.diff(inked, prepend=False) & inked).sum(axis=1)  # where a stroke begins
    seams = np.maximum.accumulate(seams[crossed <= strokes]) * step
    seams = np.repeat(seams, step, axis=1)[:, : group.height, None]
    parts = labels.max() + 1 + (np.arange(group.width) > seams).sum(axis=0)
    labels[group.slices][mine] = parts[mine]
    return as_groups(parts * mine, *group.box[:2])


def _seam(crossing: np.ndarray, column: int) -> np.ndarray:
    """Find the way from top to bottom that crosses the least ink: its column in every row."""
    reach = max(1, len(crossing) // 4)
    first = max(column - reach, 0)
    cost = 0.02 + crossing[:, first : column + reach + 1]
    cost = np.pad(cost.astype(float), ((1, 1), (0, 0)), constant_values=0.001)  # free beyond ink
    ends = (0, column - first), (len(cost) - 1, column - first)
    path, _ = route_through_array(cost, *ends, geometric=True)
    columns = list(dict(path).values())  # in each row the last that the way is in
    return np.array(columns[1:-1]) + first
