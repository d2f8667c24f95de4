"""The MLP of the course against what people would use instead, and against the limit.

    python benchmarks/mlp_peers.py [REPEATS]     about ten minutes on two cores

Three questions, each answered within one run, all contestants in turn, medians of five:

1. Same accuracy, everybody's usual way: the classic loop (one picture at a time) to 97.2 %,
   scikit-learn's MLPClassifier and PyTorch with Adam to 98.0 %.
2. Same network, same batch size, same schedule, same threads: PyTorch and the bare matrix products.
   What is left of the lead is the engine's; the rest was the recipe's.
3. `predict` of 10,000 digits against its bare matrix products.

PyTorch is optional (`pip install torch`); without it its rows are left out and the record says so.
Needs the full data. The record goes to results/mlp_peers.json.
"""

import sys
import time
import warnings
from itertools import pairwise

import numpy as np
from _mlp import bare_products, full_mnist, median, seconds, write_record
from mlp_targets import RECIPE, ROWS
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from mnistlab import MLP
from mnistlab.training import learning_rate_at

try:
    import torch
except ImportError:
    torch = None

REPEATS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SAME = dict(hidden_layer_sizes=(256,), batch_size=128, epochs=3, learning_rate=0.4)


def classic_loop(X, y, X_test, y_test, goal, most_epochs=8):
    """784-200-10, sigmoid, one picture at a time, as introductory books write it.

    Their code leaves the outputs' slope out of what goes back to the hidden layer (notebook 07).

    Returns seconds of each epoch and the test accuracy after it, until the goal is reached.
    """
    rng = np.random.default_rng(0)
    W1 = rng.normal(0, 784**-0.5, (200, 784))
    W2 = rng.normal(0, 200**-0.5, (10, 200))
    rate, epochs = 0.1, []

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    inputs = X / 255 * 0.99 + 0.01
    test_inputs = X_test / 255 * 0.99 + 0.01
    while len(epochs) < most_epochs:
        start = time.perf_counter()
        for picture, label in zip(inputs, y, strict=True):
            target = np.full(10, 0.01)
            target[label] = 0.99
            x = picture[:, None]
            hidden = sigmoid(W1 @ x)
            output = sigmoid(W2 @ hidden)
            output_error = target[:, None] - output
            hidden_error = W2.T @ output_error
            W2 += rate * (output_error * output * (1 - output)) @ hidden.T
            W1 += rate * (hidden_error * hidden * (1 - hidden)) @ x.T
        taken = time.perf_counter() - start
        scores = sigmoid(sigmoid(test_inputs @ W1.T) @ W2.T)
        epochs.append({"seconds": taken, "accuracy": float((scores.argmax(1) == y_test).mean())})
        print(f"   classic loop: {epochs[-1]}", flush=True)
        if epochs[-1]["accuracy"] >= goal:
            break
    return epochs


def scikit_learn(X, y, X_test, y_test, goal, seed, most_epochs=60):
    """MLPClassifier as it comes (Adam, batches of 200), epoch by epoch until the goal."""
    model = MLPClassifier((256,), random_state=seed)
    inputs = (X / 255).astype(np.float32)
    test_inputs = (X_test / 255).astype(np.float32)
    total, epochs = 0.0, 0
    while (epochs := epochs + 1) <= most_epochs:
        total += seconds(lambda: model.partial_fit(inputs, y, classes=np.arange(10)))[0]
        if (accuracy := model.score(test_inputs, y_test)) >= goal:
            break
    return {"seconds": total, "epochs": epochs, "accuracy": accuracy}


def torch_tensors(X, y):
    return torch.from_numpy((X / 255).astype(np.float32)), torch.from_numpy(np.array(y))


def torch_adam(X, y, X_test, y_test, goal, seed, most_epochs=60):
    """The usual PyTorch: Adam at 0.001, batches of 64, no data loader (which would be slower)."""
    torch.manual_seed(seed)
    layers = torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10)
    model, loss_of = torch.nn.Sequential(*layers), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters())
    inputs, labels = torch_tensors(X, y)
    test_inputs, test_labels = torch_tensors(X_test, y_test)
    total, epochs = 0.0, 0
    while (epochs := epochs + 1) <= most_epochs:
        start = time.perf_counter()
        for rows in torch.randperm(len(inputs)).split(64):
            optimizer.zero_grad()
            loss_of(model(inputs[rows]), labels[rows]).backward()
            optimizer.step()
        total += time.perf_counter() - start
        with torch.no_grad():
            accuracy = (model(test_inputs).argmax(1) == test_labels).float().mean().item()
        if accuracy >= goal:
            break
    return {"seconds": total, "epochs": epochs, "accuracy": accuracy}


def torch_same(X, y, settings, seed):
    """Train the course's network with the course's recipe, in PyTorch; return the model."""
    torch.manual_seed(seed)
    sizes = [784, *settings["hidden_layer_sizes"], 10]
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
        torch.nn.init.kaiming_normal_(layers[-2].weight)
        torch.nn.init.zeros_(layers[-2].bias)
    model = torch.nn.Sequential(*layers[:-1])
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=RECIPE["label_smoothing"])
    rate = settings["learning_rate"]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=RECIPE["momentum"])
    n_batches = -(-len(X) // settings["batch_size"])
    n_steps = settings["epochs"] * n_batches
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate_at(min(step, n_steps - 1), n_steps, 1.0)
    )
    mean = X.mean(axis=0)
    for _ in range(settings["epochs"]):
        for rows in torch.randperm(len(X)).split(settings["batch_size"]):
            optimizer.zero_grad()
            loss_of(model(X[rows] - mean), y[rows]).backward()
            optimizer.step()
            schedule.step()
    return model, mean


