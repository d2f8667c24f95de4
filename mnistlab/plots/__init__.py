"""Every picture the course draws more than once.

A function here draws one figure and returns it as a `Picture`: the figure and one sentence that
says what it shows. The sentence is computed from the data, stands below the figure and is its alt
text.
"""

import io
from importlib.resources import files
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from PIL import Image

if TYPE_CHECKING:
    import pandas as pd

# Okabe and Ito's colour-blind-safe palette ("Color Universal Design", 2008). Colour never stands
# alone: wherever it carries a meaning, shape, hatching or words carry it too.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9",
)  # fmt: skip
GREY, INK, CARD = "#6E6E6E", "#222222", "#FAFAF7"

# A light card behind every figure: black text on it reads on light and on dark pages alike.
STYLE = {
    "figure.facecolor": CARD,
    "axes.facecolor": CARD,
    "savefig.facecolor": CARD,
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # shipped with Matplotlib: the same on every machine
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "image.cmap": "gray_r",  # ink is dark, paper is light, as on paper
    "axes.prop_cycle": plt.cycler(
        color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY],
        linestyle=["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1))],
    ),
}
plt.rcParams.update(STYLE)


class Picture:
    """A figure with its caption, shown in Jupyter as an image with alt text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The finished figure. It is taken out of pyplot's list, so that it is shown only once.
    caption : str
        One sentence that says what the figure shows, with its number.
    """

    def __init__(self, figure: Figure, caption: str):
        self.figure = figure
        self.caption = caption
        plt.close(figure)

    def __repr__(self) -> str:
        return f"Picture: {self.caption}"

    def png(self) -> bytes:
        """Return the figure as a PNG of at most 256 colours, a third of the usual size.

        Returns
        -------
        bytes
            The file's content.
        """
        full, small = io.BytesIO(), io.BytesIO()
        self.figure.savefig(full, format="png")
        image = Image.open(full).convert("RGB")
        palette = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        palette.save(small, format="png", optimize=True)
        return small.getvalue()

    def _ipython_display_(self) -> None:
        # nbval skips the PNG and compares the text: the caption's numbers are checked on every run.
        bundle = {"image/png": self.png(), "text/plain": repr(self)}
        metadata = {"image/png": {"alt": self.caption}, "alt": self.caption}
        display(bundle, metadata=metadata, raw=True)
        display({"text/markdown": f"*{self.caption}*", "text/plain": self.caption}, raw=True)


# --- Digits -------------------------------------------------------------------------------------


def gallery(images, titles=None, columns=10, caption=None, wrong=None) -> Picture:
    """Draw small images side by side, row after row.

    Parameters
    ----------
    images : array of shape (n, rows, columns)
        Grey images, 0 = paper. All share one grey scale, from 0 to the largest value.
    titles : sequence of n values, optional
        What stands above each image.
    columns : int
        Images in a row.
    caption : str, optional
        One sentence; without it the number of images is given.
    wrong : sequence of n bools, optional
        Images to mark with a frame and a cross, e.g. misread digits.

    Returns
    -------
    Picture
    """
    images = np.asarray(images)
    count, height, width = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    titles = None if titles is None else [str(title) for title in titles]
    lines = max(title.count("\n") + 1 for title in titles) if titles else 0
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
        marked = wrong is not None and wrong[i]
        frame = {"edgecolor": RED, "linewidth": 2} if marked else {"edgecolor": "#D0D0D0"}
        axes.add_patch(plt.Rectangle((x, y), width, height, fill=False, **frame))
        if titles:
            look = {"color": RED, "weight": "bold"} if marked else {}
            text = f"✗ {titles[i]}" if marked else titles[i]
            where = {"ha": "center", "va": "bottom", "fontsize": fontsize, "in_layout": False}
            axes.text(x + width / 2, y - gap / 5, text, **where, **look)
    axes.set(xlim=(-gap / 2, columns * step_x - gap / 2), ylim=(rows * step_y - gap / 2, -gap / 2))
    axes.set_axis_off()
    return Picture(figure, caption or f"{count:,} images of {height} × {width} pixels.")


