"""The CNN of the course: what it reaches, and its time against PyTorch, the limit, the MLP, a loop.

    python benchmarks/cnn.py ratios [ROW ...]      the ratios: two minutes on two cores
    python benchmarks/cnn.py reach [ROW ...]       accuracies on the 10,000 test digits: two hours
    python benchmarks/cnn.py reach --validate      train on 50,000, score on the other 10,000

The settings below were chosen with --validate, on the last 10,000 *training* digits. Seconds are
wall seconds of `fit`, pixels handed over as uint8. Ratios are medians of rounds in which everybody
takes a turn:

* PyTorch: the same network, batches, optimiser and schedule, on two threads and on one (with one
  the CPU seconds are the ones to compare: `CNN` always has two). It is optional (`pip install
  torch`); without it its rows are left out and the record says so.
* the bare matrix products of the same steps, on two threads as `CNN` uses them;
* the `MLP` of mlp_targets.py that is as accurate;
* one picture forward by the classic loop over kernels, rows and columns.

Needs the full data. The records go to results/cnn.json, cnn_reach.json and cnn_validation.json.
"""

import argparse

import numpy as np
from _mlp import full_mnist, median, read_record, seconds, write_record
from mlp_targets import RECIPE
from mlp_targets import ROWS as MLP_ROWS
from sklearn.ensemble import VotingClassifier

from mnistlab import CNN, MLP, Augment
from mnistlab.cnn import MEAN_DECAY, SQUARE_DECAY, in_threads
from mnistlab.training import learning_rate_at

try:
    import torch
except ImportError:
    torch = None

ROUNDS = 5
FAST = ((16, 5, 2), (32, 4, 2), 64)
GOOD = ((16, 5, 2), (32, 3), (32, 3), "pool", 64)
SMALL = ((12, 5, 2), (24, 3), "pool", (48, 3), 96)
WIDE = ((16, 5, 2), (32, 3), "pool", (64, 3), 128)
TINY = ((9, 5), "pool", (18, 3), "pool", (32, 3))
FIRM = Augment(elastic=0.8, smoothness=5, rotation=10, scale=0.1, shear=0.1, shift=1)
SOFT = Augment(elastic=0.5, rotation=7, scale=0.07, shear=0.08, shift=0.7)
BEST = {"layers": WIDE, "epochs": 20, "learning_rate": 0.004, "augment": FIRM}
ROWS = {
    # name: (accuracy to reach, seconds allowed, settings)
    "99.0": (0.990, 12, {"layers": SMALL, "epochs": 3, "learning_rate": 0.005}),
    "99.25": (0.9925, 25, {"layers": WIDE, "epochs": 4, "learning_rate": 0.004}),
    "tiny": (
        *(0.993, None),
        {"layers": TINY, "epochs": 26, "augment": SOFT, "label_smoothing": 0.03},
    ),
    "99.5": (0.995, 240, BEST | {"networks": 2}),
    "99.65": (0.9965, 900, BEST | {"networks": 10}),
}
SHARED = {"label_smoothing": 0.1}
NETWORKS = {"fast": FAST, "good": GOOD, "tiny": TINY}
RATIOS = [*NETWORKS, "mlp", "loop"]
N_RATIOS = 64 * 50  # pictures of an epoch
N_EQUAL = 8192  # time goes with the number of pictures; Augment takes so many at once


def n_weights(model):
    networks = getattr(model, "estimators_", [model])
    return sum(array.size for one in networks for array in one.weights_ + one.biases_)


def network(seed, networks=1, **settings):
    """Return a CNN; or several, whose probabilities are averaged: they differ by their seed."""
    seeds = range(seed * networks, (seed + 1) * networks)
    several = [(str(k), CNN(**SHARED | settings, random_state=k)) for k in seeds]
    return VotingClassifier(several, voting="soft") if networks > 1 else several[0][1]


def reach(names, n_seeds, validate):
    mnist = full_mnist()
    X, y, test = mnist.X_train, mnist.y_train, (mnist.X_test, mnist.y_test)
    if validate:
        X, y, test = X[:50_000], y[:50_000], (X[50_000:], y[50_000:])
    name_of_record = "cnn_validation" if validate else "cnn_reach"
    rows = read_record(name_of_record).get("rows", {})
    for name in names or ROWS:
        goal, allowed, settings = ROWS[name]
        runs = []
        for seed in range(n_seeds):
            model = network(seed, **settings)
            wall, cpu = seconds(lambda model=model: model.fit(X, y))
            runs.append(
                {
                    "seed": seed,
                    "accuracy": round(model.score(*test), 5),
                    "seconds": round(wall, 1),
                    "cpu_seconds": round(cpu, 1),
                }
            )
            print(f"   {name}: {runs[-1]}", flush=True)
        accuracies = [run["accuracy"] for run in runs]
        rows[name] = {
            "goal": goal,
            "seconds allowed": allowed,
            "settings": SHARED | settings | {"augment": describe(settings.get("augment"))},
            "weights": n_weights(model),
            "accuracy, mean": round(sum(accuracies) / n_seeds, 5),
            "accuracy, lowest": min(accuracies),
            "accuracy, highest": max(accuracies),
            "seconds, median": median(run["seconds"] for run in runs),
            "cpu seconds, median": median(run["cpu_seconds"] for run in runs),
            "runs": runs,
        }
        print(f"{name}: mean {rows[name]['accuracy, mean']:.2%}, {n_weights(model):,} weights")
        write_record(name_of_record, rows={key: rows[key] for key in ROWS if key in rows})


