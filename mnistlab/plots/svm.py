"""Pictures of support vector machines: their margins, their cost and their settings."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import LogLocator

from .picture import BLUE, CARD, GREEN, GREY, INK, ORANGE, PURPLE, RED, SKY, Picture


def margins(models, X, y, caption=None) -> Picture:
    """Draw fitted machines in the plane: boundary, margin, and which points are support vectors.

    Parameters
    ----------
    models : dict of str to sklearn.svm.SVC
        Fitted on ``X`` and ``y``, by title.
    X : array of shape (n, 2)
        Where the points lie.
    y : array of shape (n,)
        Their labels, of two kinds.
    caption : str, optional
        One sentence; without it the support vectors are counted.

    Returns
    -------
    Picture
    """
    X, y = np.asarray(X), np.asarray(y)
    rows = -(-len(models) // 2)
    figure, panels = plt.subplots(
        rows, 2, figsize=(8.4, 3.9 * rows), sharex=True, sharey=True, squeeze=False
    )
    room = 0.08 * np.ptp(X, axis=0)
    (left, bottom), (right, top) = X.min(axis=0) - room, X.max(axis=0) + room
    across, up = np.meshgrid(np.linspace(left, right, 150), np.linspace(bottom, top, 150))
    for axes, (title, model) in zip(panels.flat, models.items(), strict=True):
        depth = model.decision_function(np.column_stack([across.ravel(), up.ravel()]))
        depth = depth.reshape(across.shape)
        zones = ["#D6E7F3", "#EEF4F8", "#FDF6E4", "#FAE5B8"]
        axes.contourf(across, up, depth, [-1e9, -1, 0, 1, 1e9], colors=zones)
        axes.contour(across, up, depth, [-1, 0, 1], colors=INK, linewidths=[1, 2.2, 1],
                     linestyles=["--", "-", "--"])  # fmt: skip
        chosen = np.isin(np.arange(len(X)), model.support_)
        for name, colour, marker in zip(model.classes_, (BLUE, "#A65F00"), "os", strict=True):
            look = {"marker": marker, "s": 20, "edgecolors": colour, "linewidth": 1}
            others = (y == name) & ~chosen
            axes.scatter(*X[others].T, facecolors="none", label=f"a {name}", **look)
            axes.scatter(*X[(y == name) & chosen].T, facecolors=colour, **look)
        axes.set_title(f"{title}: {chosen.sum()} support vectors", fontsize=10)
    for axes in panels[-1]:
        axes.set_xlabel("first principal component")
    for axes in panels[:, 0]:
        axes.set_ylabel("second principal component")
    panels.flat[0].legend(loc="lower left", fontsize=8, frameon=True, facecolor=CARD)
    counts = ", ".join(f"{len(model.support_)} ({title})" for title, model in models.items())
    return Picture(
        figure,
        caption
        or f"Support vectors (filled) of {len(X)} digits: {counts}; solid line: the "
        "boundary, dashed lines: the edges of the margin.",
    )


def growth(table, exponents, total, recorded=None, caption=None) -> Picture:
    """Draw on logarithmic axes how cost and error of a model grow with the training digits.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per number of digits (the index), with ``fit_seconds``, ``predict_seconds`` (for
        10,000 digits), ``support_vectors`` and ``error_percent``.
    exponents : dict of str to float
        The fitted exponent of each of these columns: the slope of a straight line here.
    total : int
        The lines are drawn on to this number of digits.
    recorded : dict of str to float, optional
        What was once measured with ``total`` digits, for each of the columns: a hollow mark.
    caption : str, optional
        One sentence; without it the exponents of the seconds are given.

    Returns
    -------
    Picture
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
    for axes in panels[1]:
        axes.set_xlabel("training digits (n)")
    record = ""
    if recorded:
        record = f"; hollow: recorded on another day, {recorded['fit_seconds']:,.0f} s to fit"
    return Picture(
        figure,
        caption
        or f"From {sizes[0]:,.0f} to {sizes[-1]:,.0f} digits the time to fit grows like n to the "
        f"{exponents['fit_seconds']:.1f}, the time to read like n to the "
        f"{exponents['predict_seconds']:.1f}; dashed: the straight line drawn on to {total:,}"
        f"{record}.",
    )


def score_map(scores, rounds, caption) -> Picture:
    """Draw a search over C and gamma as a map of right answers.

    Parameters
    ----------
    scores : pandas.DataFrame
        Right answers in per cent; a row per C, a column per gamma.
    rounds : pandas.DataFrame
        Of the same shape: in which round a candidate was left behind, 0 for the first.
    caption : str
        One sentence that names the best.

    Returns
    -------
    Picture
    """
    figure, axes = plt.subplots(figsize=(6.6, 4.6))
    shades = LinearSegmentedColormap.from_list("card", [CARD, SKY, BLUE])
    floor = np.quantile(scores, 0.3)  # below it, differences do not matter
    axes.imshow(np.maximum(scores, floor), cmap=shades, aspect="auto", origin="lower")
    for (i, j), score in np.ndenumerate(scores.to_numpy()):
        dark = score > floor + 0.6 * (scores.to_numpy().max() - floor)
        axes.text(j, i, f"{score:.1f}\nround {rounds.iloc[i, j] + 1}", ha="center", va="center",
                  fontsize=8, color=CARD if dark else INK, in_layout=False)  # fmt: skip
    axes.set(xticks=range(scores.shape[1]), xticklabels=[f"{g:g}" for g in scores.columns],
             yticks=range(scores.shape[0]), yticklabels=[f"{c:g}" for c in scores.index],
             xlabel="gamma", ylabel="C")  # fmt: skip
    axes.spines[:].set_visible(True)
    return Picture(figure, caption)


def error_against_cost(table, cost="fit_seconds", caption=None) -> Picture:
    """Draw the error of some models against what they cost, on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per model (the index), with ``error_percent``, ``low``, ``high`` (its interval) and
        the column that ``cost`` names.
    cost : {"fit_seconds", "predict_seconds", "megabytes"}
        What stands on the horizontal axis.
    caption : str, optional
        One sentence; without it the best and the cheapest are named.

    Returns
    -------
    Picture
    """
    names = {
        "fit_seconds": "seconds to fit",
        "predict_seconds": "seconds to read 10,000 digits",
        "megabytes": "megabytes",
    }
    figure, axes = plt.subplots(figsize=(8.4, 4.8))
    markers = "osD^vpX*<>hd"
    for i, (name, row) in enumerate(table.iterrows()):
        bars = [[row.error_percent - row.low], [row.high - row.error_percent]]
        colour = [BLUE, ORANGE, GREEN, RED, PURPLE, INK][i % 6]
        axes.errorbar(row[cost], row.error_percent, yerr=bars, fmt=markers[i % 12], color=colour,
                      markersize=8, elinewidth=1.2, label=name)  # fmt: skip
    ticks = [0.5, 1, 2, 5, 10, 20]
    axes.set(xscale="log", yscale="log", xlabel=f"{names[cost]} (logarithmic)",
             ylabel="error on the test digits (%, logarithmic)")  # fmt: skip
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylim(0.8 * table.low.min(), 1.3 * table.high.max())
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    best, cheapest = table.error_percent.idxmin(), table[cost].idxmin()
    return Picture(
        figure,
        caption
        or f"Lowest error: {best}, {table.error_percent[best]:.1f} %; fewest {names[cost]}: "
        f"{cheapest}; the bars are 95 % intervals.",
    )
