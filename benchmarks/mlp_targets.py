"""How long the MLP of the course needs to reach each accuracy on the 10,000 test digits.

    python benchmarks/mlp_targets.py             the rows that take up to 15 s
    python benchmarks/mlp_targets.py --all       every row: three quarters of an hour
    python benchmarks/mlp_targets.py 98.5 99.0   these rows
    python benchmarks/mlp_targets.py --validate  train on 50,000, score on the other 10,000

The settings below were chosen with --validate, on the last 10,000 *training* digits; the test set
was asked once, when they were fixed, by five seeds. Seconds are wall seconds of `fit`, pixels
handed over as uint8. Each fit has the bare matrix products of its own network timed beside it, so
the ratio holds even when the machine is not quiet.

Needs the full data. The record goes to results/mlp_targets.json, or mlp_validation.json.
"""

import argparse
import sys

from _mlp import bare_products, full_mnist, median, read_record, seconds, write_record

from mnistlab import MLP, Augment, datasets

SEEDS = 5
RECIPE = {"momentum": 0.9, "label_smoothing": 0.1}
LIGHT = Augment(elastic=0.5, smoothness=5, rotation=10, scale=0.1, shear=0.1, shift=1)
FIRM = Augment(elastic=0.8, smoothness=5, rotation=10, scale=0.1, shear=0.1, shift=1)


def network(*hidden, batch, epochs, rate, augment=None):
    return {
        "hidden_layer_sizes": hidden,
        "batch_size": batch,
        "epochs": epochs,
        "learning_rate": rate,
        "augment": augment,
    }


ROWS = {
    # name: (accuracy to reach, seconds allowed, settings)
    "97.2": (0.972, 0.30, network(80, batch=160, epochs=1, rate=0.8)),
    "98.0": (0.98, 1.2, network(208, batch=128, epochs=2, rate=0.6)),
    "98.5": (0.985, 4, network(384, batch=128, epochs=4, rate=0.6)),
    "sample": (0.97, 10, network(256, batch=64, epochs=80, rate=0.2, augment=FIRM)),
    "99.0": (0.99, 15, network(384, 256, batch=128, epochs=8, rate=0.4, augment=LIGHT)),
    "99.35": (0.9935, 50, network(512, 256, batch=128, epochs=24, rate=0.4, augment=FIRM)),
    "99.5": (0.995, 240, network(1024, 512, batch=128, epochs=40, rate=0.4, augment=FIRM)),
}


def train_and_score(name, settings, data, seed):
    """Fit once; return one line of the record."""
    X_train, y_train, X_test, y_test = data
    model = MLP(**RECIPE, **settings, random_state=seed)
    wall, cpu = seconds(lambda: model.fit(X_train, y_train))
    sizes = [784, *settings["hidden_layer_sizes"], 10]
    batch_size, epochs = settings["batch_size"], settings["epochs"]
    share = min(1, 3 / epochs)  # three epochs of bare products are enough to time many
    products, _ = seconds(
        lambda: bare_products(sizes, batch_size, len(X_train), round(share * epochs))
    )
    accuracy = model.score(X_test, y_test)
    predicting, _ = seconds(lambda: model.predict(X_test))
    return {
        "seed": seed,
        "accuracy": round(accuracy, 5),
        "seconds": round(wall, 3),
        "cpu_seconds": round(cpu, 3),
        "bare_products_seconds": round(products / share, 3),
        "predict_seconds_per_10000": round(predicting * 10_000 / len(X_test), 3),
        "megabytes": round(sum(w.nbytes for w in model.weights_ + model.biases_) / 1e6, 2),
    }


def summary(name, runs):
    goal, allowed, settings = ROWS[name]
    accuracies = [run["accuracy"] for run in runs]
    row = {
        "goal": goal,
        "seconds allowed": allowed,
        "settings": RECIPE | {key: describe(value) for key, value in settings.items()},
        "accuracy, mean": round(sum(accuracies) / len(accuracies), 5),
        "accuracy, lowest": min(accuracies),
        "accuracy, highest": max(accuracies),
        "seconds, median": median(run["seconds"] for run in runs),
        "times the bare products": round(
            median(run["seconds"] / run["bare_products_seconds"] for run in runs), 2
        ),
        "runs": runs,
    }
    print(
        f"{name:>12}: mean {100 * row['accuracy, mean']:.2f} %, "
        f"{100 * row['accuracy, lowest']:.2f} to {100 * row['accuracy, highest']:.2f}; "
        f"{row['seconds, median']:.2f} s (allowed {allowed}), "
        f"{row['times the bare products']:.2f} x its bare products",
        flush=True,
    )
    return row


def describe(value):
    return value.get_params() if isinstance(value, Augment) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    arguments = parser.parse_args()
    names = arguments.rows or [name for name in ROWS if arguments.all or ROWS[name][1] <= 15]
    if unknown := set(names) - set(ROWS):
        sys.exit(f"No such row: {', '.join(unknown)}. There are {', '.join(ROWS)}.")
    mnist = full_mnist()
    record_name = "mlp_validation" if arguments.validate else "mlp_targets"
    rows = read_record(record_name).get("rows", {})
    for name in names:
        if name == "sample":
            X, y = (sample := datasets.load_mnist("sample")).X_train, sample.y_train
            held_out = (sample.X_test, sample.y_test)
        else:
            X, y = mnist.X_train, mnist.y_train
            held_out = (X[50_000:], y[50_000:])
            if arguments.validate:
                X, y = X[:50_000], y[:50_000]
        test = held_out if arguments.validate else (mnist.X_test, mnist.y_test)
        MLP((8,), epochs=1).fit(X[:1000], y[:1000])  # wake up the BLAS threads
        runs = [
            train_and_score(name, ROWS[name][2], (X, y, *test), seed)
            for seed in range(arguments.seeds)
        ]
        rows[name] = summary(name, runs)
        rows = {key: rows[key] for key in ROWS if key in rows}
        write_record(record_name, rows=rows)


if __name__ == "__main__":
    main()
