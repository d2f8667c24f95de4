"""Draw docs/time_against_accuracy.svg from what mlp_targets.py and mlp_peers.py measured.

    python benchmarks/mlp_chart.py

The drawn numbers go to results/time_against_accuracy.csv.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from _mlp import RESULTS, median, read_record

from mnistlab import plots

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


def main():
    targets, peers = read_record("mlp_targets"), read_record("mlp_peers")
    if not targets.get("rows") or "to 97.2 %" not in peers:
        sys.exit("Run mlp_targets.py --all and mlp_peers.py first: there is nothing to draw.")
    table = pd.DataFrame(dict([*our_points(targets["rows"]), *their_points(peers)])).T
    table.rename_axis("name").to_csv(RESULTS / "time_against_accuracy.csv")
    table = pd.read_csv(RESULTS / "time_against_accuracy.csv", index_col="name")
    plt.rcParams["svg.hashsalt"] = "mnistlab"  # the same file from the same numbers
    CHART.parent.mkdir(exist_ok=True)
    plots.time_against_accuracy(table).figure.savefig(CHART, metadata={"Date": None})
    print(f"Drew {CHART.name}.")


if __name__ == "__main__":
    main()
