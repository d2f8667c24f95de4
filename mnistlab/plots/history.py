"""The published error rates on MNIST, as a table and as a timeline."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import matplotlib.pyplot as plt

from .axes import label_directly, plain_ticks, whiskers, wilson
from .picture import BLUE, GREEN, GREY, INK, ORANGE, PAPER, PURPLE, RED, Picture

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


def published_error_rates() -> Any:
    """Read the published error rates on MNIST's test set: a DataFrame by year, worst first.

    Columns: ``year``, ``label`` (a short name, empty where the figure names none), ``method``,
    ``family``, ``error_percent``, ``reference``, ``title``, ``url``, ``note`` (how the test digits
    took part in the choice of the model, where its code shows that they did; else empty), and
    ``low``, ``high``: the 95 % Wilson interval of the error, in per cent, for 10,000 test digits.
    """
    import pandas as pd  # slow to import

    table = pd.read_csv(files("mnistlab") / "timeline.csv", keep_default_na=False)
    table = table.sort_values(["year", "error_percent"], ascending=[True, False], ignore_index=True)
    low, high = zip(*map(_interval, table.error_percent), strict=True)
    return table.assign(low=low, high=high)


def timeline(extra: Iterable[tuple[str, int, float]] = (), n_digits: int = TEST_DIGITS) -> Picture:
    """Draw the published error rates on MNIST's test set, with Wilson's 95 % intervals, by year.

    `extra` results, (label, year, error in per cent of `n_digits`) each, stand beside them.
    """
    table = published_error_rates()
    figure, axes = plt.subplots(figsize=(9, 5.6))
    axes.axhspan(*HUMAN_ERROR, color=PAPER, zorder=0)
    axes.text(2014, 1.95, "error rates quoted for people", fontsize=8, color=GREY, style="italic")

    # Results of one year stand side by side, worst first, within the year.
    years = table.groupby("year").year
    x = table.year + 0.064 * (years.cumcount() - (years.transform("size") - 1) / 2)
    look = {"markersize": 6, "elinewidth": 1, "linestyle": "none"}
    noted = table.note != ""
    for family, (colour, marker) in FAMILIES.items():
        for chosen_on_test in (False, True):
            rows = table[(table.family == family) & (noted == chosen_on_test)]
            fill = {"markerfacecolor": PAPER} if chosen_on_test else {"label": family}
            bars = whiskers(rows.error_percent, rows.low, rows.high)
            axes.errorbar(x[rows.index], rows.error_percent, bars, marker=marker, color=colour,
                          **look | {"markersize": 9 if marker == "*" else 6}, **fill)  # fmt: skip

    said, last_year, places = "", table.year.max(), {}
    for label, year, error in extra:
        last_year = max(last_year, year)
        low, high = _interval(error, n_digits)
        axes.errorbar(year, error, whiskers(error, low, high), marker="X", color=INK, **look)
        places[label] = [(year, high), (year, low), (year, error)]
        said += f" Added: {label}, {error:g} % ({low:.2f} to {high:.2f})."

    axes.set(yscale="log", xlim=(1997, last_year + 1.8), xlabel="year of publication",
             ylabel=f"error on the {TEST_DIGITS:,} test digits (%)")  # fmt: skip
    plain_ticks(axes.yaxis, [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10])
    axes.legend(loc="upper right", ncols=2, fontsize=8)
    label_directly(axes, places, fontsize=8)
    for family, rows in table[table.label != ""].groupby("family"):
        places = {
            row.label: [(x[i], row.error_percent), (x[i], row.low), (x[i], row.high)]
            for i, row in rows.iterrows()
        }
        label_directly(axes, places, fontsize=8, color=FAMILIES[family][0])
    first = table.error_percent[table.year == 1998].min()
    best = table.loc[table.error_percent.idxmin()]
    fell = f"fell from {first:.2f} % in 1998 to {best.error_percent:.2f} % in {best.year}"
    interval = f"the bars are 95 % intervals, {best.low:.2f} to {best.high:.2f} % for the lowest"
    band = f"the band from {HUMAN_ERROR[0]} to {HUMAN_ERROR[1]} % is what is quoted for people"
    hollow = f"hollow marks ({noted.sum()}): chosen by their accuracy on the test digits"
    shown = f"{len(table)} published results: the best error {fell}; {interval}; {band}; {hollow}"
    return Picture(figure, f"{shown}.{said}")


def _interval(error_percent: float, n_digits: int = TEST_DIGITS) -> tuple[float, float]:
    """Return the 95 % Wilson interval of an error rate on the test digits, all in per cent."""
    low, high = wilson(round(error_percent / 100 * n_digits), n_digits)
    return 100 * low, 100 * high