def describe(augment):
    return augment and augment.get_params()


def products_of(layers, n_pictures, n_classes=10):
    """Yield kernels, columns and whether it is the first layer: operands of a batch's products."""
    side, channels, n_in, first = 28, 1, 784, True
    for layer in (*layers, n_classes):
        if layer == "pool":
            side //= 2
        elif isinstance(layer, tuple):
            n_kernels, size, stride = (*layer, 1)[:3]
            side = (side - size) // stride + 1
            n_windows = side * side * n_pictures
            yield n_kernels, channels * size * size, n_windows, first
            channels = n_kernels
        else:
            yield layer, n_in, n_pictures, first
            channels, side = layer, 1
        n_in, first = channels * side * side, False


def bare_products(layers, batch_size, n_pictures):
    """Do the matrix products of an epoch, and nothing else: each thread has half of each batch."""
    operands = [
        (np.ones((a, b), np.float32), np.ones((b, c), np.float32), np.ones((a, c), np.float32), f)
        for a, b, c, f in products_of(layers, batch_size // 2)
    ]

    def half():
        for weights, inputs, _, _ in operands:
            weights @ inputs
        for weights, inputs, error, first in operands:
            inputs @ error.T
            if not first:
                weights.T @ error

    for _ in range(n_pictures // batch_size):
        in_threads(half, [(), ()])


def torch_network(layers, n_classes=10):
    modules, (side, channels, n_in) = [], (28, 1, 784)
    for layer in layers:
        if layer == "pool":
            modules.insert(-1, torch.nn.MaxPool2d(2))
            side //= 2
        elif isinstance(layer, tuple):
            n_kernels, size, stride = (*layer, 1)[:3]
            modules += [torch.nn.Conv2d(channels, n_kernels, size, stride), torch.nn.ReLU()]
            channels, side = n_kernels, (side - size) // stride + 1
        else:
            if side:
                modules.append(torch.nn.Flatten())
            modules += [torch.nn.Linear(n_in, layer), torch.nn.ReLU()]
            channels, side = layer, 0
        n_in = channels * side * side or channels
    if side:
        modules.append(torch.nn.Flatten())
    return torch.nn.Sequential(*modules, torch.nn.Linear(n_in, n_classes))


def torch_epoch(layers, X, y, threads, batch_size=64):
    """Train one epoch as `CNN` does; pictures are standardised beforehand."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    model = torch_network(layers)
    betas = (MEAN_DECAY, SQUARE_DECAY)
    optimizer = torch.optim.Adam(model.parameters(), lr=CNN().learning_rate, betas=betas)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=SHARED["label_smoothing"])
    n_steps = -(-len(X) // batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate_at(min(step, n_steps - 1), n_steps, 1.0)
    )
    for rows in torch.randperm(len(X)).split(batch_size):
        optimizer.zero_grad()
        loss_of(model(X[rows]), y[rows]).backward()
        optimizer.step()
        schedule.step()


def loop_over_pixels(model, picture):
    """Send one picture (28, 28) through the convolutions and dense layers, window by window."""
    x, parameters = picture[None], zip(model.weights_, model.biases_, strict=True)
    for layer in (*model.layers, 10):
        if layer == "pool":
            rows, columns = x.shape[1] // 2, x.shape[2] // 2
            pooled = np.empty((len(x), rows, columns))
            for channel, row, column in np.ndindex(pooled.shape):
                window = x[channel, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
                pooled[channel, row, column] = window.max()
            x = pooled
            continue
        weights, biases = next(parameters)
        if isinstance(layer, tuple):
            size, stride = (*layer[1:], 1)[:2]
            side = (x.shape[1] - size) // stride + 1
            y = np.empty((len(weights), side, side))
            for kernel, row, column in np.ndindex(y.shape):
                window = x[
                    :, row * stride : row * stride + size, column * stride : column * stride + size
                ]
                y[kernel, row, column] = (window * weights[kernel]).sum() + biases[kernel]
            x = np.maximum(y, 0)
        else:
            # Our features lie as (rows, channels, columns).
            flat = x.transpose(1, 0, 2).ravel() if x.ndim == 3 else x
            x = weights @ flat + biases
            if layer != 10:
                x = np.maximum(x, 0)
    return x


def quotients(what, pairs):
    """Return the median of one / other over the rounds, by each clock; print it, too."""
    by_clock = {
        kind: float(f"{median(one[clock] / other[clock] for one, other in pairs):.3g}")
        for clock, kind in enumerate(("wall", "CPU"))
    }
    print(f"   {what} = {by_clock['wall']} (wall), {by_clock['CPU']} (CPU)", flush=True)
    return by_clock


def ratios(names):
    """Let everybody take a turn, round by round; one row of the record after the other."""
    mnist = full_mnist()
    X, y = mnist.X_train, mnist.y_train
    record = read_record("cnn").get("rows", {})
    for name in names or RATIOS:
        if name in NETWORKS:
            record[name] = against_the_others(name, NETWORKS[name], X[:N_RATIOS], y[:N_RATIOS])
        elif name == "mlp":
            record[name] = against_mlp(X[:N_EQUAL], y[:N_EQUAL])
        else:
            record[name] = against_the_loop(X[:2000], y[:2000])
        write_record("cnn", rounds=ROUNDS, rows=record)


def against_the_others(name, layers, X, y):
    """Train one epoch each: the CNN, its bare products, PyTorch."""
    if torch:
        inputs = torch.from_numpy(((X / 255 - 0.1307) / 0.3081).astype(np.float32))
        inputs, labels = inputs.reshape(-1, 1, 28, 28), torch.from_numpy(np.array(y))
    else:
        print("   PyTorch is not installed: its rows are left out")
    CNN(layers, epochs=1).fit(X[:640], y[:640])  # wake up the threads
    found = []
    for _ in range(ROUNDS):
        model = CNN(layers, **SHARED, epochs=1, random_state=0)
        times = {"mnistlab": seconds(lambda model=model: model.fit(X, y))}
        times["bare products"] = seconds(lambda: bare_products(layers, 64, len(X)))
        for threads in (2, 1) if torch else ():
            torch_epoch(layers, inputs[:640], labels[:640], threads)
            times[f"PyTorch, {threads} threads"] = seconds(
                lambda threads=threads: torch_epoch(layers, inputs, labels, threads)
            )
        found.append(times)
    row = {"rounds, wall and CPU seconds": found, "pictures": len(X)}
    for peer in [peer for peer in found[0] if peer != "mnistlab"]:
        pairs = [(times["mnistlab"], times[peer]) for times in found]
        row[f"mnistlab / {peer}"] = quotients(f"{name}: mnistlab / {peer}", pairs)
    return row


def against_mlp(X, y):
    """Take the time to 99.0 %, by an MLP from distorted digits, by a CNN from plain ones."""
    _, _, theirs = MLP_ROWS["99.0"]
    pairs = []
    for _ in range(ROUNDS):
        mlp, cnn = MLP(**RECIPE, **theirs), CNN(**SHARED, **ROWS["99.0"][2])
        fits = [lambda model=model: model.fit(X, y) for model in (mlp, cnn)]
        pairs.append([seconds(fit) for fit in fits])
    ratio = quotients("to 99.0 %: MLP / CNN", pairs)
    return {"rounds, wall and CPU seconds": pairs, "pictures": len(X), "MLP / CNN": ratio}


def against_the_loop(X, y):
    """Take the time of one picture forward: the classic loop, against one of many by the CNN."""
    model = CNN(GOOD, epochs=1, random_state=0).fit(X[:640], y[:640])
    picture = (model._scaled(X[:1])).reshape(28, 28)
    scores = np.exp(loop_over_pixels(model, picture))
    np.testing.assert_allclose(scores / scores.sum(), model.predict_proba(X[:1])[0], atol=1e-4)
    pairs = []
    for _ in range(ROUNDS):
        loop = seconds(lambda: loop_over_pixels(model, picture))
        ours = seconds(lambda: model.predict(X))
        pairs.append([[len(X) * clock for clock in loop], ours])
    return {"loop / CNN": quotients("forward: loop over pixels / CNN", pairs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["ratios", "reach"], default="ratios")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="all, if none")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    known = RATIOS if arguments.what == "ratios" else ROWS
    if unknown := set(arguments.rows) - set(known):
        parser.error(f"No such row: {', '.join(unknown)}. There are {', '.join(known)}.")
    if arguments.what == "ratios":
        ratios(arguments.rows)
    else:
        reach(arguments.rows, arguments.seeds, arguments.validate)


if __name__ == "__main__":
    main()