def digit_matrix(image, caption=None) -> Picture:
    """Draw an image with the value of every pixel written on it.

    Parameters
    ----------
    image : array of shape (rows, columns), uint8
        One digit, 0 = paper, 255 = ink.
    caption : str, optional
        One sentence; without it the number of inked pixels is given.

    Returns
    -------
    Picture
    """
    image = np.asarray(image)
    height, width = image.shape
    figure, axes = plt.subplots(figsize=(8, 8 * height / width))
    axes.imshow(image, vmin=0, vmax=255)
    style = {"ha": "center", "va": "center", "fontsize": 5.5, "in_layout": False}
    for row, column in np.ndindex(height, width):
        value = int(image[row, column])
        colour = "white" if value > 127 else INK if value else "#B0B0B0"
        axes.text(column, row, value, color=colour, **style)
    axes.set(xlabel="column", ylabel="row", xticks=range(0, width, 3), yticks=range(0, height, 3))
    inked = np.count_nonzero(image)
    return Picture(
        figure,
        caption
        or f"{inked} of the {image.size} pixels hold ink (values 1 to {image.max()}); "
        f"the other {image.size - inked} are 0.",
    )


def label_counts(y_train, y_test, caption=None) -> Picture:
    """Draw how often each digit occurs in the training and in the test set.

    Parameters
    ----------
    y_train, y_test : array of shape (n,), int
        Labels 0-9.
    caption : str, optional
        One sentence; without it the commonest and the rarest training digit are named.

    Returns
    -------
    Picture
    """
    figure, axes = plt.subplots(figsize=(8, 3.6))
    parts = [(y_train, "training", BLUE, "", -0.2), (y_test, "test", ORANGE, "//", 0.2)]
    for labels, name, colour, hatch, shift in parts:
        counts = np.bincount(labels, minlength=10)
        bars = axes.bar(np.arange(10) + shift, 100 * counts / len(labels), width=0.38, color=colour,
                        hatch=hatch, edgecolor=CARD, label=f"{name} ({len(labels):,})")  # fmt: skip
        written = [f"{count:,}" for count in counts]
        card = {"facecolor": CARD, "edgecolor": "none", "pad": 0.5}  # hides the line behind
        axes.bar_label(bars, written, fontsize=6.5, padding=2, bbox=card)
    axes.axhline(10, color=GREY, linewidth=1, linestyle=":", zorder=0)
    axes.set(xticks=range(10), xlabel="digit", ylabel="share of the set (%)", ylim=(0, 13.5))
    axes.legend(loc="upper right", ncols=2)
    counts = np.bincount(y_train, minlength=10)
    most, least = (f"{i} ({counts[i]:,}, {100 * counts[i] / len(y_train):.1f} %)"
                   for i in (counts.argmax(), counts.argmin()))  # fmt: skip
    found = f"The commonest training digit is {most}, the rarest {least}."
    if counts.min() == counts.max():
        found = f"Each digit occurs equally often, {counts[0]:,} times in the training set."
    return Picture(figure, caption or found)


# Each family's colour and marker in the timeline, in the order of the legend.
FAMILIES = {
    "linear or quadratic": (GREY, "s"),
    "nearest neighbours": (ORANGE, "D"),
    "support vectors": (GREEN, "^"),
    "boosting": (INK, "v"),
    "multilayer perceptron": (BLUE, "o"),
    "convolutional network": (PURPLE, "p"),
    "committee": (RED, "*"),
}
# Error in per cent of people who read single digits: from the estimate that is quoted for NIST's
# digits (LeCun et al. 1995) to the rate measured on postal digits (Bromley and Säckinger 1991).
HUMAN_ERROR = (0.2, 2.5)
TEST_DIGITS = 10_000


