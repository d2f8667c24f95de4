"""Where the seconds of a training epoch go, function by function.

    python benchmarks/mlp_profile.py

Three networks of mlp_targets.py, one epoch each, five times in turn; medians. Each function of
`mnistlab.mlp` is timed from outside; "the rest" is the loop, the learning rate and the
look-up of targets. `distort` is what `Augment` costs beside the step that it feeds (the other
functions).

Needs the full data. The record goes to results/mlp_profile.json.
"""

import time

from _mlp import bare_products, full_mnist, median, seconds, write_record
from mlp_targets import RECIPE, ROWS

from mnistlab import MLP, mlp

ROUNDS = 5
FUNCTIONS = ("forward", "cross_entropy", "backward", "update")


class Stopwatch:
    """Sums up the seconds of calls, by name."""

    def __init__(self):
        self.seconds = {}

    def around(self, name, function):
        def timed(*arguments):
            started = time.perf_counter()
            result = function(*arguments)
            self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - started
            return result

        return timed


def profile(settings, X, y):
    """Train one epoch; return the seconds of each function, of the whole and of the products."""
    watch = Stopwatch()
    model = MLP(**RECIPE, **settings | {"epochs": 1}, random_state=0)
    originals = {name: getattr(mlp, name) for name in FUNCTIONS}
    model._scaled = watch.around("scale", model._scaled)
    if model.augment is not None:
        model.augment.distort = watch.around("distort", model.augment.distort)
    try:
        for name, function in originals.items():
            setattr(mlp, name, watch.around(name, function))
        whole, _ = seconds(lambda: model.fit(X, y))
    finally:
        for name, function in originals.items():
            setattr(mlp, name, function)
        if model.augment is not None:
            del model.augment.distort
    sizes = [784, *settings["hidden_layer_sizes"], 10]
    products, _ = seconds(lambda: bare_products(sizes, settings["batch_size"], len(X)))
    rest = whole - sum(watch.seconds.values())
    return watch.seconds | {"the rest": rest, "whole": whole, "bare products": products}


def main():
    mnist = full_mnist()
    X, y = mnist.X_train, mnist.y_train
    runs = {name: [] for name in ("98.0", "98.5", "99.35")}
    for _ in range(ROUNDS):
        for name, found in runs.items():
            found.append(profile(ROWS[name][2], X, y))
    record = {}
    for name, found in runs.items():
        middle = {part: median(run[part] for run in found) for part in found[0]}
        record[name] = {
            "hidden_layer_sizes": ROWS[name][2]["hidden_layer_sizes"],
            "seconds": {part: round(value, 4) for part, value in middle.items()},
        }
        if "distort" in middle:
            step = middle["whole"] - middle["distort"]
            record[name]["distort, as a share of the step it feeds"] = round(
                middle["distort"] / step, 3
            )
        shares = ", ".join(
            f"{part} {value / middle['whole']:.0%}" for part, value in middle.items()
        )
        print(f"{name:>6}: {middle['whole']:.2f} s an epoch: {shares}", flush=True)
    write_record("mlp_profile", rounds=ROUNDS, rows=record)


if __name__ == "__main__":
    main()
