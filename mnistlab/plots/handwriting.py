"""Pictures of the way from a photo to 28 × 28 pixels."""

import matplotlib.pyplot as plt
import numpy as np

from .picture import BLUE, GREY, RED, Picture


def steps(steps, caption) -> Picture:
    """Draw the picture after every step from a photo to MNIST's format.

    Parameters
    ----------
    steps : list of mnistlab.imaging.Step
        As `mnistlab.imaging.explain` returns them.
    caption : str
        One sentence.

    Returns
    -------
    Picture
    """
    rows = -(-len(steps) // 5)
    columns = -(-len(steps) // rows)
    figure, grid = plt.subplots(rows, columns, figsize=(8, 9 / columns * rows), squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for number, (axes, step) in enumerate(zip(grid.flat, steps, strict=False), start=1):
        # Where light is measured, black is 0; where ink is measured, paper is 0.
        light = step.name in ("grey", "sheet", "polarity")
        image = np.asarray(step.image, dtype=float)
        axes.imshow(image, cmap="gray" if light else "gray_r", vmin=0, vmax=max(1, image.max()))
        axes.set_title(f"{number}. {step.name}", fontsize=9)
    return Picture(figure, caption)


def drawing(picture, digit, probabilities, names=range(10), caption=None) -> Picture:
    """Draw what was drawn, what the model sees of it and what it answers.

    Parameters
    ----------
    picture : array (height, width)
        The drawing, 0 = paper.
    digit : array (28, 28)
        The same in MNIST's format.
    probabilities : array (n_classes,)
        The model's answer.
    names : sequence of n_classes values
        What the classes are called.
    caption : str, optional
        One sentence; without it the best answer is named.

    Returns
    -------
    Picture
    """
    names = [str(name) for name in names]
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(8, 2.6), gridspec_kw={"width_ratios": [1, 1, 1.4]}
    )
    for axes, image, title in ((left, picture, "drawn"), (middle, digit, "what the model sees")):
        axes.imshow(image, vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, fontsize=9)
        axes.spines[:].set_visible(True)
    best = int(np.argmax(probabilities))
    colours = [BLUE if i == best else GREY for i in range(len(names))]
    bars = right.barh(names, probabilities, color=colours)
    shown = [f"{p:.0%}" if p >= 0.01 else "" for p in probabilities]
    right.bar_label(bars, shown, padding=3, fontsize=8)
    right.set(xlim=(0, 1.15), xlabel="probability", ylabel="digit")
    right.invert_yaxis()
    found = f"The model reads the drawing as {names[best]}, with {probabilities[best]:.0%}."
    return Picture(figure, caption or found)


def boxes(pictures, boxes, titles, caption, columns=2) -> Picture:
    """Draw pictures with a box around every digit that was found in them.

    Parameters
    ----------
    pictures : list of arrays (height, width)
        Grey, 0 = black; or of PIL images.
    boxes : list of lists of (top, left, bottom, right)
        For each picture, in its pixels.
    titles : list of str
        What stands above each picture.
    caption : str
        One sentence.
    columns : int
        Pictures in a row.

    Returns
    -------
    Picture
    """
    rows = -(-len(pictures) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(8, 8 / columns * 0.62 * rows), squeeze=False
    )
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, picture, found, title in zip(grid.flat, pictures, boxes, titles, strict=False):
        axes.imshow(np.asarray(picture), cmap="gray", vmin=0, vmax=255)
        for top, left, bottom, right in found:
            axes.add_patch(plt.Rectangle((left, top), right - left, bottom - top, fill=False,
                                         edgecolor=RED, linewidth=1.5))  # fmt: skip
        axes.set_title(title, fontsize=9)
    return Picture(figure, caption)


def side_by_side(pictures, digits, titles, caption, columns=6) -> Picture:
    """Draw each picture above what became of it in MNIST's format.

    Parameters
    ----------
    pictures : list of PIL images or arrays
        Of any size, grey or colour.
    digits : list of arrays (28, 28)
        What the model saw.
    titles : list of str
        What stands above each pair.
    caption : str
        One sentence.
    columns : int
        Pairs in a row.

    Returns
    -------
    Picture
    """
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure, grid = plt.subplots(
        2 * rows, columns, figsize=(8 / 6 * columns, 2.9 * rows), squeeze=False
    )
    for axes in grid.flat:
        axes.set_axis_off()
    for i, (picture, digit, title) in enumerate(zip(pictures, digits, titles, strict=True)):
        above, below = grid[2 * (i // columns) : 2 * (i // columns) + 2, i % columns]
        above.imshow(np.asarray(picture), cmap="gray", vmin=0, vmax=255)
        above.set_title(title, fontsize=8)
        below.imshow(digit, vmin=0, vmax=255)
        below.add_patch(plt.Rectangle((-0.5, -0.5), 28, 28, fill=False, edgecolor=GREY))
    return Picture(figure, caption)
