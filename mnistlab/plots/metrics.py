"""Pictures of how right a model is, how wrong, and at what cost."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .axes import label_directly, label_lines, plain_ticks, whiskers, wilson
from .picture import BLUE, CARD, GREEN, GREY, INK, ORANGE, PAPER, PURPLE, RED, SKY, Picture, shades

# What one cell of a confusion matrix says.
SHARES = {
    None: "number of digits",
    "true": "share of its row (%): what is this digit called?",
    "pred": "share of its column (%): what gets called this?",
}
QUADRANTS = [["TN", "FP"], ["FN", "TP"]]  # by truth, then by answer


def confusion(
    matrix: ArrayLike, labels: Sequence, normalize: Literal["true", "pred", "both"] | None = None
) -> Picture:
    """Draw a confusion matrix with its numbers; for two classes TN, FP, FN and TP are named.

    `matrix` is (n, n), int: rows are the truth, columns the predictions, as in scikit-learn;
    `labels` are the n classes, in its order. `normalize` asks for per cent of the row ("true"), of
    the column ("pred"), or both, side by side; without it there are counts.
    """
    matrix, labels = np.asarray(matrix), [str(label) for label in labels]
    shares = ["true", "pred"] if normalize == "both" else [normalize]
    size = (10, 5.2) if len(shares) == 2 else (4.6, 3.6) if len(labels) == 2 else (6.2, 5.4)
    figure, (panels,) = plt.subplots(1, len(shares), figsize=size, squeeze=False)
    said = [_matrix(axes, matrix, labels, of) for axes, of in zip(panels, shares, strict=True)]
    return Picture(figure, " ".join(said))


def _matrix(axes: Axes, matrix: np.ndarray, labels: list[str], normalize: str | None) -> str:
    """Draw a confusion matrix, and say what is to be seen in it."""
    two, shown, form = len(labels) == 2, matrix, ","
    if normalize:
        total = matrix.sum(axis=1 if normalize == "true" else 0, keepdims=True)
        shown, form = 100 * matrix / np.maximum(total, 1), ".1f"
    shade = np.sqrt(shown)  # beside the diagonal mistakes are rare: the root lets them be seen
    axes.imshow(shade, cmap=shades(PAPER, SKY, BLUE), vmin=0)
    for (row, column), value in np.ndenumerate(shown):
        text = f"{value:{form}}"
        if two:
            text = f"{QUADRANTS[row][column]}\n{text}"
        colour = PAPER if shade[row, column] > 0.4 * shade.max() else INK
        axes.text(column, row, text, ha="center", va="center", fontsize=14 if two else 8,
                  color=colour, in_layout=False)  # fmt: skip
    axes.spines[:].set_visible(True)
    axes.set(xticks=range(len(labels)), xticklabels=labels, xlabel="prediction (columns)",
             yticks=range(len(labels)), yticklabels=labels, ylabel="truth (rows)")  # fmt: skip
    axes.set_title("" if two else SHARES[normalize], fontsize=9)
    right = f"{np.trace(matrix):,} of {matrix.sum():,}"
    if two:
        false = f"{matrix[0, 1]:,} false positives, {matrix[1, 0]:,} false negatives"
        return f"{right} answers are right; {false}."
    mistakes = np.where(np.eye(len(labels)), 0, shown)
    row, column = np.unravel_index(mistakes.argmax(), shown.shape)
    truth, answer, most = labels[row], labels[column], mistakes.max()
    return {
        None: f"{right} digits lie on the diagonal, where truth and prediction agree.",
        "true": f"Each row is 100 %. The largest share off the diagonal: {most:.1f} % of the "
        f"{truth}s are called {answer}.",
        "pred": f"Each column is 100 %. The largest share off the diagonal: of what is called "
        f"{answer}, {most:.1f} % is really {truth}.",
    }[normalize]


def _readable(score: float) -> str:
    """Write a score without more digits than anybody wants to read."""
    return f"{score:,.0f}" if abs(score) >= 100 else f"{score:.3g}"


def score_histograms(scores: ArrayLike, y_true: ArrayLike, threshold: float = 0) -> Picture:
    """Draw the scores of both classes, cut at a threshold: a confusion matrix made of area.

    Above the line the digits whose truth is "no", below it those whose truth is "yes" (each with
    its own scale); left of the cut those called "no", right of it those called "yes": TN, FP, FN
    and TP stand where they stand in the matrix. `scores` (n,) are any real numbers, `y_true` (n,)
    is the truth, bool; scores at or above `threshold` are called "yes", a 5.
    """
    scores, y_true = np.asarray(scores), np.asarray(y_true, bool)
    called_yes = scores >= threshold
    width = np.ptp(scores) / 96
    # The threshold is an edge, so that no bar stands on both sides of the cut.
    first, last = np.floor((scores.min() - threshold) / width), np.ceil(np.ptp(scores) / width) + 1
    edges = threshold + width * (first + np.arange(last + 1))
    figure, panels = plt.subplots(2, 1, figsize=(8, 4.4), sharex=True)
    for axes, truth, colour in zip(panels, (False, True), (BLUE, ORANGE), strict=True):
        for answer, x, align in ((False, 0.01, "left"), (True, 0.99, "right")):
            wrong = answer != truth
            look = {"hatch": "////", "edgecolor": INK} if wrong else {"alpha": 0.5}
            these = scores[(y_true == truth) & (called_yes == answer)]
            counts, _ = np.histogram(these, edges)
            axes.stairs(counts, edges, fill=True, facecolor=colour, linewidth=0, **look)
            said = f"{QUADRANTS[truth][answer]} {len(these):,}"
            axes.text(x, 0.5, said, transform=axes.transAxes, ha=align, fontsize=12,
                      weight="bold" if wrong else "normal")  # fmt: skip
        axes.axvline(threshold, color=INK, linewidth=2)
        axes.set(ylabel=f"truth: {'' if truth else 'not '}5\n(digits)")
    panels[1].invert_yaxis()
    panels[1].set_xlabel("score (left of the line: called not 5; right of it: called 5)")
    alarms = f"raises {(called_yes & ~y_true).sum():,} false alarms"
    missed = f"misses {(y_true & ~called_yes).sum():,} of {y_true.sum():,} digits that are a 5"
    cut = f"Cut at {_readable(threshold)}, the detector"
    return Picture(figure, f"{cut} {alarms} and {missed} (hatched).")


def precision_recall_threshold(
    scores: ArrayLike, y_true: ArrayLike, threshold: float = 0
) -> Picture:
    """Draw precision and recall against the threshold, with one threshold marked.

    `scores` are any real numbers, `y_true` is the truth (bool); both of shape (n,).
    """
    from sklearn.metrics import precision_recall_curve  # slow to import

    precisions, recalls, thresholds = precision_recall_curve(y_true, scores)
    at = min(np.searchsorted(thresholds, threshold), len(thresholds) - 1)
    figure, axes = plt.subplots(figsize=(8, 3.8))
    axes.plot(thresholds, precisions[:-1], label="precision")
    axes.plot(thresholds, recalls[:-1], label="recall")
    axes.axvline(threshold, color=INK, linewidth=1)
    axes.plot([threshold], [precisions[at]], "o", color=BLUE)
    axes.plot([threshold], [recalls[at]], "s", color=ORANGE)
    # The far tail is long and almost empty.
    axes.set(xlim=np.quantile(thresholds, [0.05, 1]), ylim=(0, 1.03), xlabel="threshold (score)",
             ylabel="precision, recall")  # fmt: skip
    label_lines(axes)
    here = f"precision is {precisions[at]:.3f} and recall {recalls[at]:.3f}"
    right = "to the right recall only falls, while precision rises and wobbles"
    return Picture(figure, f"At the threshold {_readable(threshold)} {here}; {right}.")


def pr_curve(detectors: Mapping[str, ArrayLike], y_true: ArrayLike) -> Picture:
    """Draw the precision-recall curves of some detectors, and what guessing gives.

    `detectors` are scores (n,) by the detector's name, `y_true` (n,) is the truth, bool.
    """
    from sklearn.metrics import PrecisionRecallDisplay  # slow to import

    share = np.mean(y_true)
    figure, axes = _unit_square([share, share], "a coin")
    found = _curves(axes, PrecisionRecallDisplay, "average_precision", detectors, y_true)
    _finish(axes, "recall (share of the true ones found)",
            "precision (share of the alarms that are true)")  # fmt: skip
    return Picture(figure, f"Average precision: {found}; a coin gets {share:.3f}.")


def roc_curve(detectors: Mapping[str, ArrayLike], y_true: ArrayLike) -> Picture:
    """Draw the ROC curves of some detectors (as for `pr_curve`), and what guessing gives."""
    from sklearn.metrics import RocCurveDisplay  # slow to import

    figure, axes = _unit_square([0, 1], "a coin")
    found = _curves(axes, RocCurveDisplay, "roc_auc", detectors, y_true)
    _finish(axes, "false-positive rate (share of the others that raise an alarm)",
            "recall (share of the true ones found)")  # fmt: skip
    return Picture(figure, f"Area under the curve: {found}; a coin gets 0.500.")


def calibration(detectors: Mapping[str, ArrayLike], y_true: ArrayLike) -> Picture:
    """Draw how often digits are what a probability says: on the diagonal it keeps its word.

    The bars are 95 % Wilson intervals: few digits in a bin, long bar. The detectors' probabilities,
    0 to 1, and the truth ("yes" is a 5) are as for `pr_curve`.
    """
    from sklearn.calibration import CalibrationDisplay  # slow to import

    figure, axes = _unit_square([0, 1], "keeps its word")
    worst = []
    for detector, probabilities in detectors.items():
        drawn = CalibrationDisplay.from_predictions(y_true, probabilities, n_bins=10, ax=axes,
                                                    ref_line=False)  # fmt: skip
        said, true = drawn.prob_pred, drawn.prob_true
        # Its bins are closed on the right, and it leaves empty ones out.
        bins = np.searchsorted(np.linspace(0, 1, 11)[1:-1], probabilities)
        _, counts = np.unique(bins, return_counts=True)
        low, high = np.transpose([*map(wilson, np.round(true * counts), counts)])
        drawn.line_.set(label=detector, marker="os^v"[len(worst) % 4], linewidth=2)
        axes.vlines(said, low, high, colors=drawn.line_.get_color(), linewidth=1)
        at = np.abs(true - said).argmax()
        worst.append(f"where {detector} says {100 * said[at]:.0f} %, it is {100 * true[at]:.0f} %")
    _finish(axes, "what is said: “a 5, with probability …”", "what is true: share that is a 5")
    return Picture(figure, f"Farthest from the diagonal: {'; '.join(worst)}.")


def _unit_square(reference: list[float], name: str) -> tuple[plt.Figure, Axes]:
    """Return axes from 0 to 1 with a dotted line to compare with."""
    figure, axes = plt.subplots(figsize=(5.4, 4.4))
    axes.plot([0, 1], reference, color=GREY, linewidth=1, linestyle=":", label=name)
    return figure, axes


def _curves(
    axes: Axes, display: type, area: str, detectors: Mapping[str, ArrayLike], y_true: ArrayLike
) -> str:
    """Draw each detector's curve with a Display of scikit-learn; return the areas below them."""
    found = []
    for name, scores in detectors.items():
        drawn = display.from_predictions(y_true, scores, ax=axes)
        drawn.line_.set(label=name, linewidth=2)
        found.append(f"{name} {getattr(drawn, area):.3f}")
    return ", ".join(found)


