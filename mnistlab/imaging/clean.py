"""Take out what is no writing: frames, ruled lines, the table's edge, shadows and blots."""

import math
from itertools import pairwise

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import filters, morphology

from .background import border, percentile, shrink
from .segment import Box, Group, alike, as_groups, find_pieces

FILLED = 0.9  # of a ruled line is inked; between the feet of two digits there is a gap
SQUARE = np.ones((3, 3), dtype=bool)  # a pixel and its eight neighbours
SHADOW = 0.5  # of the light is left in it: a table that disturbs is darker than that
THIN = 0.012  # of the longer side: what a ruled line is thinner than
LEAST = 0.05  # of the longer side: smaller pieces are specks and dots
LONG = 1.8  # times the height of the digits: what no stroke of a digit is longer than
MARGIN = 6  # pixels that an upright may stand beside the end of a rule
BLOT = 0.3  # of the longer side: how deep, and of its square: how large a blot is at least
DARKER = 1.4  # times a line's ink: a stroke that crosses it


def find_sheets(grey: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, tuple[int, int]]]:
    """Find what may be a sheet on a table, a note on a door, a canvas in a window.

    A sheet is the largest bright or dark region, its holes (the writing) filled, if it has four
    straight sides: it fills its convex hull, and its area is 12 times the root of the determinant
    of its pixels' covariance, as it is for every parallelogram (ellipse: 12.6, triangle: 10.4).
    One that runs out of the picture must stand out more than from a shadow. Largest first: cut out,
    its level going on beyond its edge; a mask of that edge; the place of its upper left corner.
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
    return sorted(sheets, key=lambda sheet: -sheet[0].size)


def _is_sheet(region: np.ndarray, coarse: np.ndarray) -> bool:
    if border(region).any():
        darker, lighter = sorted([np.median(coarse[~region]), np.median(coarse[region])])
        if region.mean() < 0.5 or darker > SHADOW * lighter:  # the table itself; a shadow's edge
            return False
    hull = morphology.convex_hull_image(region, offset_coordinates=False)
    spread = math.sqrt(np.linalg.det(np.cov(np.nonzero(region))))
    return region.sum() > 0.985 * hull.sum() and abs(region.sum() / spread - 12) < 0.15


def _cut_sheet(grey: np.ndarray, coarse: np.ndarray, sheet: np.ndarray) -> tuple:
    nearest = ndimage.distance_transform_edt(~sheet, return_distances=False, return_indices=True)
    level = ndimage.median_filter(coarse, 5)[tuple(nearest)]
    size = grey.shape[::-1]
    level = np.asarray(Image.fromarray(level).resize(size, Image.Resampling.BILINEAR))
    sheet = Image.fromarray(sheet).resize(size)
    left, top, right, bottom = sheet.getbbox()
    box = slice(top, bottom), slice(left, right)
    sheet = np.asarray(sheet)
    edge = sheet & ~ndimage.binary_erosion(sheet, SQUARE, border_value=1)
    return np.where(sheet, grey, level)[box], edge[box], (top, left)


def remove_frames(mask: np.ndarray) -> np.ndarray:
    """Take out what is drawn around the writing: pieces that hold another within their own rim."""
    labels, pieces = find_pieces(mask)
    large = [piece for piece in pieces if piece.longer > LEAST * max(mask.shape)]
    frames = []
    for piece in large:
        top, left, bottom, right = piece.box
        if any(
            top < p.box[0] and left < p.box[1] and p.box[2] < bottom and p.box[3] < right
            for p in large
            if max(p.height / piece.height, p.width / piece.width) > 0.25
        ):
            mine = np.pad(piece.mask(labels), 1)
            depth = ndimage.distance_transform_edt(morphology.convex_hull_image(mine))
            if mine[depth > 0.15 * min(mine.shape)].sum() < 0.1 * piece.area:
                frames += piece.labels
    return mask & ~np.isin(labels, frames) if frames else mask


def remove_lines(mask: np.ndarray, ink: np.ndarray) -> tuple[np.ndarray, list[list[Box]]]:
    """Take out ruled lines, underlines and forms, and mend the strokes that cross them.

    A line is a chain of long, nearly level runs that goes on over most of the picture, runs into
    its border, or is longer than `LONG` times what stands beside it is tall. What is darker than
    the line stays, and where ink stands on both sides, the stroke is closed again across it.
    Returned with the boxes of a form's cells, for each of its rows from the top.
    """
    level, rules = _level_chains(mask)
    columns, uprights = _level_chains(mask.T)
    _, pieces = find_pieces(mask & (level == 0))
    pieces = [piece for piece in pieces if piece.longer > LEAST * max(mask.shape)]
    heights = np.repeat([piece.height for piece in pieces], [piece.area for piece in pieces])
    tall = LONG * np.median(heights) if pieces else np.inf
    rules = [rule for rule in rules if _is_line(rule, level, mask, tall)]
    uprights = [line for line in uprights if _is_line(line, columns, mask.T, np.inf)]
    lines = np.isin(level, [rule.labels[0] for rule in rules])
    lines |= np.isin(columns, [line.labels[0] for line in uprights]).T
    cells = _find_cells(mask, level, rules, lines)
    if not lines.any():
        return mask, []
    lines = ndimage.binary_dilation(lines, SQUARE) & mask
    left = mask & (~lines | (ink > DARKER * percentile(ink[lines], 75)))
    if not cells and all(p.longer < LEAST * max(mask.shape) for p in find_pieces(left)[1]):
        return mask, []  # the line was a 1 that fills the picture
    gap = math.ceil(THIN * max(mask.shape)) + 3
    left = left.astype(np.uint8)
    mended = ndimage.grey_closing(left, (gap, 1)) | ndimage.grey_closing(left, (1, gap))
    return (left | mended & lines).astype(bool), cells


def _is_line(line: Group, chains: np.ndarray, mask: np.ndarray, long: float) -> bool:
    """Say whether a chain is straight, without gaps, and long or goes on over most of a picture."""
    width = chains.shape[1]
    at_border = (line.box[1] <= 2) + (line.box[3] >= width - 2)
    if line.width < min(long, (0.85, 0.4, 0.3)[at_border] * width):
        return False
    part = chains[line.slices]
    y, x = np.nonzero(part == line.labels[0])
    near = np.abs(2 * x - line.width + 1) > 0.8 * (line.width - 1)  # no stroke is at both ends
    for reach in (3, 1):
        slope, middle = np.polyfit(x[near], y[near], 1)
        off = np.abs(y - slope * x - middle)
        near = off < reach * (2 + 0.01 * line.width)
        if np.unique(x[near]).size < 0.6 * line.width:
            return False
    part[y[~near], x[~near]] = 0
    along = np.arange(line.width)
    across = np.rint(slope * along + middle)[:, None] + np.arange(-3, 4) + line.box[0]
    across = across.astype(int).clip(0, len(mask) - 1)
    return mask[across, line.box[1] + along[:, None]].any(axis=1).mean() > FILLED


def _level_chains(mask: np.ndarray) -> tuple[np.ndarray, list[Group]]:
    """Label the thin chains of long runs from left to right, slightly tilted; 0 is anything else.

    Where a stroke crosses a chain it is thicker, and no part of it.
    """
    thickness = math.ceil(THIN * max(mask.shape)) + 2
    run = max(15, mask.shape[1] // 16)
    slack = max(3, run // 16 * 2 + 1)  # up to about 7 degrees
    runs = ndimage.maximum_filter1d(mask.astype(np.uint8), slack, axis=0)
    runs = ndimage.minimum_filter1d(runs, run, axis=1, mode="nearest")
    if not runs.any():
        return np.zeros(mask.shape, int), []
    runs = ndimage.maximum_filter1d(runs, run, axis=1)
    stems = ndimage.minimum_filter1d(mask.astype(np.uint8), thickness, axis=0)
    stems = ndimage.maximum_filter1d(stems, thickness, axis=0)
    chains, _ = ndimage.label(ndimage.maximum_filter1d(runs, run, axis=1), SQUARE)
    chains[~(mask & (runs > stems))] = 0
    return chains, [c for c in as_groups(chains) if c.area < thickness * c.width]


def _find_cells(
    mask: np.ndarray, level: np.ndarray, rules: list[Group], lines: np.ndarray
) -> list[list[Box]]:
    """Find rows of cells: boxes that share their sides, or a comb, open above.

    On both ends of a rule stand uprights of one height, up to the next rule or into the open; what
    else stands on it as high, or in equal distances, parts the cells. Added to ``lines``.
    """
    found, above = [], []
    for rule in sorted(rules, key=lambda rule: rule.box[0]):
        y, x = np.nonzero(rule.mask(level))
        slope, middle = np.polyfit(x, y, 1)
        top, left, _, right = rule.box
        middle, half = middle + top, 2 + round(rule.area / rule.width / 2)
        gaps = [middle - other for other, first, last in above if first < right and last > left]
        above.append((middle, left, right))
        highest = int(min(middle, rule.width, 1.1 * min(gaps, default=np.inf))) - half
        if highest < 8:
            continue
        up, along = np.ogrid[half : half + highest, -MARGIN : rule.width + MARGIN]
        rows = np.rint(middle + slope * along - up).astype(int).clip(0, len(mask) - 1)
        places = np.rint(left + along + slope * up).astype(int).clip(0, mask.shape[1] - 1)
        band = ndimage.maximum_filter1d(mask[rows, places], 3, axis=1)
        reach = np.where(band.all(axis=0), highest, np.argmin(band, axis=0))
        end = 2 * MARGIN + highest // 10
        height, other = sorted((int(reach[:end].max()), int(reach[-end:].max())))
        if height < max(8, 0.8 * other):
            continue
        for share in (0.85, 0.4):
            marks, n = ndimage.label(reach > share * height)
            at = np.array(ndimage.center_of_mass(marks > 0, marks, range(1, n + 1)))[:, 0]
            if n > 2:
                break
        else:
            continue
        apart = np.diff(at) / np.median(np.diff(at))
        if np.abs(apart - np.rint(apart)).max() > 0.2:
            continue
        parts = ndimage.maximum_filter1d(marks > 0, 3) & (up < half + height)
        lines[rows[parts], places[parts]] = True
        lines &= mask
        found.append([])
        for a, b in pairwise(at - MARGIN):
            bottom = round(middle + slope * (a + b) / 2)
            found[-1].append((bottom - height, round(left + a), bottom, round(left + b)))
    return found


def remove_surroundings(pieces: list[Group], labels: np.ndarray) -> list[Group]:
    """Drop what is no writing: what comes in over the border, and blots.

    A piece that touches the border is a table or a thumb, unless it is as tall as what stands
    further in, or nothing there is nearly as tall: then it is a digit that was cut tightly (which
    skimage's `clear_border` would drop). A blot is nearly as thick as it is long, as a hole is; in
    one row with two or more pieces of its height it is a digit whose loops ran full of ink.
    """
    height, width = labels.shape
    edge = min(height, width) // 7
    further_in = labels[edge : height - edge, edge : width - edge]
    inside = np.bincount(further_in.ravel(), minlength=labels.max() + 1)
    inner = [p for p in pieces if min(p.box) > 0 and p.box[2] < height and p.box[3] < width]
    tall = max((piece.height for piece in inner), default=0)

    def is_cut_digit(piece: Group) -> bool:
        share = inside[piece.labels[0]] / piece.area
        if tall < 0.4 * piece.height:
            return share > (0.3 if tall > 0.08 * min(height, width) else 0)
        return share > 0 and 0.6 * tall < piece.height < 1.4 * tall

    def is_blot(piece: Group) -> bool:
        if piece.area < BLOT * piece.longer**2:
            return False
        step = 1 + piece.longer // 60
        mine = np.pad(piece.mask(labels)[::step, ::step], 1)
        return ndimage.distance_transform_edt(mine).max() * step > BLOT * piece.longer

    pieces = [p for p in pieces if p in inner or is_cut_digit(p)]
    clear = [p for p in pieces if not is_blot(p)]
    return [p for p in pieces if p in clear or sum(alike(p, other) for other in clear) > 1]
