"""Pictures of how right a model is, and how wrong."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from .picture import BLUE, CARD, GREY, INK, ORANGE, SKY, Picture

# What to draw of a confusion matrix, and what one cell then says.
SHARES = {
    None: "number of digits",
    "true": "share of its row (%): of the digits that are this, how many are called that",
    "pred": "share of its column (%): of the digits called this, how many are that",
    "errors": "number of mistakes (the diagonal is left out)",
}


def confusion(matrix, labels, caption=None, normalize=None) -> Picture:
    """Draw a confusion matrix with its numbers; for two classes TN, FP, FN and TP are named.

    Parameters
    ----------
    matrix : array of shape (n, n), int
        Rows are the truth, columns the predictions, as scikit-learn's ``confusion_matrix`` has it.
    labels : sequence of n
        The classes, in the matrix's order.
    caption : str, optional
        One sentence; without it the right answers, or the commonest mistake, are given.
    normalize : {None, "true", "pred", "errors"}
        Counts; per cent of the row; per cent of the column; counts without the diagonal.

    Returns
    -------
    Picture
    """
    matrix, labels = np.asarray(matrix), [str(label) for label in labels]
    two = len(labels) == 2
    mistakes = np.where(np.eye(len(labels), dtype=bool), 0, matrix)
    totals = {"true": matrix.sum(1, keepdims=True), "pred": matrix.sum(0, keepdims=True)}
    shown = mistakes if normalize == "errors" else matrix
    if normalize in totals:
        shown = 100 * matrix / np.maximum(totals[normalize], 1)
    figure, axes = plt.subplots(figsize=(4.6, 3.6) if two else (6.6, 6))
    shades = LinearSegmentedColormap.from_list("card", [CARD, SKY, BLUE])
    # Beside the diagonal mistakes are rare: a square root lets them be seen.
    shade = shown if normalize == "errors" else np.sqrt(shown)
    axes.imshow(shade, cmap=shades, vmin=0)
    for (row, column), value in np.ndenumerate(shown):
        text = f"{value:.1f}" if normalize in totals else f"{value:,}"
        if normalize == "errors" and row == column:
            text = "–"
        if two:
            text = f"{[['TN', 'FP'], ['FN', 'TP']][row][column]}\n{text}"
        dark = shade[row, column] > 0.7 * shade.max()
        axes.text(column, row, text, ha="center", va="center", color=CARD if dark else INK,
                  fontsize=14 if two else 8, in_layout=False)  # fmt: skip
    axes.set(xticks=range(len(labels)), xticklabels=labels, xlabel="prediction (columns)",
             yticks=range(len(labels)), yticklabels=labels, ylabel="truth (rows)")  # fmt: skip
    axes.set_title(SHARES[normalize] if not two else "", fontsize=9)
    axes.spines[:].set_visible(True)
    if two:
        (tn, fp), (fn, tp) = matrix
        found = f"{tn + tp:,} of {matrix.sum():,} answers are right; {fp:,} false positives, "
        found += f"{fn:,} false negatives."
    else:
        off_diagonal = np.where(np.eye(len(labels), dtype=bool), 0, shown)
        row, column = np.unravel_index(off_diagonal.argmax(), shown.shape)
        truth, answer, most = labels[row], labels[column], off_diagonal.max()
        found = {
            None: f"{np.trace(matrix):,} of {matrix.sum():,} digits lie on the diagonal, where "
            "truth and prediction agree.",
            "true": f"Each row is 100 %. The largest share off the diagonal: {most:.1f} % of the "
            f"{truth}s are called {answer}.",
            "pred": f"Each column is 100 %. The largest share off the diagonal: of what is called "
            f"{answer}, {most:.1f} % is really {truth}.",
            "errors": f"{mistakes.sum():,} mistakes; the commonest, {most:,} times: a {truth} "
            f"called {answer}.",
        }[normalize]
    return Picture(figure, caption or found)


def _readable(score: float) -> str:
    """Write a score without more digits than anybody wants to read."""
    return f"{score:,.0f}" if abs(score) >= 100 else f"{score:.3g}"


def score_histograms(scores, y_true, threshold=0, name="5", caption=None) -> Picture:
    """Draw the scores of both classes, cut at a threshold: a confusion matrix made of area.

    Above the line the digits whose truth is "no", below it those whose truth is "yes" (each with
    its own scale); left of the cut those called "no", right of it those called "yes". So TN, FP, FN
    and TP stand where they stand in the matrix. The threshold explorer shows the same picture.

    Parameters
    ----------
    scores, y_true : array of shape (n,)
        Any real scores, and the truth (bool).
    threshold : float
        Scores at or above it are called "yes".
    name : str
        What "yes" stands for.
    caption : str, optional
        One sentence; without it mistakes of both kinds are counted.

    Returns
    -------
    Picture
    """
    scores, y_true = np.asarray(scores), np.asarray(y_true, bool)
    width = np.ptp(scores) / 96
    # The threshold is an edge, so that no bar stands on both sides of the cut.
    first, last = np.floor((scores.min() - threshold) / width), np.ceil(np.ptp(scores) / width) + 1
    edges = threshold + width * (first + np.arange(last + 1))
    figure, panels = plt.subplots(2, 1, figsize=(8, 4.4), sharex=True)
    for axes, truth, colour in zip(panels, (False, True), (BLUE, ORANGE), strict=True):
        counts, _ = np.histogram(scores[y_true == truth], edges)
        called_yes = edges[:-1] >= threshold - width / 2
        for answer, x, align in ((False, 0.01, "left"), (True, 0.99, "right")):
            wrong = answer != truth
            look = {"hatch": "////", "edgecolor": INK} if wrong else {"alpha": 0.4}
            bars = np.where(called_yes == answer, counts, 0)
            axes.stairs(bars, edges, fill=True, facecolor=colour, linewidth=0, **look)
            number = np.count_nonzero((y_true == truth) & ((scores >= threshold) == answer))
            text = f"{[['TN', 'FP'], ['FN', 'TP']][truth][answer]} {number:,}"
            axes.text(x, 0.5, text, transform=axes.transAxes, ha=align, fontsize=12,
                      weight="bold" if wrong else "normal")  # fmt: skip
        axes.axvline(threshold, color=INK, linewidth=2)
        axes.set(ylabel=f"truth: {'' if truth else 'not '}{name}\n(digits)")
    panels[1].invert_yaxis()
    panels[1].set_xlabel(f"score (left of the line: called not {name}; right of it: called {name})")
    false_alarms = np.count_nonzero(~y_true & (scores >= threshold))
    misses = np.count_nonzero(y_true & (scores < threshold))
    return Picture(
        figure,
        caption
        or f"Cut at {_readable(threshold)}, the detector raises {false_alarms:,} false alarms and "
        f"misses {misses:,} of {y_true.sum():,} digits that are a {name} (hatched).",
    )


def precision_recall_threshold(scores, y_true, threshold=0, caption=None) -> Picture:
    """Draw precision and recall against the threshold, with one threshold marked.

    Parameters
    ----------
    scores, y_true : array of shape (n,)
        Any real scores, and the truth (bool).
    threshold : float
        The one to mark.
    caption : str, optional
        One sentence; without it precision and recall at the mark are given.

    Returns
    -------
    Picture
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
    axes.legend(loc="center left")
    return Picture(
        figure,
        caption
        or f"At the threshold {_readable(threshold)} precision is {precisions[at]:.3f} and recall "
        f"{recalls[at]:.3f}; to the right recall only falls, while precision rises and wobbles.",
    )