def published_error_rates() -> "pd.DataFrame":
    """Read the published error rates on MNIST's test set.

    Returns
    -------
    pandas.DataFrame
        A row per result, by year and then from worst to best: ``year``, ``label`` (a short name,
        empty for results the figure does not name), ``side`` (of
        the point, for that name), ``method``, ``family``, ``error_percent``,
        ``reference``, ``title``, ``url``, and ``low``, ``high``: the 95 % Wilson interval of the
        error rate, in per cent, for 10,000 test digits.
    """
    import pandas as pd  # slow to import

    with files("mnistlab").joinpath("timeline.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, keep_default_na=False)
    table = table.sort_values(["year", "error_percent"], ascending=[True, False], ignore_index=True)
    intervals = [_interval(error) for error in table.error_percent]
    return table.assign(low=[low for low, _ in intervals], high=[high for _, high in intervals])


def timeline(extra=()) -> Picture:
    """Draw the published error rates on MNIST's test set over the years, and your own beside them.

    Parameters
    ----------
    extra : sequence of (label, year, error_percent), optional
        Results to add, e.g. ``[("my network", 2026, 1.7)]``; the error in per cent of the 10,000
        test digits.

    Returns
    -------
    Picture
        Every bar is the 95 % Wilson interval for 10,000 test digits.
    """
    table = published_error_rates()
    figure, axes = plt.subplots(figsize=(9, 5.6))
    axes.axhspan(*HUMAN_ERROR, color="#E4E0D2", zorder=0)
    axes.text(2014, 1.95, "what is quoted for people", fontsize=8, color=GREY, style="italic")

    # Results of one year stand side by side, worst first.
    place = table.groupby("year").cumcount()
    x = table.year + 0.16 * place
    for family, (colour, marker) in FAMILIES.items():
        rows = table[table.family == family]
        bars = [rows.error_percent - rows.low, rows.high - rows.error_percent]
        axes.errorbar(x[rows.index], rows.error_percent, yerr=bars, fmt=marker, color=colour,
                      markersize=9 if marker == "*" else 6, elinewidth=1, label=family)  # fmt: skip
    for i, row in table[table.label != ""].iterrows():
        if row.side == "right":
            place = {"xy": (x[i], row.error_percent), "xytext": (6, 2), "va": "bottom"}
        else:
            place = {"xy": (x[i], row.low), "xytext": (0, -3), "va": "top", "ha": "center"}
        axes.annotate(row.label, textcoords="offset points", fontsize=7.5, **place)

    said, last_year = "", table.year.max()
    for label, year, error in extra:
        last_year = max(last_year, year)
        low, high = _interval(error)
        axes.errorbar(year, error, yerr=[[error - low], [high - error]], fmt="X", color=INK,
                      markersize=9, elinewidth=1.5)  # fmt: skip
        axes.annotate(label, (year, high), (0, 4), textcoords="offset points", ha="center",
                      fontsize=8.5, weight="bold")  # fmt: skip
        said += f" Added: {label}, {error:.2f} % ({low:.2f} to {high:.2f})."

    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
    axes.set(
        xlabel="year of publication (results of one year stand side by side)",
        ylabel="error on the 10,000 test digits (%)",
    )
    axes.set_xlim(1997.2, last_year + 1.8)
    axes.set_yscale("log")
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.legend(loc="upper right", ncols=2, fontsize=8)
    first, best = (
        table.error_percent[table.year == 1998].min(),
        table.loc[table.error_percent.idxmin()],
    )
    return Picture(
        figure,
        f"{len(table)} published results: the best error fell from {first:.2f} % in 1998 to "
        f"{best.error_percent:.2f} % in {best.year}; the bars are 95 % intervals, "
        f"{best.low:.2f} to {best.high:.2f} % for the lowest; the band from {HUMAN_ERROR[0]} to "
        f"{HUMAN_ERROR[1]} % is what is quoted for people.{said}",
    )


def _interval(error_percent: float) -> tuple[float, float]:
    """Return the 95 % Wilson interval of an error rate on the test digits, all in per cent."""
    from scipy.stats import binomtest  # slow to import

    errors = round(error_percent / 100 * TEST_DIGITS)
    interval = binomtest(errors, TEST_DIGITS).proportion_ci(0.95, method="wilson")
    return 100 * interval.low, 100 * interval.high


# --- A yes/no question ---------------------------------------------------------------------------


def votes(values, of="vote", caption=None) -> Picture:
    """Draw one number per pixel as two pictures: what speaks for "yes", what speaks against.

    For the weights of a linear detector, or for a digit's pixels times those weights. Two pictures
    instead of two colours in one: the sign survives a black-and-white printer.

    Parameters
    ----------
    values : array of shape (28, 28)
        Any real numbers; positive speaks for "yes". Both pictures share one scale.
    of : str
        What the numbers are, for the scale: "vote" or "weight".
    caption : str, optional
        One sentence; without it the pixels of either sign are counted.

    Returns
    -------
    Picture
    """
    values = np.asarray(values)
    largest = np.abs(values).max() or 1
    figure, panels = plt.subplots(1, 2, figsize=(7, 3.4))
    parts = [("for “yes”", values, BLUE), ("against “yes”", -values, RED)]
    for axes, (name, part, colour) in zip(panels, parts, strict=True):
        shades = LinearSegmentedColormap.from_list(name, [CARD, colour, INK])
        axes.imshow(np.maximum(part, 0), cmap=shades, vmin=0, vmax=largest)
        axes.set(title=name, xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
    greys = LinearSegmentedColormap.from_list("size", [CARD, GREY, INK])  # stands for both colours
    scale = ScalarMappable(Normalize(0, largest), greys)
    figure.colorbar(scale, ax=panels, shrink=0.85, label=f"size of the {of}")
    return Picture(
        figure,
        caption
        or f"{np.count_nonzero(values > 0)} pixels speak for “yes”, "
        f"{np.count_nonzero(values < 0)} against, {np.count_nonzero(values == 0)} are silent.",
    )


def predictions(images, truth, answers, name="5", columns=10, caption=None) -> Picture:
    """Draw the same digits twice: where the truth is "yes", and where a detector says "yes".

    Parameters
    ----------
    images : array of shape (n, 28, 28)
        Digits, 0 = paper.
    truth, answers : array of shape (n,), bool
        What each digit is, and what the detector says.
    name : str
        What "yes" stands for.
    columns : int
        Digits in a row.
    caption : str, optional
        One sentence; without it hits, misses and false alarms are counted.

    Returns
    -------
    Picture
        Blue rings mark the true ones, orange squares the detector's; crosses lie on its mistakes.
    """
    images, truth, answers = np.asarray(images), np.asarray(truth, bool), np.asarray(answers, bool)
    rows = -(-len(images) // columns)
    step = 34  # pixels from one digit to the next: 28 and a gap
    sheet = np.zeros((rows * step, columns * step))
    middles = np.array([(i % columns + 0.5, i // columns + 0.5) for i in range(len(images))]) * step
    for image, (x, y) in zip(images, middles, strict=True):
        sheet[int(y) - 14 : int(y) + 14, int(x) - 14 : int(x) + 14] = image

    figure, panels = plt.subplots(1, 2, figsize=(9, 0.5 + 4.4 * rows / columns))
    marks = {"marker": "o", "edgecolors": BLUE}, {"marker": "s", "edgecolors": ORANGE}
    titles = f"the truth: {truth.sum()} are a {name}", f"the answers: {answers.sum()} called {name}"
    for axes, yes, mark, title in zip(panels, (truth, answers), marks, titles, strict=True):
        axes.imshow(sheet, vmin=0, vmax=images.max() or 1)
        side = 4.2 * 72 / columns  # points; a marker's size is its square
        axes.scatter(*middles[yes].T, s=(0.9 * side) ** 2, facecolors="none", linewidth=2, **mark)
        axes.set(title=title)
        axes.set_axis_off()
    wrong = truth != answers
    style = {"marker": "x", "s": side**2 / 3, "color": RED, "linewidth": 2.5}
    panels[1].scatter(*middles[wrong].T, **style)
    return Picture(
        figure,
        caption
        or f"{len(images)} digits: {np.count_nonzero(truth & answers)} of {truth.sum()} {name}s "
        f"found, {np.count_nonzero(truth & ~answers)} missed, "
        f"{np.count_nonzero(~truth & answers)} false alarms (crosses mark the "
        f"{np.count_nonzero(wrong)} mistakes).",
    )


# --- How right, and how wrong --------------------------------------------------------------------

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


# --- Networks -----------------------------------------------------------------------------------


def weights_grid(weights, titles=None, columns=10, caption=None) -> Picture:
    """Draw the weights of units as pictures: orange raises the unit's sum, purple lowers it.

    Parameters
    ----------
    weights : array of shape (n_pixels, n_units)
        One column per unit; n_pixels is a square number, e.g. 784.
    titles : sequence of n_units values, optional
        What stands above each picture.
    columns : int
        Pictures in a row.
    caption : str, optional
        One sentence; without it the largest weight is given.

    Returns
    -------
    Picture
    """
    weights = np.asarray(weights)
    side = int(np.sqrt(len(weights)))
    images = weights.T.reshape(-1, side, side)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    tile = min(1.8, 8 / columns)  # inches
    figure, panels = plt.subplots(
        rows, columns, squeeze=False, figsize=(tile * columns + 0.9, tile * rows)
    )
    largest = np.abs(weights).max()
    for i, axes in enumerate(panels.flat):
        axes.set_axis_off()
        if i < len(images):
            shown = axes.imshow(images[i], cmap="PuOr_r", vmin=-largest, vmax=largest)
            if titles is not None:
                axes.set_title(titles[i])
    figure.colorbar(shown, ax=panels, label="weight", shrink=0.9, ticks=[-largest, 0, largest],
                    format="{x:.1f}")  # fmt: skip
    return Picture(figure, caption or f"{len(images)} units; the largest weight is {largest:.2f}.")


def learning_curves(curves, caption=None) -> Picture:
    """Draw how the accuracy of several networks grows from epoch to epoch.

    Parameters
    ----------
    curves : dict of str to sequence of float
        Accuracies (0-1) after epoch 1, 2, ..., by the network's name.
    caption : str, optional
        One sentence; without it the last accuracy of each network is given.

    Returns
    -------
    Picture
    """
    figure, axes = plt.subplots(figsize=(6.4, 3.2))
    for (name, curve), marker in zip(curves.items(), "os^vDP", strict=False):
        axes.plot(range(1, len(curve) + 1), 100 * np.asarray(curve), marker=marker, label=name)
    longest = max(len(curve) for curve in curves.values())
    axes.set(xlabel="epoch", ylabel="accuracy (%)", xticks=range(1, longest + 1))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ends = ", ".join(f"{name} {curve[-1]:.1%}" for name, curve in curves.items())
    return Picture(figure, caption or f"Accuracy after the last epoch: {ends}.")


class LiveCurve:
    """Loss and validation accuracy of an `MLP`, drawn again after every epoch: its ``callback``.

    In Jupyter the figure grows in place while the network trains. What stays on the page is one
    constant line, so that the output can be compared; `picture` gives the finished figure.

    Parameters
    ----------
    X, y : arrays of shape (n, n_features) and (n,)
        Rows the network does not learn from.
    epochs : int
        Length of the axis.

    Attributes
    ----------
    losses, accuracies : lists of float
        Mean training loss and validation accuracy (0-1) of each epoch so far.
    """

    def __init__(self, X, y, epochs):
        self.X, self.y, self.epochs = X, y, epochs
        self.losses, self.accuracies = [], []
        self._resting = {"text/plain": f"Learning curve: {epochs} epochs"}
        self._handle = display(self._resting, raw=True, display_id=True)

    def __call__(self, model):
        """Measure the model and draw the curve again."""
        self.losses = list(model.loss_curve_)
        self.accuracies.append(model.score(self.X, self.y))
        if self._handle is not None:  # None outside Jupyter
            self._handle.update({"image/png": self.picture().png(), **self._resting}, raw=True)

    def close(self):
        """Leave only the constant line on the page."""
        if self._handle is not None:
            self._handle.update(self._resting, raw=True)

    def picture(self, caption=None) -> Picture:
        """Return the curve so far as a figure with a caption."""
        figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.8))
        epochs = range(1, len(self.losses) + 1)
        left.plot(epochs, self.losses, "o-", color=BLUE)
        left.set(xlabel="epoch", ylabel="loss on the training rows", ylim=(0, None))
        right.plot(epochs, 100 * np.array(self.accuracies), "s-", color=ORANGE)
        right.set(xlabel="epoch", ylabel="validation accuracy (%)")
        for axes in (left, right):
            axes.set_xlim(0.5, self.epochs + 0.5)
            axes.xaxis.get_major_locator().set_params(integer=True)
        return Picture(
            figure,
            caption
            or f"In {len(self.losses)} epochs the loss falls from {self.losses[0]:.2f} to "
            f"{self.losses[-1]:.2f}, and the validation accuracy rises from "
            f"{self.accuracies[0]:.1%} to {self.accuracies[-1]:.1%}.",
        )


def seconds_and_accuracy(names, seconds, accuracies, caption=None) -> Picture:
    """Draw what each step of a series of changes costs and brings: two bars a row.

    Parameters
    ----------
    names : sequence of str
        The changes, in order.
    seconds, accuracies : sequences of float
        Wall-clock seconds (drawn on a logarithmic scale) and accuracy (0-1) of each.
    caption : str, optional
        One sentence; without it the first row is compared with the last.

    Returns
    -------
    Picture
    """
    figure, (left, right) = plt.subplots(1, 2, sharey=True, figsize=(8, 0.38 * len(names) + 1))
    places = range(len(names))
    bars = left.barh(places, seconds, color=BLUE)
    left.bar_label(bars, [f"{s:.2g} s" for s in seconds], padding=3, fontsize=8.5)
    left.set(xscale="log", xlabel="seconds (logarithmic)", yticks=places, yticklabels=names)
    left.set_xlim(min(seconds) / 3, max(seconds) * 4)
    left.invert_yaxis()
    percent = 100 * np.asarray(accuracies)
    bars = right.barh(places, percent, color=ORANGE, hatch="//", edgecolor=CARD)
    right.bar_label(bars, [f"{p:.1f}" for p in percent], padding=3, fontsize=8.5)
    right.set(xlabel="accuracy (%)", xlim=(percent.min() - 2, min(percent.max() + 1.5, 102)))
    return Picture(
        figure,
        caption
        or f"From “{names[0]}” to “{names[-1]}”: {seconds[0] / seconds[-1]:.0f} times as fast, and "
        f"the accuracy goes from {accuracies[0]:.1%} to {accuracies[-1]:.1%}.",
    )


# --- Support vectors -----------------------------------------------------------------------------


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


def time_against_accuracy(table) -> Picture:
    """Draw test error against seconds of training, both on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per way to train (the index names it), with ``seconds``, ``error``, ``lowest`` and
        ``highest`` (per cent of the test digits, over the seeds) and ``ours`` (bool).

    Returns
    -------
    Picture
    """
    figure, axes = plt.subplots(figsize=(8, 4.8))
    kinds = [(True, "mnistlab.MLP", BLUE, "o"), (False, "others", ORANGE, "s")]
    for ours, label, colour, marker in kinds:
        rows = table[table.ours == ours].sort_values("seconds")
        spread = [rows.error - rows.lowest, rows.highest - rows.error]
        axes.errorbar(
            rows.seconds, rows.error, spread, fmt=marker, color=colour, capsize=3, label=label
        )
        for place, row in enumerate(rows.itertuples()):
            # Where others' points stand close together, the first one's name goes to its left.
            left = row.seconds > 20 if ours else place == 0
            axes.annotate(
                row.Index,
                (row.seconds, row.error),
                (-8 if left else 8, 4),
                textcoords="offset points",
                ha="right" if left else "left",
                fontsize=8.5,
            )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="seconds of training (logarithmic)",
        ylabel="test error, % (logarithmic)",
        xlim=(table.seconds.min() / 2, table.seconds.max() * 8),
    )
    ticks = [0.4, 0.5, 0.7, 1, 1.5, 2, 3]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.legend(loc="lower left")
    own = table[table.ours].sort_values("seconds")
    return Picture(
        figure,
        f"The longer it trains, the fewer its mistakes: from {own.error.iloc[0]:.1f} % in "
        f"{own.seconds.iloc[0]:.1f} s to {own.error.iloc[-1]:.1f} % in {own.seconds.iloc[-1]:.0f} s"
        f"; the bars reach from the best seed to the worst.",
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


# --- Your own handwriting -----------------------------------------------------------------------


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
