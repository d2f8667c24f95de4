"""Error against the number of training pictures, up to 3,200,000 distorted: notebook 16's record.

10,000 training digits are held out and every error is counted on them; the other 50,000 are the
originals. Training sets are random subsets of the originals, or distorted copies of all of them
(`Augment.mild`, every copy another distortion). Whatever the size, a network sees 3,200,000
pictures, few of them often or many of them once. So the curve shows what *different* pictures are
worth, not longer training. The test set is not touched.

In the stored record both seeds made 1,301 mistakes with 500 digits, at nearly the same loss. That
is chance: run again, they made 1,302 and 1,304, and gave 1,233 different answers.

Run `python benchmarks/training_size.py` (about twenty minutes on two cores, 2 GB of memory). It
writes results/training_size.json row by row and goes on where it was stopped; `--rows 3` stops
after three rows.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
from _mlp import full_mnist
from joblib import cpu_count

from mnistlab import MLP, Augment

RESULTS = Path(__file__).parent / "results" / "training_size.json"
N_HELD_OUT = 10_000
N_ORIGINALS = 50_000
SEEN = 3_200_000  # pictures shown to every network, different or not
HIDDEN, BATCH_SIZE = (300,), 128
SEEDS = (0, 1)
SIZES = (500, 2_000, 10_000, 50_000, 200_000, 800_000, 3_200_000)


def plan():
    """Yield (number of different pictures, distorted or not, seed), in order."""
    for seed in SEEDS:
        for size in SIZES:
            yield size, size > N_ORIGINALS, seed


def held_out(mnist):
    """Return the originals and the digits held out, (X, y) each: the same for every row."""
    order = np.random.default_rng(0).permutation(len(mnist.X_train))
    originals, rest = order[:N_ORIGINALS], order[N_ORIGINALS:]
    return (
        (mnist.X_train[originals], mnist.y_train[originals]),
        (mnist.X_train[rest], mnist.y_train[rest]),
    )


def training_set(X, y, size, distorted, seed):
    """Return X and y of that size, and what still distorts them on the way (or None)."""
    if not distorted:
        chosen = np.random.default_rng(seed).permutation(len(X))[:size]
        return X[chosen], y[chosen], None
    if size >= SEEN:  # each is seen once, so none needs to be kept
        return X, y, Augment.mild()
    copies = size // len(X)
    distort = Augment.mild(random_state=seed).fit(X)
    distort.random_state = np.random.RandomState(seed)  # goes on from copy to copy
    return np.concatenate([distort.transform(X) for _ in range(copies)]), np.tile(y, copies), None


def measure(originals, validation, size, distorted, seed):
    """Train one network and return the record's row."""
    X, y, augment = training_set(*originals, size, distorted, seed)
    model = MLP(
        HIDDEN,
        batch_size=BATCH_SIZE,
        epochs=SEEN // len(X),
        augment=augment,
        random_state=seed,
    )
    started = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - started
    return {
        "pictures": size,
        "distorted": distorted,
        "seed": seed,
        "wrong": int(np.sum(model.predict(validation[0]) != validation[1])),
        "loss": round(model.loss_curve_[-1], 6),
        "seconds": round(seconds, 1),
    }


def main(most):
    """Measure the rows that the record does not have yet."""
    mnist = full_mnist()
    originals, validation = held_out(mnist)
    record = {
        "held_out": N_HELD_OUT,
        "originals": N_ORIGINALS,
        "seen": SEEN,
        "hidden": HIDDEN,
        "rows": [],
    }
    if RESULTS.is_file():
        record = json.loads(RESULTS.read_text())
    done = {(r["pictures"], r["distorted"], r["seed"]) for r in record["rows"]}
    for number, key in enumerate([key for key in plan() if key not in done]):
        if number == most:
            return
        row = measure(originals, validation, *key)
        record["rows"].append(row)
        record["machine"] = f"{cpu_count()} cores, {platform.machine()}"
        RESULTS.write_text(json.dumps(record, indent=1) + "\n")
        print(*row.values(), sep="\t", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, help="stop after so many rows")
    main(parser.parse_args().rows)