def pr_curve(detectors, y_true, caption=None) -> Picture:
    """Draw the precision-recall curves of some detectors, and what guessing gives.

    Parameters
    ----------
    detectors : dict of str to array of shape (n,)
        Scores by the detector's name.
    y_true : array of shape (n,), bool
        The truth.
    caption : str, optional
        One sentence; without it the average precisions are given.

    Returns
    -------
    Picture
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = plt.subplots(figsize=(5.4, 4.4))
    for name, scores in detectors.items():
        precisions, recalls, _ = precision_recall_curve(y_true, scores)
        axes.plot(recalls, precisions, label=name, linewidth=2)
    share = np.mean(y_true)
    axes.axhline(share, color=GREY, linewidth=1, linestyle=":")
    axes.text(0.02, share + 0.01, "a coin", color=GREY, fontsize=9)
    axes.set(xlabel="recall (share of the true ones found)", ylim=(0, 1.03),
             ylabel="precision (share of the alarms that are true)")  # fmt: skip
    axes.legend(loc="lower center")
    found = {name: average_precision_score(y_true, s) for name, s in detectors.items()}
    listed = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
    return Picture(figure, caption or f"Average precision: {listed}; a coin gets {share:.3f}.")


def roc_curve(detectors, y_true, caption=None) -> Picture:
    """Draw the ROC curves of some detectors, and what guessing gives.

    Parameters
    ----------
    detectors : dict of str to array of shape (n,)
        Scores by the detector's name.
    y_true : array of shape (n,), bool
        The truth.
    caption : str, optional
        One sentence; without it the areas under the curves are given.

    Returns
    -------
    Picture
    """
    from sklearn import metrics

    figure, axes = plt.subplots(figsize=(5.4, 4.4))
    for name, scores in detectors.items():
        fallouts, recalls, _ = metrics.roc_curve(y_true, scores)
        axes.plot(fallouts, recalls, label=name, linewidth=2)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    axes.text(0.6, 0.55, "a coin", color=GREY, fontsize=9)
    axes.set(xlabel="false-positive rate (share of the others that raise an alarm)",
             ylabel="recall (share of the true ones found)")  # fmt: skip
    axes.legend(loc="lower right")
    areas = {name: metrics.roc_auc_score(y_true, s) for name, s in detectors.items()}
    listed = ", ".join(f"{name} {value:.3f}" for name, value in areas.items())
    return Picture(figure, caption or f"Area under the curve: {listed}; a coin gets 0.500.")


def calibration(detectors, y_true, name="5", caption=None) -> Picture:
    """Draw how often digits are what a probability says: on the diagonal it keeps its word.

    The bars are 95 % intervals: few digits in a bin, long bar.

    Parameters
    ----------
    detectors : dict of str to array of shape (n,)
        Probabilities, 0 to 1, by the detector's name.
    y_true : array of shape (n,), bool
        The truth.
    name : str
        What "yes" stands for.
    caption : str, optional
        One sentence; without it the bin of each detector that is farthest off is named.

    Returns
    -------
    Picture
    """
    from sklearn.calibration import calibration_curve

    figure, axes = plt.subplots(figsize=(5.4, 4.4))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    worst = []
    for (detector, probabilities), marker in zip(detectors.items(), "os^v", strict=False):
        true, said = calibration_curve(y_true, probabilities, n_bins=10)
        counts = np.histogram(probabilities, np.linspace(0, 1, 11))[0]
        counts = counts[counts > 0]  # calibration_curve leaves empty bins out
        bars = 1.96 * np.sqrt(true * (1 - true) / counts)
        axes.errorbar(said, true, bars, marker=marker, label=detector, linewidth=2, elinewidth=1)
        at = np.abs(true - said).argmax()
        worst.append(f"where {detector} says {100 * said[at]:.0f} %, it is {100 * true[at]:.0f} %")
    axes.set(xlabel=f"what is said: “a {name}, with probability …”",
             ylabel=f"what is true: share that is a {name}", ylim=(-0.03, 1.03))  # fmt: skip
    axes.legend(loc="upper left")
    return Picture(figure, caption or f"Farthest from the diagonal: {'; '.join(worst)}.")


def accuracy_bars(table, caption) -> Picture:
    """Draw accuracies as horizontal bars, one group for each row of a table.

    Parameters
    ----------
    table : pandas.DataFrame
        Accuracies from 0 to 1; a row for each circumstance, a column for each model (at most
        three).
    caption : str
        One sentence.

    Returns
    -------
    Picture
    """
    rows = np.arange(len(table))
    figure, axes = plt.subplots(figsize=(8, 0.9 + len(table) * (0.16 + 0.22 * table.shape[1])))
    thick = 0.8 / table.shape[1]
    looks = zip((GREY, BLUE, ORANGE), ("", "//", ".."), strict=True)
    for i, (name, (colour, hatch)) in enumerate(zip(table.columns, looks, strict=False)):
        colour = BLUE if table.shape[1] == 1 else colour
        bars = axes.barh(rows + (i + 0.5) * thick - 0.4, table[name], thick, color=colour,
                         hatch=hatch, edgecolor=CARD, label=name)  # fmt: skip
        axes.bar_label(bars, [f"{share:.0%}" for share in table[name]], padding=3, fontsize=8)
    axes.set(xlim=(0, 1.08), xlabel="share read right", ylim=(len(table) - 0.5, -0.5))
    axes.set_yticks(rows, table.index)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.set_xticks(np.linspace(0, 1, 6))
    if table.shape[1] > 1:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    return Picture(figure, caption)
