"""The published error rates on MNIST, as a table and as a timeline."""

from importlib.resources import files
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from .picture import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RED, Picture

if TYPE_CHECKING:
    import pandas as pd


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
