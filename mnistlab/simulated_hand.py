"""A simulated hand: characters written from their strokes, each time a little differently.

A person who writes the same character twice moves whole strokes, not single points: their place,
size and slope vary, corners are cut, ends fall short or overshoot, now and then the pen is not
lifted. `write` does that to the strokes of `load("kana")`. The result is not handwriting.
"""

from collections.abc import Sequence
from unicodedata import normalize

import numpy as np
from PIL import Image, ImageDraw

SIDE, CHARACTER = 40, 30  # pixels: of the picture, and of a character's longer side in it
FIELD = 109  # strokes are given in a field of this side, as KanjiVG draws them
SHEET, MARGIN = 128, 14  # what is written on before it is made small; room for the pen


def write(
    strokes: Sequence[np.ndarray], rng: np.random.Generator, n_marks: int = 0, wild: float = 1.0
) -> np.ndarray:
    """Write one character.

    `strokes` are arrays (n_points, 2) of (x, y) in a field of 109 x 109, y downwards, in the order
    of writing; the last `n_marks` are voicing marks, which move together and are not joined. `wild`
    is how far this hand strays: at 0 only the pen varies. Returns uint8 (40, 40), see `frame`.
    """
    n_main = len(strokes) - n_marks
    main = [_vary(stroke, rng, wild) for stroke in strokes[:n_main]]
    marks = _move_marks([_vary(stroke, rng, wild) for stroke in strokes[n_main:]], rng, wild)
    return frame(_ink(_warp(_join(main, rng, wild) + marks, rng, wild), rng, wild))


def _vary(stroke, rng, wild):
    """Vary one stroke: its slope, size, place and bend; its corners and its two ends."""
    centre = stroke.mean(axis=0)
    turn = _rotation(rng.normal(0, 0.07 * wild))
    size = 1 + rng.normal(0, 0.1 * wild, 2)
    points = (stroke - centre) * size @ turn.T + centre + rng.normal(0, 2.2 * wild, 2)
    if rng.random() < 0.5 * wild:  # a quick hand cuts corners
        reach = rng.integers(1, 4)
        padded = np.pad(points, ((reach, reach), (0, 0)), "edge")
        points = np.mean([padded[i : i + len(points)] for i in range(2 * reach + 1)], axis=0)
    points = _end(_end(points, rng, wild)[::-1], rng, wild)[::-1]
    # A slow bend along the stroke, no trembling of single points.
    along = np.pi * np.linspace(0, 1, len(points))[:, None]
    for waves in (1, 2):
        bend, phase = rng.normal(0, 0.9 * wild, 2), rng.uniform(0, 2 * np.pi, 2)
        points = points + bend * np.sin(waves * along + phase)
    return points


def _end(points, rng, wild):
    """Let the end of a stroke fall short, or overshoot, or leave it."""
    chance = rng.random()
    if chance < 0.3 * wild:
        return points[: len(points) - int(len(points) * rng.uniform(0, 0.12))]
    if chance < 0.5 * wild:
        return np.vstack([points, points[-1] + (points[-1] - points[-4]) * rng.uniform(0.2, 2)])
    return points


def _join(strokes, rng, wild):
    """Now and then draw the way from one stroke to the next: the pen was not lifted."""
    joined = [strokes[0]]
    for stroke in strokes[1:]:
        if rng.random() > 0.1 * wild:
            joined.append(stroke)
            continue
        start, end = joined[-1][-1], stroke[0]
        bow = (start + end) / 2 + rng.normal(0, 3, 2)
        t = np.linspace(0, 1, 8)[:, None]
        way = (1 - t) ** 2 * start + 2 * t * (1 - t) * bow + t**2 * end
        joined[-1] = np.vstack([joined[-1], way, stroke])
    return joined


def _move_marks(marks, rng, wild):
    """Move the voicing marks together: further away or nearer, larger or smaller."""
    if not marks:
        return []
    centre, size = np.vstack(marks).mean(axis=0), np.exp(rng.normal(0, 0.2 * wild))
    shift = rng.normal([2 * wild, 0], 4 * wild)  # rather to the right
    return [(mark - centre) * size + centre + shift for mark in marks]


def _warp(strokes, rng, wild):
    """Tilt, slant and stretch the whole character, and bend it as if on soft paper."""
    tilt, slant = rng.normal(0, 0.1 * wild), rng.normal(0, 0.16 * wild)
    stretch = np.exp(rng.normal(0, [0.16 * wild, 0.1 * wild]))
    matrix = _rotation(tilt) @ np.array([[1, slant], [0, 1]]) @ np.diag(stretch)
    pace, phase = rng.uniform(0.03, 0.07, (2, 2)), rng.uniform(0, 2 * np.pi, (2, 2))
    depth = rng.normal(0, 2 * wild, (2, 2))

    def bent(points):
        points = (points - FIELD / 2) @ matrix.T
        waves = depth * np.sin(points[:, :, None] * pace + phase)  # from x and y, to x and y
        return points + waves.sum(axis=1)

    return [bent(stroke) for stroke in strokes]


def _ink(strokes, rng, wild):
    """Draw strokes with a pen on a sheet; some pens grow thin where the hand is quick."""
    points = np.vstack(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    zoom = (SHEET - 2 * MARGIN) / max(high - low)
    margin = (SHEET - zoom * (high - low)) / 2
    width = np.exp(rng.uniform(np.log(2.2), np.log(15)))
    thinning = rng.uniform(0.2, 0.6) if rng.random() < 0.3 * wild else 0
    pen = ImageDraw.Draw(sheet := Image.new("L", (SHEET, SHEET)))
    for stroke in strokes:
        path = [tuple(point) for point in zoom * (stroke - low) + margin]
        widths = width * (1 - thinning * np.linspace(0, 1, len(path)) ** 2)
        for start, end, wide in zip(path, path[1:], widths, strict=False):
            pen.line((start, end), fill=255, width=max(1, round(wide)))
        for (x, y), r in zip(path[::2], widths[::2] / 2, strict=True):  # round joints and ends
            pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(sheet)


def frame(ink: np.ndarray) -> np.ndarray:
    """Cut a character out and set it into 40 x 40 pixels: 30 along its longer side, in the middle.

    `ink` (height, width) is uint8 or float; 0 is paper, its brightest pixel is taken for full ink.
    Returns uint8 (40, 40): 0 is paper, 255 is ink; without any ink all is paper.
    """
    field = Image.new("L", (SIDE, SIDE))
    if full := ink.max():
        picture = Image.fromarray(np.uint8(np.rint(255 * (ink / full))))
        box = Image.fromarray(ink > 0.25 * full).getbbox()
        scale = CHARACTER / max(box[2] - box[0], box[3] - box[1])
        size = [max(1, round(scale * (box[i + 2] - box[i]))) for i in (0, 1)]
        smooth = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
        small = np.asarray(picture.crop(box).resize(size, smooth))
        small = np.uint8(np.rint(small * (255 / max(1, small.max()))))
        field.paste(Image.fromarray(small), ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(field)


def n_marks(kana: str) -> int:
    """Count the strokes of a voicing mark: 2 in が, 1 in ぱ, none in か."""
    return {"\u3099": 2, "\u309a": 1}.get(normalize("NFD", kana)[-1], 0)


def _rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
