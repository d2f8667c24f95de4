"""Pictures of support vector machines: their margins and their votes."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike

from .picture import BLUE, INK, PAPER, RED, Picture, shades

LOOKS = (BLUE, "o"), ("#7A4600", "s")  # of the two classes: blue and brown


def margins(models: Mapping[str, Any], X: ArrayLike, y: ArrayLike, names: Sequence[str]) -> Picture:
    """Draw fitted machines in the plane: boundary, margin, and which points are support vectors.

    `X` (n, 2) says where the points lie, `y` (n,) has their labels, of two kinds; `models`, by
    title, are SVCs fitted on both. `names` say what the two axes measure.
    """
    X, y = np.asarray(X), np.asarray(y)
    rows, columns = -(-len(models) // 2), min(2, len(models))
    figure, panels = plt.subplots(
        rows, columns, figsize=(4.4 * columns, 4.1 * rows), sharex=True, sharey=True, squeeze=False
    )
    room = 0.08 * np.ptp(X, axis=0)
    across, up = np.meshgrid(*np.linspace(X.min(axis=0) - room, X.max(axis=0) + room, 150).T)
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
    lines = "solid line: the boundary, dashed lines: the edges of the margin"
    return Picture(figure, f"Support vectors (filled) of {len(X)} digits: {counts}; {lines}.")


def kernel_vote(machine: Any, x: ArrayLike, names: Sequence[str]) -> Picture:
    """Draw how the support vectors of a machine in the plane vote on one new point.

    `machine` is an SVC fitted on two classes, kernel "rbf", gamma a number; `x` (2,) is the new
    point. `names` say what the two axes measure.
    """
    x, vectors = np.asarray(x), machine.support_vectors_
    similarity = np.exp(-machine.gamma * ((vectors - x) ** 2).sum(axis=1))
    parts = machine.dual_coef_[0] * similarity
    figure, axes = plt.subplots(figsize=(6.6, 5.2))
    room = 0.15 * np.ptp(vectors, axis=0)
    ends = vectors.min(axis=0) - room, vectors.max(axis=0) + room
    across, up = np.meshgrid(*np.linspace(*ends, 200).T)
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
    marks = "The larger a mark, the larger vote times similarity."
    added = f"that are a {high} add {plus:.2f}, those that are a {low} take {minus:.2f} away"
    score = f"the intercept adds {start:.2f}: the score is {plus - minus + start:.2f}"
    return Picture(figure, f"{marks} Support vectors {added}, {score}.")
