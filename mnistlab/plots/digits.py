"""Pictures of digits, and of numbers that belong to their pixels."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from numpy.typing import ArrayLike

from .picture import BLUE, CARD, GREY, INK, ORANGE, PAPER, RED, Picture, shades


def gallery(
    images: ArrayLike,
    titles: Sequence | None = None,
    columns: int = 10,
    caption: str | None = None,
    wrong: Sequence[bool] | None = None,
) -> Picture:
    """Draw small images side by side, row after row, all on one grey scale.

    `images` are (n, height, width), 0 = paper: `columns` of them in a row, `titles` above them.
    `wrong` says which of the n to mark with a frame and a cross, e.g. misread digits.
    """
    images = np.asarray(images)
    count, height, width = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    titles = [] if titles is None else [str(title) for title in titles]
    wrong = np.zeros(count, dtype=bool) if wrong is None else wrong
    lines = max([title.count("\n") + 1 for title in titles], default=0)
    tile = min(1.2, 8 / columns)  # inches
    fontsize = 9 if tile > 0.6 else 7
    # Everything below is in pixels of the images: the gap between them, room for the titles.
    gap = width / 7
    head = lines * fontsize / 72 * 1.25 / tile * (width + gap)
    step_x, step_y = width + gap, height + gap + head

    # One set of axes for all images: hundreds of small axes take many seconds to lay out.
    figure, axes = plt.subplots(figsize=(tile * columns, tile * rows * step_y / step_x))
    for i, image in enumerate(images):
        x, y = (i % columns) * step_x, (i // columns) * step_y + head
        axes.imshow(image, extent=(x, x + width, y + height, y), vmin=0, vmax=images.max() or 1)
        frame = {"edgecolor": RED, "linewidth": 2} if wrong[i] else {"edgecolor": "#B5B2AA"}
        axes.add_patch(plt.Rectangle((x, y), width, height, fill=False, **frame))
        if titles:
            look = {"color": RED, "weight": "bold"} if wrong[i] else {}
            axes.text(x + width / 2, y - gap / 5, "✗ " * bool(wrong[i]) + titles[i], ha="center",
                      va="bottom", fontsize=fontsize, in_layout=False, **look)  # fmt: skip
    axes.set(xlim=(-gap / 2, columns * step_x - gap / 2), ylim=(rows * step_y - gap / 2, -gap / 2))
    axes.set_axis_off()
    return Picture(figure, caption or f"{count:,} images of {height} × {width} pixels.")


def digit_matrix(image: ArrayLike, caption: str | None = None) -> Picture:
    """Draw an image, shape (rows, columns), uint8, with the value of every pixel written on it."""
    image = np.asarray(image)
    height, width = image.shape
    figure, axes = plt.subplots(figsize=(8, 8 * height / width))
    axes.imshow(image, vmin=0, vmax=255)
    style = {"ha": "center", "va": "center", "fontsize": 5.5, "in_layout": False}
    for (row, column), value in np.ndenumerate(image):
        colour = "white" if value > 127 else INK if value else "#9A9A9A"
        axes.text(column, row, int(value), color=colour, **style)
    axes.set(xlabel="column", ylabel="row", xticks=range(0, width, 3), yticks=range(0, height, 3))
    inked = np.count_nonzero(image)
    found = f"{inked} of the {image.size} pixels hold ink (values 1 to {image.max()})"
    return Picture(figure, caption or f"{found}; the other {image.size - inked} are 0.")


def label_counts(y_train: ArrayLike, y_test: ArrayLike) -> Picture:
    """Draw how often each digit occurs in the training and in the test set: labels 0-9, (n,)."""
    figure, axes = plt.subplots(figsize=(8, 3.6))
    axes.axhline(10, color=GREY, linewidth=1, linestyle=":", zorder=0)
    parts = [(y_train, "training", BLUE, "", -0.2), (y_test, "test", ORANGE, "//", 0.2)]
    for labels, name, colour, hatch, shift in parts:
        counts = np.bincount(labels, minlength=10)
        bars = axes.bar(np.arange(10) + shift, 100 * counts / len(labels), width=0.38, color=colour,
                        hatch=hatch, edgecolor=CARD, label=f"{name} ({len(labels):,})")  # fmt: skip
        card = {"facecolor": CARD, "edgecolor": "none", "pad": 0.5}  # hides the line behind
        axes.bar_label(bars, [f"{count:,}" for count in counts], fontsize=6.5, padding=2, bbox=card)
    axes.set(xticks=range(10), xlabel="digit", ylabel="share of the set (%)", ylim=(0, 13.5))
    axes.legend(loc="upper right", ncols=2)
    counts = np.bincount(y_train, minlength=10)
    most, least = (f"{i} ({counts[i]:,}, {100 * counts[i] / len(y_train):.1f} %)"
                   for i in (counts.argmax(), counts.argmin()))  # fmt: skip
    found = f"The commonest training digit is {most}, the rarest {least}."
    if counts.min() == counts.max():
        found = f"Each digit occurs equally often, {counts[0]:,} times in the training set."
    return Picture(figure, found)


def votes(values: ArrayLike, of: str = "vote") -> Picture:
    """Draw one number per pixel as two pictures: what speaks for "yes", what speaks against.

    Two pictures, on one scale, instead of two colours in one: the sign survives a black-and-white
    printer. `values` (28, 28) are any real numbers, positive speaks for "yes"; `of` says what they
    are, for the scale: "vote" or "weight".
    """
    values = np.asarray(values)
    scale = Normalize(0, np.abs(values).max() or 1)
    figure, panels = plt.subplots(1, 2, figsize=(7, 3.4))
    parts = [("for “yes”", values, BLUE), ("against “yes”", -values, RED)]
    for axes, (name, part, colour) in zip(panels, parts, strict=True):
        axes.imshow(np.maximum(part, 0), cmap=shades(PAPER, colour, INK), norm=scale)
        axes.set(title=name, xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
    # Grey stands for both colours.
    greys = ScalarMappable(scale, shades(PAPER, GREY, INK))
    figure.colorbar(greys, ax=panels, shrink=0.85, label=f"size of the {of}")
    yes, no = np.count_nonzero(values > 0), np.count_nonzero(values < 0)
    silent = values.size - yes - no
    return Picture(figure, f"{yes} pixels speak for “yes”, {no} against, {silent} are silent.")


def predictions(images: ArrayLike, truth: ArrayLike, answers: ArrayLike) -> Picture:
    """Draw the same digits twice: where the truth is "5", and where a detector says "5".

    Blue rings mark the true ones, orange squares the detector's; crosses lie on its mistakes. Of
    `images` (n, 28, 28), 0 = paper, `truth` and `answers` (n,) say whether each is a 5: bool.
    """
    from skimage.util import montage  # slow to import

    images, truth, answers = np.asarray(images), np.asarray(truth, bool), np.asarray(answers, bool)
    columns = 10
    rows = -(-len(images) // columns)
    with_gap = np.pad(images, ((0, 0), (3, 3), (3, 3)))
    sheet = montage(with_gap, fill=0, grid_shape=(rows, columns))
    middles = np.array([(i % columns, i // columns) for i in range(len(images))]) * 34 + 17

    figure, panels = plt.subplots(1, 2, figsize=(9, 0.5 + 4.4 * rows / columns))
    side = 4.2 * 72 / columns  # points; a marker's size is its square
    marks = {"marker": "o", "edgecolors": BLUE}, {"marker": "s", "edgecolors": ORANGE}
    titles = f"the truth: {truth.sum()} are a 5", f"the answers: {answers.sum()} called 5"
    for axes, yes, mark, title in zip(panels, (truth, answers), marks, titles, strict=True):
        axes.imshow(sheet, vmin=0, vmax=images.max() or 1)
        axes.scatter(*middles[yes].T, s=(0.9 * side) ** 2, facecolors="none", linewidth=2, **mark)
        axes.set(title=title)
        axes.set_axis_off()
    wrong = truth != answers
    panels[1].scatter(*middles[wrong].T, s=side**2 / 3, marker="x", color=RED, linewidth=2.5)
    found = f"{(truth & answers).sum()} of {truth.sum()} 5s found"
    missed = f"{(truth & ~answers).sum()} missed, {(~truth & answers).sum()} false alarms"
    crosses = f"(crosses mark the {wrong.sum()} mistakes)"
    return Picture(figure, f"{len(images)} digits: {found}, {missed} {crosses}.")
