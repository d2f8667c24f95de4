"""From connected pieces of ink to digits, from digits to rows; digits that touch are cut apart."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from skimage.graph import route_through_array


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
    near = np.array([[_in_one_row(a, b) for b in groups] for a in groups])
    _, row_of = connected_components(near)
    row = np.argmax(np.bincount(row_of, [group.area for group in groups]))
    return sorted(
        (group for group, its in zip(groups, row_of, strict=True) if its == row),
        key=lambda group: group.box[1],
    )


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
    l, t, r, b = Image.fromarray(mask).getbbox() or (0, 0, 1, 1)
    return Group((top + t, left + l, top + b, left + r), labels, int(mask.sum()))