def _finish(axes: Axes, xlabel: str, ylabel: str) -> None:
    """Name the axes, and the lines beside them, where a Display of scikit-learn puts a legend."""
    axes.get_legend().remove()
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=xlabel, ylabel=ylabel)
    label_lines(axes)


def accuracy_bars(table: Any, caption: str) -> Picture:
    """Draw the accuracies (0-1) of a DataFrame with one column: a bar for each row."""
    rows, look = range(len(table)), {"color": BLUE, "edgecolor": CARD}
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.38 * len(table)))
    bars = axes.barh(rows, table.squeeze(axis=1), tick_label=table.index, **look)
    axes.bar_label(bars, fmt="{:.0%}", padding=3, fontsize=8)
    axes.set(xlim=(0, 1.08), xlabel="accuracy", ylim=(len(table) - 0.5, -0.5))
    axes.xaxis.set_major_formatter("{x:.0%}")
    return Picture(figure, caption)


def error_against_cost(right: Mapping[str, ArrayLike], cost: Sequence[float], of: str) -> Picture:
    """Draw the error rates of some models against what they cost, on logarithmic axes.

    `right` says for each model, by name, which answers are right: bool (n,); `cost` is a positive
    number for each, in the same order, `of` what it counts: "megabytes".
    """
    costs = dict(zip(right, cost, strict=True))
    rates = {name: 100 - 100 * np.mean(answers) for name, answers in right.items()}
    colours = cycle([BLUE, ORANGE, GREEN, RED, PURPLE, INK])
    looks = cycle(zip("osD^vpX*<>hd", colours, strict=False))
    figure, axes = plt.subplots(figsize=(8.4, 4.8))
    places = {}
    for (name, answers), (marker, colour) in zip(right.items(), looks, strict=False):
        low, high = (100 * end for end in wilson(len(answers) - np.sum(answers), len(answers)))
        axes.errorbar(costs[name], rates[name], whiskers(rates[name], low, high), fmt=marker,
                      color=colour, label=name, capsize=3, elinewidth=1.2)  # fmt: skip
        places[name] = [(costs[name], rate) for rate in (rates[name], high, low)]
    axes.margins(x=0.1)
    _, heights = np.concatenate([*places.values()]).T
    axes.set(xscale="log", yscale="log", xlabel=of, ylabel="error rate (%)",
             ylim=(0.8 * heights.min(), 1.3 * heights.max()))  # fmt: skip
    plain_ticks(axes.xaxis, [0.01, 0.1, 1, 10, 100, 1000])
    plain_ticks(axes.yaxis, [0.5, 1, 2, 5, 10, 20, 50, 100])
    label_directly(axes, places)
    lowest, fewest = min(rates.values()), min(costs, key=costs.get)
    best = ", ".join(name for name in rates if rates[name] == lowest)
    found = f"Lowest error rate: {best}, {lowest:.2f} %; fewest {of}: {fewest}"
    return Picture(figure, f"{found}; the bars are 95 % intervals.")
