"""Pictures of the way from a photo to 28 × 28 pixels."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL.Image import Image

from .picture import RED, Picture


def steps(steps: Sequence[Any]) -> Picture:
    """Draw the picture after every step to MNIST's format, as `imaging.explain` returns them."""
    columns = -(-len(steps) // -(-len(steps) // 5))  # at most five, in rows of equal length
    figure, frames = _frames([step.image for step in steps], columns)
    height, width = steps[0].image.shape
    for axes, step in zip(frames, steps, strict=True):
        # Where light is measured, black is 0; where ink is measured, paper is 0.
        light = step.name in ("grey", "sheet", "polarity")
        _show(axes, step.image, step.name, cmap="light" if light else "ink")
    sizes = f"from {width} × {height} pixels to 28 × 28"
    return Picture(figure, f"One photo in {len(steps)} steps, {sizes}.")


def boxes(
    pictures: Sequence[ArrayLike | Image],
    boxes: Sequence[Sequence[tuple[float, float, float, float]]],
    titles: Sequence[str],
) -> Picture:
    """Draw pictures with a box around every digit that was found in them.

    `pictures` are grey, 0 = black: arrays (height, width) or PIL images; `titles` stand above them.
    `boxes` are, for each picture, (top, left, bottom, right) of its digits, in its pixels.
    """
    figure, frames = _frames(pictures, columns=2)
    for axes, picture, found, title in zip(frames, pictures, boxes, titles, strict=True):
        _show(axes, picture, title)
        for top, left, bottom, right in found:  # the first pixel's middle is 0, its edge -0.5
            axes.add_patch(plt.Rectangle((left - 0.5, top - 0.5), right - left, bottom - top,
                                         fill=False, edgecolor=RED, linewidth=1.5))  # fmt: skip
    return Picture(figure, f"Every digit found has a box: {sum(map(len, boxes))} in all.")


def side_by_side(
    pictures: Sequence[ArrayLike | Image], digits: Sequence[ArrayLike], titles: Sequence[str]
) -> Picture:
    """Draw each picture above what became of it in MNIST's format.

    `pictures` are of any size, grey or colour: arrays or PIL images; `digits`, (28, 28) each, are
    what the model saw; `titles` stand above each pair.
    """
    columns = 6
    starts = range(0, len(pictures), columns)
    rows = [part[i : i + columns] for i in starts for part in (pictures, digits)]
    rows = [[*row, *[None] * (columns - len(row))] for row in rows]  # one digit below its picture
    images = [image for row in rows for image in row]
    figure, frames = _frames(images, columns, room=0.15)  # only every other row has titles
    for i, (picture, digit, title) in enumerate(zip(pictures, digits, titles, strict=True)):
        above = 2 * columns * (i // columns) + i % columns
        _show(frames[above], picture, title)
        _show(frames[above + columns], digit, cmap="ink")
    sees = f"the 28 × 28 pixels that the model sees of it: {len(pictures)} in all"
    return Picture(figure, f"Each picture, and below it {sees}.")


def _frames(
    images: Sequence[ArrayLike | Image | None], columns: int, room: float = 0.3
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a frame for each image, each row as high as its highest, and `room`."""
    columns = min(columns, len(images))
    shapes = [np.shape(image)[:2] if image is not None else (1, 9) for image in images]
    heights = [min(height / width, 1.3) for height, width in shapes]  # in widths of a frame
    heights = [max(heights[i : i + columns]) for i in range(0, len(heights), columns)]
    n, width = len(heights), min(8 / columns, 4)  # inches
    size = width * columns, width * sum(heights) + room * n
    figure, grid = plt.subplots(n, columns, figsize=size, squeeze=False, height_ratios=heights)
    for axes in grid.flat:
        axes.set_axis_off()
        axes.set_anchor("N")  # titles in one line, also above images of different heights
    return figure, list(grid.flat[: len(images)])


def _show(axes: Axes, image: ArrayLike | Image, title: str = "", cmap: str = "light") -> None:
    """Draw an image of 0-255 or 0-1 with its title."""
    image = np.asarray(image)
    axes.imshow(image, cmap=cmap, vmin=0, vmax=255 if image.max() > 1 else 1)
    axes.set_title(title, fontsize=9)
