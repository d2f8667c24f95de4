"""Take out what is no writing: frames, ruled lines, the table's edge, shadows and blots."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import filters, morphology

from .background import border, shrink
from .segment import Group, alike, as_groups, find_pieces

SQUARE = np.ones((3, 3), dtype=bool)  # a pixel and its eight neighbours
SHADOW = 0.5  # of the light is left in it: a table that disturbs is darker than that
THIN = 0.012  # of the longer side: what a ruled line is thinner than


@dataclass
class Sheet:
    """A sheet cut out of a picture, its level going on beyond its edge; its upper left corner."""

    grey: np.ndarray
    edge: np.ndarray
    corner: tuple[int, int]


def find_sheets(grey: np.ndarray) -> list[Sheet]:
    """Find what may be a sheet on a table, a note on a door, a canvas in a window.

    A sheet is the largest bright or dark region, its holes (the writing) filled, if it has four
    straight sides: it fills its convex hull, and its area is 12 times the root of the determinant
    of its pixels' covariance, as it is for every parallelogram (ellipse: 12.6, triangle: 10.4).
    One that runs out of the picture must stand out more than from a shadow. Largest first.
    """
    coarse = shrink(grey, 96)
    bright = coarse > filters.threshold_otsu(coarse)
    sheets = []
    for side in (bright, ~bright):
        regions, _ = ndimage.label(ndimage.binary_opening(side, SQUARE))
        region = regions == np.argmax(np.bincount(regions.ravel(), minlength=2)[1:]) + 1
        sheet = ndimage.binary_fill_holes(region)
        if 0.06 < sheet.mean() < 0.985 and side[sheet].mean() > 0.6 and _is_sheet(sheet, coarse):
            sheet = ndimage.binary_erosion(sheet, SQUARE, iterations=2, border_value=1)
            sheets += [_cut_sheet(grey, coarse, sheet)] if sheet.any() else []
    return sorted(sheets, key=lambda sheet: -sheet.grey.size)


def _is_sheet(region: np.ndarray, coarse: np.ndarray) -> bool:
    if border(region).any():
        darker, lighter = sorted([np.median(coarse[~region]), np.median(coarse[region])])
        if region.mean() < 0.5 or darker > SHADOW * lighter:  # the table itself; a shadow's edge
            return False
    hull = morphology.convex_hull_image(region, offset_coordinates=False)
    spread = math.sqrt(np.linalg.det(np.cov(np.nonzero(region))))
    return region.sum() > 0.985 * hull.sum() and abs(region.sum() / spread - 12) < 0.15


def _cut_sheet(grey: np.ndarray, coarse: np.ndarray, sheet: np.ndarray) -> Sheet:
    nearest = ndimage.distance_transform_edt(~sheet, return_distances=False, return_indices=True)
    level = ndimage.median_filter(coarse, 5)[tuple(nearest)]
    size = grey.shape[::-1]
    level = np.asarray(Image.fromarray(level).resize(size, Image.Resampling.BILINEAR))
    sheet = Image.fromarray(sheet).resize(size)
    left, top, right, bottom = sheet.getbbox()
    box = slice(top, bottom), slice(left, right)
    sheet = np.asarray(sheet)
    edge = sheet & ~ndimage.binary_erosion(sheet, SQUARE, border_value=1)
    return Sheet(np.where(sheet, grey, level)[box], edge[box], (top, left))


def remove_frames(mask: np.ndarray) -> np.ndarray:
    """Take out boxes around the writing: pieces that hold another and run along their own sides."""
    labels, pieces = find_pieces(mask)
    large = [piece for piece in pieces if piece.longer > 0.05 * max(mask.shape)]
    frames = [p.labels[0] for p in large if _is_frame(p, large, labels)]
    return mask & ~np.isin(labels, frames) if frames else mask


def _is_frame(piece: Group, pieces: list[Group], labels: np.ndarray) -> bool:
    top, left, bottom, right = piece.box
    held = (
        max(p.height / piece.height, p.width / piece.width)
        for p in pieces
        if top < p.box[0] and left < p.box[1] and bottom > p.box[2] and right > p.box[3]
    )
    if max(held, default=0) < 0.25:
        return False
    mine = piece.mask(labels)
    rim = math.ceil(0.15 * min(piece.height, piece.width))
    return mine[rim:-rim, rim:-rim].sum() < 0.1 * piece.area


def remove_lines(mask: np.ndarray) -> np.ndarray:
    """Take out ruled lines and grids, and mend the strokes that cross them.

    A line is a chain of long, nearly level runs that goes on over most of the picture, or runs into
    its border. Where ink stands on both sides of a line, the stroke is closed again across it.
    """
    lines = _level_lines(mask) | _level_lines(mask.T).T
    if not lines.any():
        return mask
    left = mask & ~lines
    _, pieces = find_pieces(left)
    if max((piece.longer for piece in pieces), default=0) < 0.05 * max(mask.shape):
        return mask  # the line was a 1 that fills the picture
    gap = 2 * math.ceil(THIN * max(mask.shape)) + 1
    mended = ndimage.grey_closing(left.astype(np.uint8), (gap, gap)).astype(bool) & mask
    return left | (mended & lines)


def _level_lines(mask: np.ndarray) -> np.ndarray:
    """Mark the pixels of thin lines that cross the picture from left to right, slightly tilted."""
    width = mask.shape[1]
    thickness = math.ceil(THIN * max(mask.shape)) + 2
    upright = ndimage.minimum_filter1d(mask.astype(np.uint8), thickness, axis=0)
    mask = mask & (ndimage.maximum_filter1d(upright, thickness, axis=0) == 0)  # no thick strokes
    run = max(15, width // 16)
    slack = max(3, run // 16 * 2 + 1)  # up to about 7 degrees
    runs = ndimage.maximum_filter1d(mask.astype(np.uint8), slack, axis=0)
    runs = ndimage.minimum_filter1d(runs, run, axis=1, mode="nearest")
    if not runs.any():
        return np.zeros_like(mask)
    runs = ndimage.maximum_filter1d(runs, run, axis=1)
    chains, n = ndimage.label(ndimage.maximum_filter1d(runs, run, axis=1), np.ones((3, 3)))
    chains[~(mask & (runs > 0))] = 0
    lines = np.zeros(n + 1, dtype=bool)
    for chain in as_groups(chains):
        at_border = (chain.box[1] <= 2) + (chain.box[3] >= width - 2)
        long_enough = chain.width > (0.85, 0.4, 0.3)[at_border] * width
        thin_enough = chain.area / chain.width < THIN * max(mask.shape) + 2
        lines[chain.labels[0]] = long_enough and thin_enough
    return lines[chains]


def remove_surroundings(pieces: list[Group], labels: np.ndarray) -> list[Group]:
    """Drop what is no writing: what comes in over the border, and blots.

    A piece that touches the border is a table or a thumb, unless it is of the size of what stands
    further in, or nothing of comparable size does: then it is a digit that was cut tightly (which
    skimage's `clear_border` would drop). A blot in one row with two or more pieces of its height is
    a digit whose loops ran full of ink.
    """
    height, width = labels.shape
    inner = [p for p in pieces if min(p.box) > 0 and p.box[2] < height and p.box[3] < width]
    size = max((piece.longer for piece in inner), default=0)
    tall = max((piece.height for piece in inner), default=0)
    rim = labels.copy()
    edge = min(height, width) // 7
    rim[edge : height - edge, edge : width - edge] = 0
    at_rim = np.bincount(rim.ravel(), minlength=labels.max() + 1)

    def is_cut_digit(piece: Group) -> bool:
        if at_rim[piece.labels[0]] > 0.7 * piece.area and size > 0.08 * min(height, width):
            return False
        if 0.6 * size < piece.longer < 1.5 * size and 0.6 * tall < piece.height < 1.4 * tall:
            return True
        return size < 0.4 * min(piece.height, piece.width)

    pieces = [p for p in pieces if p in inner or is_cut_digit(p)]
    clear = [p for p in pieces if not _is_blot(p, labels)]
    return [p for p in pieces if p in clear or sum(alike(p, other) for other in clear) > 1]


def _is_blot(piece: Group, labels: np.ndarray) -> bool:
    """Say whether a piece is nearly as thick as it is long: a hole, a shadow, a patch of table."""
    longer = piece.longer
    if piece.area < 0.3 * longer**2 or min(piece.height, piece.width) < 0.6 * longer:
        return False
    step = max(1, longer // 60)
    mine = piece.mask(labels)[::step, ::step]
    depth = ndimage.distance_transform_edt(np.pad(mine, 1)).max() * step
    return 2 * depth > 0.6 * longer
