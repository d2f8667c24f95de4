"""Draw docs/time_against_accuracy.svg from what mlp_targets.py and mlp_peers.py measured.

    python benchmarks/mlp_chart.py

The drawn numbers go to results/time_against_accuracy.csv.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from _mlp import RESULTS, median, read_record

from mnistlab.plots import BLUE, ORANGE
from mnistlab.plots.axes import label_directly, plain_ticks, whiskers

CHART = Path(__file__).parent.parent / "docs" / "time_against_accuracy.svg"


def point(accuracies, seconds, ours):
    errors = [100 * (1 - accuracy) for accuracy in accuracies]
    return {
        "seconds": round(seconds, 2),
        "error": round(sum(errors) / len(errors), 3),
        "lowest": round(min(errors), 3),
        "highest": round(max(errors), 3),
        "ours": ours,
    }


def our_points(rows):
    """Yield name and point of each network of the course trained on all of MNIST."""
    for name, row in rows.items():
        if name != "sample":
            settings = row["settings"]
            hidden = "-".join(map(str, settings["hidden_layer_sizes"]))
            distorted = ", distorted" if settings["augment"] else ""
            accuracies = [run["accuracy"] for run in row["runs"]]
            yield hidden + distorted, point(accuracies, row["seconds, median"], True)


def their_points(peers):
    """Yield name and point of each peer."""
    for name, runs in peers["to 98.0 %"]["runs"].items():
        if name != "mnistlab":
            accuracies = [run["accuracy"] for run in runs]
            yield name, point(accuracies, median(run["seconds"] for run in runs), False)
    loop = peers["to 97.2 %"]["classic loop"]
    seconds = sum(epoch["seconds"] for epoch in loop)
    yield (
        "classic loop as published, a slope left out",
        point([loop[-1]["accuracy"]], seconds, False),
    )


def draw(table):
    """Draw test error against seconds of training, both on logarithmic axes.

    `table` has a row per way to train: ``seconds`` (of one clock), ``ours`` (bool) and ``error``,
    ``lowest``, ``highest`` (per cent of the test digits, over the seeds).
    """
    figure, axes = plt.subplots(figsize=(8.4, 4.8))
    places = {}
    table = table.sort_values("seconds")
    parts = [("mnistlab.MLP", table[table.ours], "o", BLUE)]
    parts.append(("others", table[~table.ours], "s", ORANGE))
    for label, rows, marker, colour in parts:
        axes.errorbar(rows.seconds, rows.error, whiskers(rows.error, rows.lowest, rows.highest),
                      fmt=marker, color=colour, label=label, capsize=3, elinewidth=1.2)  # fmt: skip
        places |= {name: [(row.seconds, row.error)] for name, row in rows.iterrows()}
    axes.margins(x=0.1)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(table.seconds.min() / 2, table.seconds.max() * 8),
        xlabel="seconds of training (logarithmic)",
        ylabel="test error, % (logarithmic)",
    )
    plain_ticks(axes.yaxis, [0.4, 0.5, 0.7, 1, 1.5, 2, 3])
    axes.legend(loc="lower left")
    label_directly(axes, places)
    plt.close(figure)
    return figure


def main():
    targets, peers = read_record("mlp_targets"), read_record("mlp_peers")
    if not targets.get("rows") or "to 97.2 %" not in peers:
        sys.exit("Run mlp_targets.py --all and mlp_peers.py first: there is nothing to draw.")
    table = pd.DataFrame(dict([*our_points(targets["rows"]), *their_points(peers)])).T
    table.rename_axis("name").to_csv(RESULTS / "time_against_accuracy.csv")
    table = pd.read_csv(RESULTS / "time_against_accuracy.csv", index_col="name")
    plt.rcParams["svg.hashsalt"] = "mnistlab"  # the same file from the same numbers
    CHART.parent.mkdir(exist_ok=True)
    draw(table).savefig(CHART, metadata={"Date": None})
    print(f"Drew {CHART.name}.")


if __name__ == "__main__":
    main()