def same_network(data, threads):
    """Question 2, for one number of threads: five rounds, all contestants in each."""
    X, y, X_test, y_test = data
    rounds = []
    if torch:
        torch.set_num_threads(threads)
        inputs, labels = torch_tensors(X, y)
        test_inputs, test_labels = torch_tensors(X_test, y_test)
    with threadpool_limits(threads, user_api="blas"):
        for seed in range(REPEATS):
            ours = MLP(**RECIPE, **SAME, random_state=seed)
            times = {"mnistlab": seconds(lambda model=ours: model.fit(X, y))[0]}
            accuracies = {"mnistlab": ours.score(X_test, y_test)}
            sizes = [784, *SAME["hidden_layer_sizes"], 10]
            times["bare products"], _ = seconds(
                lambda sizes=sizes: bare_products(sizes, SAME["batch_size"], len(X), SAME["epochs"])
            )
            if torch:
                start = time.perf_counter()
                model, mean = torch_same(inputs, labels, SAME, seed)
                times["PyTorch"] = time.perf_counter() - start
                with torch.no_grad():
                    hits = model(test_inputs - mean).argmax(1) == test_labels
                accuracies["PyTorch"] = hits.float().mean().item()
            rounds.append({"seconds": times, "accuracy": accuracies})
    result = {"threads": threads, "rounds": rounds}
    for peer in [name for name in rounds[0]["seconds"] if name != "mnistlab"]:
        ratio = median(r["seconds"]["mnistlab"] / r["seconds"][peer] for r in rounds)
        result[f"mnistlab / {peer}"] = round(ratio, 3)
        print(f"   same network, {threads} threads: mnistlab / {peer} = {ratio:.2f}", flush=True)
    return result


def prediction(data):
    """Question 3: predict 10,000 digits, five rounds of ten."""
    X, y, X_test, _ = data
    result = {}
    for hidden in [(256,), (800,), (1024, 512)]:
        model = MLP(hidden, batch_size=128, epochs=1, random_state=0).fit(X[:5000], y[:5000])
        layers = [(np.ones((len(X_test), len(w)), np.float32), w) for w in model.weights_]
        ratios = []
        for _ in range(REPEATS):
            ours, _ = seconds(lambda m=model: [m.predict(X_test) for _ in range(10)])
            bare, _ = seconds(lambda pairs=layers: [x @ w for _ in range(10) for x, w in pairs])
            ratios.append({"seconds": ours / 10, "ratio": ours / bare})
        name = "-".join(map(str, [784, *hidden, 10]))
        result[name] = {
            "seconds": median(r["seconds"] for r in ratios),
            "times the bare products": round(median(r["ratio"] for r in ratios), 3),
        }
        print(f"   predict, {name}: {result[name]}", flush=True)
    return result


def same_accuracy(data):
    """Question 1."""
    goal_1, _, ours_1 = ROWS["97.2"]
    goal_2, _, ours_2 = ROWS["98.0"]
    contestants = {"scikit-learn MLPClassifier, Adam": scikit_learn}
    if torch:
        contestants["PyTorch, Adam"] = torch_adam
    runs = {"mnistlab": []} | {name: [] for name in contestants}
    for seed in range(REPEATS):
        model = MLP(**RECIPE, **ours_2, random_state=seed)
        wall, _ = seconds(lambda m=model: m.fit(*data[:2]))
        accuracy = model.score(*data[2:])
        runs["mnistlab"].append({"seconds": wall, "epochs": ours_2["epochs"], "accuracy": accuracy})
        for name, contestant in contestants.items():
            runs[name].append(contestant(*data, goal_2, seed))
        print("  ", {name: list(run[-1].values()) for name, run in runs.items()}, flush=True)
    to_98 = {"goal": goal_2, "runs": runs}
    for name in contestants:
        times = zip(runs[name], runs["mnistlab"], strict=True)
        ratio = median(theirs["seconds"] / ours["seconds"] for theirs, ours in times)
        to_98[f"{name} / mnistlab"] = round(ratio, 1)
        print(f"   to {goal_2:.1%}: {name} / mnistlab = {ratio:.1f}", flush=True)

    def ours():
        model = MLP(**RECIPE, **ours_1, random_state=0)
        wall, _ = seconds(lambda: model.fit(*data[:2]))
        return {"seconds": wall, "accuracy": model.score(*data[2:])}

    before = [ours() for _ in range(REPEATS)]
    epochs = classic_loop(*data, goal_1)
    mine = before + [ours() for _ in range(REPEATS)]
    loop_seconds = len(epochs) * median(epoch["seconds"] for epoch in epochs)
    ratio = loop_seconds / median(run["seconds"] for run in mine)
    print(f"   to {goal_1:.1%}: classic loop / mnistlab = {ratio:.0f}", flush=True)
    to_97 = {
        "goal": goal_1,
        "classic loop": epochs,
        "mnistlab": mine,
        "classic loop / mnistlab": round(ratio, 1),
    }
    return {"to 98.0 %": to_98, "to 97.2 %": to_97}


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    mnist = full_mnist()
    data = (mnist.X_train, mnist.y_train, mnist.X_test, mnist.y_test)
    MLP((8,), epochs=1).fit(data[0][:1000], data[1][:1000])
    record = {
        "repeats": REPEATS,
        "pytorch": torch.__version__ if torch else "not installed: its rows are left out",
        "same network": [same_network(data, threads) for threads in (2, 1)],
        "same network settings": RECIPE | SAME,
        "predict": prediction(data),
    }
    write_record("mlp_peers", **record)
    record |= same_accuracy(data)
    write_record("mlp_peers", **record)


if __name__ == "__main__":
    main()
