"""Set one digit into MNIST's 28 x 28: its ink cut out, its stroke as wide as MNIST's, centred.

As LeCun et al. did ("Gradient-based learning applied to document recognition", Proc. IEEE 86(11),
1998, section III.A): 20 pixels along the longer side, the centre of mass in the middle.
"""

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from .background import percentile
from .load import SMALL
from .segment import Group

SIDE = 28  # of MNIST's field, in pixels
DIGIT = 20  # the longer side of a digit in it
DIM = 0.95  # of full ink: the darkest pixel of every MNIST digit is darker than that
STROKE = (0.11, 0.20)  # of the digit's longer side: how wide its strokes may be


def cut_out(ink: np.ndarray, labels: np.ndarray, group: Group) -> np.ndarray:
    """Cut one digit's ink out, with its soft edge (a pixel wide), scaled so that full ink is 1."""
    top, left, bottom, right = group.box
    box = slice(max(top - 1, 0), bottom + 1), slice(max(left - 1, 0), right + 1)
    mine = np.isin(labels[box], group.labels)
    soft_edge = ndimage.binary_dilation(mine, np.ones((3, 3))) & (labels[box] == 0)
    depth = percentile(ink[box][mine], 98 if max(ink.shape) <= SMALL else 75)
    return np.where(mine | soft_edge, ink[box] / depth, 0).clip(0, 1)


def even_stroke(ink: np.ndarray) -> np.ndarray:
    """Bring a pen that is thinner or thicker than MNIST's into its range.

    MNIST's strokes are 0.10 to 0.27 of the digit's longer side wide (1st to 99th percentile of the
    training digits, measured as here). A ballpoint's is a third of that: after shrinking, a grey
    thread. The outline is moved outwards or inwards: pixels are kept by their distance from it.
    A stroke in the range keeps its grey; a digit out of it is redrawn 80 pixels long.
    """
    longer = 4 * DIGIT
    scale = longer / max(ink.shape)
    size = [max(1, round(scale * side)) for side in ink.shape[::-1]]
    resample = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    image = np.asarray(Image.fromarray(ink.astype(np.float32)).resize(size, resample))
    full = min(1, percentile(image[image > 0.02], 95))  # a hair's width is grey after shrinking
    inside = np.pad(image > full / 2, longer // 12)
    depth = ndimage.distance_transform_edt(inside)
    width = 4 * depth[inside].mean()  # across a bar the distances average to a quarter of its width
    wanted = np.clip(width, STROKE[0] * longer, STROKE[1] * longer)
    if wanted == width:
        return ink
    outside = ndimage.distance_transform_edt(~inside)
    return (depth - outside + ~inside + (wanted - width) / 2).clip(0, 1)


def place(ink: np.ndarray) -> np.ndarray:
    """Put one digit's ink into MNIST's field: 20 pixels long, its centre of mass in the middle.

    Every pixel of the field is the mean of the ink that falls on it. How much of row i of the
    picture falls on row j of the field is a matrix; rows @ ink @ columns.T does all pixels at once.
    ``ink`` (height, width), float, is one digit, cropped or with paper around it: 0 is paper, 1 is
    full ink. Returned is uint8 (28, 28): 0 is paper, 255 is ink; without any ink all is paper.
    """
    box = Image.fromarray(ink > 0).getbbox()
    if box is None:
        return np.zeros((SIDE, SIDE), dtype=np.uint8)
    left, top, right, bottom = box
    ink = ink[top:bottom, left:right]
    scale = DIGIT / max(ink.shape)
    rows = _overlap(ink.sum(axis=1), scale)
    columns = _overlap(ink.sum(axis=0), scale)
    field = rows @ ink @ columns.T
    return np.rint(255 * field.clip(0, 1)).astype(np.uint8)


def _overlap(profile: np.ndarray, scale: float) -> np.ndarray:
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


def as_mnist(grey: np.ndarray) -> np.ndarray | None:
    """Return a picture, 0-1, that is in MNIST's format, or inverted or dim: (28, 28) uint8.

    None where placing the digit again would change it.
    """
    if grey.shape != (SIDE, SIDE):
        return None
    ink = np.abs(grey - round(float(grey[0, 0])))
    if 0 < ink.max() < DIM:
        ink = ink / ink.max()
    image = place(ink)
    return image if image.any() and np.abs(image - 255 * ink).max() < 1 else None
