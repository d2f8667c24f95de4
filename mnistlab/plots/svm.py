"""Pictures of support vector machines: their margins, their growth and their settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator
from numpy.typing import ArrayLike

from .axes import heat_map
from .picture import BLUE, GREEN, GREY, INK, ORANGE, RED, Picture

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.svm import SVC


def margins(
    models: Mapping[str, "SVC"], X: ArrayLike, y: ArrayLike, caption: str | None = None
) -> Picture:
    """Draw fitted machines in the plane: boundary, margin, and which points are support vectors.

    Parameters
    ----------
    models : fitted on `X` and `y`, by title
    X, y : where the points lie, shape (n, 2), and their labels, of two kinds, shape (n,)
    """
    X, y = np.asarray(X), np.asarray(y)
    rows = -(-len(models) // 2)
    figure, panels = plt.subplots(
        rows, 2, figsize=(8.4, 3.9 * rows), sharex=True, sharey=True, squeeze=False
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
        for name, colour, marker in zip(model.classes_, (BLUE, "#7A4600"), "os", strict=True):
            look = {"marker": marker, "s": 20, "edgecolors": colour, "linewidth": 1}
            others = (y == name) & ~chosen
            axes.scatter(*X[others].T, facecolors="none", label=f"a {name}", **look)
            axes.scatter(*X[(y == name) & chosen].T, facecolors=colour, **look)
        axes.set_title(f"{title}: {chosen.sum()} support vectors", fontsize=10)
    figure.supxlabel("first principal component", size=10)
    figure.supylabel("second principal component", size=10)
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    counts = ", ".join(f"{len(model.support_)} ({title})" for title, model in models.items())
    found = (
        f"Support vectors (filled) of {len(X)} digits: {counts}; solid line: the "
        "boundary, dashed lines: the edges of the margin."
    )
    return Picture(figure, caption or found)


def growth(
    table: "pd.DataFrame",
    exponents: Mapping[str, float],
    total: int,
    recorded: Mapping[str, float] | None = None,
    caption: str | None = None,
) -> Picture:
    """Draw on logarithmic axes how cost and error of a model grow with the training digits.

    Parameters
    ----------
    table
        A row per number of digits (the index), with ``fit_seconds``, ``predict_seconds`` (for
        10,000 digits), ``support_vectors`` and ``error_percent``.
    exponents : the fitted exponent of each of these columns: the slope of a straight line here
    total : the lines are drawn on to this number of digits
    recorded : what was once measured with `total` digits, by column, by the table's clock
    """
    names = {
        "fit_seconds": "seconds to fit",
        "predict_seconds": "seconds to read 10,000",
        "support_vectors": "support vectors",
        "error_percent": "error on new digits (%)",
    }
    figure, panels = plt.subplots(2, 2, figsize=(8.4, 5.4), sharex=True)
    sizes = np.asarray(table.index, dtype=float)
    far = np.array([sizes[0], total])
    looks = zip(panels.flat, names.items(), (BLUE, ORANGE, GREEN, RED), "os^D", strict=True)
    for axes, (column, title), colour, marker in looks:
        values = table[column].to_numpy()
        middle = np.exp(np.log(values).mean() - exponents[column] * np.log(sizes).mean())
        axes.plot(sizes, values, marker, color=colour)
        axes.plot(far, middle * far ** exponents[column], color=GREY, linestyle="--")
        if recorded:
            axes.plot(total, recorded[column], marker, color=colour, fillstyle="none", markersize=9)
        axes.set(xscale="log", yscale="log", title=f"{title}: n$^{{{exponents[column]:.1f}}}$")
        axes.set_xticks([*sizes[::2], total], [f"{n:,.0f}" for n in [*sizes[::2], total]])
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:,g}")
    figure.supxlabel("training digits (n)", size=10)
    record = ""
    if recorded:
        record = f"; hollow: recorded on another day, {recorded['fit_seconds']:,.0f} s to fit"
    found = (
        f"From {sizes[0]:,.0f} to {sizes[-1]:,.0f} digits the time to fit grows like n to the "
        f"{exponents['fit_seconds']:.1f}, the time to read like n to the "
        f"{exponents['predict_seconds']:.1f}; dashed: the straight line drawn on to {total:,}"
        f"{record}."
    )
    return Picture(figure, caption or found)


def score_map(scores: "pd.DataFrame", rounds: "pd.DataFrame", caption: str) -> Picture:
    """Draw a search over C and gamma as a map of accuracies.

    Parameters
    ----------
    scores : accuracy in per cent; a row per C, a column per gamma
    rounds : of the same shape: in which round a candidate was left behind, 0 for the first
    """
    figure, axes = plt.subplots(figsize=(6.6, 4.6))
    texts = scores.map("{:.1f}\nround ".format) + (rounds + 1).astype(str)
    floor = np.quantile(scores, 0.3)  # below it, differences do not matter
    shade = np.maximum(scores.to_numpy(), floor)
    heat_map(axes, shade, texts, vmin=floor, aspect="auto", origin="lower")
    axes.set(xticks=range(scores.shape[1]), xticklabels=[f"{g:g}" for g in scores.columns],
             yticks=range(scores.shape[0]), yticklabels=[f"{c:g}" for c in scores.index],
             xlabel="gamma", ylabel="C")  # fmt: skip
    return Picture(figure, caption)
