"""Pictures of support vector machines: their margins, their votes, and how their time grows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike

from .axes import label_directly
from .picture import BLUE, GREY, INK, PAPER, RED, Picture, shades

if TYPE_CHECKING:
    from sklearn.svm import SVC

BROWN = "#7A4600"
LOOKS = (BLUE, "o"), (BROWN, "s")  # of the two classes


def margins(
    models: Mapping[str, "SVC"],
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    caption: str | None = None,
) -> Picture:
    """Draw fitted machines in the plane: boundary, margin, and which points are support vectors.

    Parameters
    ----------
    models : fitted on `X` and `y`, by title
    X, y : where the points lie, shape (n, 2), and their labels, of two kinds, shape (n,)
    names : what the two axes measure
    """
    X, y = np.asarray(X), np.asarray(y)
    rows, columns = -(-len(models) // 2), min(2, len(models))
    figure, panels = plt.subplots(
        rows, columns, figsize=(4.4 * columns, 4.1 * rows), sharex=True, sharey=True, squeeze=False
    )
    room = 0.08 * np.ptp(X, axis=0)
    (left, bottom), (right, top) = X.min(axis=0) - room, X.max(axis=0) + room
    across, up = np.meshgrid(np.linspace(left, right, 150), np.linspace(bottom, top, 150))
    for axes in panels.flat[len(models) :]:
        axes.set_axis_off()
    for axes, (title, model) in zip(panels.flat, models.items(), strict=False):
        depth = model.decision_function(np.c_[across.ravel(), up.ravel()]).reshape(across.shape)
        zones = ["#B9CEDB", "#D9E1E3", "#EBE3CF", "#E0C896"]
        axes.contourf(across, up, depth, [-1e9, -1, 0, 1, 1e9], colors=zones)
        axes.contour(across, up, depth, [-1, 0, 1], colors=INK, linewidths=[1, 2.2, 1],
                     linestyles=["--", "-", "--"])  # fmt: skip
        chosen = np.isin(np.arange(len(X)), model.support_)
        for name, (colour, marker) in zip(model.classes_, LOOKS, strict=True):
            look = {"marker": marker, "s": 20, "edgecolors": colour, "linewidth": 1}
            others = (y == name) & ~chosen
            axes.scatter(*X[others].T, facecolors="none", label=f"a {name}", **look)
            axes.scatter(*X[(y == name) & chosen].T, facecolors=colour, **look)
        axes.set_title(f"{title}: {chosen.sum()} support vectors", fontsize=10)
    figure.supxlabel(names[0], size=10)
    figure.supylabel(names[1], size=10)
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    counts = ", ".join(f"{len(model.support_)} ({title})" for title, model in models.items())
    found = (
        f"Support vectors (filled) of {len(X)} digits: {counts}; solid line: the "
        "boundary, dashed lines: the edges of the margin."
    )
    return Picture(figure, caption or found)


def kernel_vote(
    machine: "SVC", x: ArrayLike, names: Sequence[str], caption: str | None = None
) -> Picture:
    """Draw how the support vectors of a machine in the plane vote on one new point.

    Parameters
    ----------
    machine : fitted on two classes, kernel "rbf", gamma a number
    x : the new point, shape (2,)
    names : what the two axes measure
    """
    x, vectors = np.asarray(x), machine.support_vectors_
    similarity = np.exp(-machine.gamma * ((vectors - x) ** 2).sum(axis=1))
    parts = machine.dual_coef_[0] * similarity
    figure, axes = plt.subplots(figsize=(6.6, 5.2))
    room = 0.15 * np.ptp(vectors, axis=0)
    (left, bottom), (right, top) = vectors.min(axis=0) - room, vectors.max(axis=0) + room
    across, up = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    alike = np.exp(-machine.gamma * ((across - x[0]) ** 2 + (up - x[1]) ** 2))
    shading = axes.contourf(across, up, alike, [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1],
                            cmap=shades(PAPER, "#AAA79F"))  # fmt: skip
    figure.colorbar(shading, ax=axes, label="similarity to the new digit")
    signs = zip(machine.classes_, LOOKS, (parts < 0, parts > 0), strict=True)
    for name, (colour, marker), these in signs:
        axes.scatter(*vectors[these].T, s=8 + 300 * np.abs(parts[these]), marker=marker,
                     fc=colour, ec=PAPER, linewidth=0.7, label=f"a {name}")  # fmt: skip
    axes.scatter(*x, s=170, marker="*", facecolors=RED, edgecolors=INK, label="the new digit")
    axes.set(xlabel=names[0], ylabel=names[1])
    figure.legend(loc="outside upper right", ncols=3, markerscale=0.7)
    plus, minus, start = parts[parts > 0].sum(), -parts[parts < 0].sum(), machine.intercept_[0]
    low, high = machine.classes_
    found = (
        f"The larger a mark, the larger vote times similarity. Support vectors that are a {high} "
        f"add {plus:.2f}, those that are a {low} take {minus:.2f} away, the intercept adds "
        f"{start:.2f}: the score is {plus - minus + start:.2f}."
    )
    return Picture(figure, caption or found)


def growth(
    sizes: ArrayLike, seconds: ArrayLike, ahead: int, measured: float, caption: str | None = None
) -> Picture:
    """Draw how time grows with the number of digits, and a forecast with what came of it.

    Parameters
    ----------
    sizes, seconds : of the small fits, shape (n,); a straight line is drawn through their logs
    ahead, measured : a larger number of digits, and the seconds that it really took
    """
    sizes, seconds = np.asarray(sizes, dtype=float), np.asarray(seconds)
    slope, start = np.polyfit(np.log(sizes), np.log(seconds), 1)
    far = np.array([sizes[0], ahead])
    line = np.exp(start) * far**slope
    figure, axes = plt.subplots(figsize=(6.6, 4.2))
    axes.plot(far, line, color=GREY, linestyle="--")
    axes.plot(sizes, seconds, "o", color=BLUE)
    axes.plot(ahead, measured, "s", color=RED, markersize=8)
    axes.set(xscale="log", yscale="log", xlabel="training digits", ylabel="seconds to fit")
    axes.set_xlim(sizes[0] / 1.5, ahead * 2.2)
    axes.set_xticks([*sizes, ahead], [f"{n:,.0f}" for n in [*sizes, ahead]])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:,g}")
    middle = len(sizes) // 2
    places = {"small fits": [(sizes[middle], seconds[middle])], "measured": [(ahead, measured)]}
    label_directly(axes, places)
    found = (
        f"The time to fit grows like n to the {slope:.1f}. For {ahead:,} digits the line says "
        f"{line[-1]:.1f} s; measured: {measured:.1f} s."
    )
    return Picture(figure, caption or found)


def leaning(before: ArrayLike, after: ArrayLike, slope: float, centre: Sequence[float]) -> Picture:
    """Draw a digit with the line that its ink leans along, and beside it the digit put upright.

    Parameters
    ----------
    before, after : images of one shape (rows, columns)
    slope, centre : of `before`: columns to the right per row down; row and column of its ink's mean
    """
    figure, panels = plt.subplots(1, 2, figsize=(5.2, 2.7))
    rows = np.array([2, len(before) - 3])
    for axes, image, lean in zip(panels, (before, after), (slope, 0), strict=True):
        axes.imshow(image)
        axes.plot(centre[1] + lean * (rows - centre[0]), rows, "-", color=RED, linewidth=2)
        axes.plot(centre[1], centre[0], "o", color=BLUE)
        axes.set_axis_off()
    return Picture(
        figure,
        f"Left: the ink's centre (dot) and the line it leans along, {slope:.2f} columns per row "
        "down. Right: every row is shifted back, and the line is upright.",
    )
