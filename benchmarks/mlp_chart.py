"""Draw docs/time_against_accuracy.svg from results/mlp_targets.json and results/mlp_peers.json.

python benchmarks/mlp_chart.py
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from _mlp import median, read_record

from mnistlab import plots

CHART = Path(__file__).parent.parent / "docs" / "time_against_accuracy.svg"


def points(targets, peers):
    """Return (name, seconds, mean error, lowest error, highest error) of ours and of the peers."""
    ours = [
        (
            "x".join(map(str, row["settings"]["hidden_layer_sizes"]))
            + (", distorted" if row["settings"].get("augment") else ""),
            row["seconds, median"],
            1 - row["accuracy, mean"],
            1 - row["accuracy, highest"],
            1 - row["accuracy, lowest"],
        )
        for name, row in targets["rows"].items()
        if name != "sample"
    ]
    theirs = []
    for name, runs in peers["to 98.0 %"]["runs"].items():
        if name != "mnistlab":
            errors = [1 - run["accuracy"] for run in runs]
            mean = sum(errors) / len(errors)
            taken = median(run["seconds"] for run in runs)
            theirs.append((name, taken, mean, min(errors), max(errors)))
    loop = peers["to 97.2 %"]["classic loop"]
    error = 1 - loop[-1]["accuracy"]
    taken = sum(epoch["seconds"] for epoch in loop)
    theirs.append(("classic loop, one picture at a time", taken, error, error, error))
    return ours, theirs


def draw(ours, theirs):
    """Draw seconds against errors in 10,000 digits, both on logarithmic axes."""
    figure, axes = plt.subplots(figsize=(8, 5))
    for label, rows, colour, marker in [
        ("mnistlab.MLP", ours, plots.BLUE, "o"),
        ("others", theirs, plots.ORANGE, "s"),
    ]:
        names, seconds, means, lows, highs = zip(*rows, strict=True)
        percent = [100 * mean for mean in means]
        spread = [
            [100 * (mean - low) for mean, low in zip(means, lows, strict=True)],
            [100 * (high - mean) for mean, high in zip(means, highs, strict=True)],
        ]
        axes.errorbar(
            seconds, percent, yerr=spread, fmt=marker, color=colour, capsize=3, label=label
        )
        for name, x, y in zip(names, seconds, percent, strict=True):
            right = label == "others" or x < 20
            axes.annotate(
                name,
                (x, y),
                (8 if right else -8, 4),
                textcoords="offset points",
                ha="left" if right else "right",
                fontsize=8.5,
            )
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="seconds of training, two cores (logarithmic)",
        ylabel="test error, % of 10,000 digits (logarithmic)",
        title="Time against accuracy: lower and further left is better",
        xlim=(0.1, 2000),
        ylim=(0.35, 3.2),
    )
    ticks = [0.4, 0.5, 0.7, 1, 1.5, 2, 3]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.set_xticks([0.1, 1, 10, 100, 1000], ["0.1", "1", "10", "100", "1000"])
    axes.grid(alpha=0.25)
    axes.legend(loc="upper right")
    return figure


def main():
    targets, peers = read_record("mlp_targets"), read_record("mlp_peers")
    if not targets.get("rows") or "to 97.2 %" not in peers:
        sys.exit("Run mlp_targets.py --all and mlp_peers.py first: there is nothing to draw.")
    plt.rcParams["svg.hashsalt"] = "mnistlab"  # the same file from the same numbers
    figure = draw(*points(targets, peers))
    CHART.parent.mkdir(exist_ok=True)
    figure.savefig(CHART, metadata={"Date": None})
    print(f"Drew {CHART.name}.")


if __name__ == "__main__":
    main()
