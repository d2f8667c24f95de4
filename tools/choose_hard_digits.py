"""Choose the twenty hard digits and write ``mnistlab/hard_digits.npz``.

Run once, about ten minutes on two cores::

    .venv/bin/python tools/choose_hard_digits.py

The rule. Five models of five kinds learn the 60,000 training digits and read the 10,000 test
digits. Of each digit 0 to 9 we take

1. the one that most models misread (several: the one whose true label got the fewest neighbours'
   votes among its 25 nearest training digits; then the first in the file), and
2. the one that exactly the three simplest models misread and the other two read (chosen among
   several in the same way): a digit that a learner will see being won during the course.

The twenty are therefore chosen by failure. A score on them says nothing about a model; they are
there to be looked at.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from mnistlab import load_mnist

TARGET = Path(__file__).parents[1] / "mnistlab" / "hard_digits.npz"

# From the simplest to the strongest.
MODELS = {
    "linear": SGDClassifier(random_state=42),
    "forest": RandomForestClassifier(random_state=42, n_jobs=2),
    "neighbours": KNeighborsClassifier(25, weights="distance", n_jobs=2),
    "network": MLPClassifier((256,), early_stopping=True, random_state=42),
    "support vectors": SVC(C=5, cache_size=1000),
}
SIMPLEST, STRONGEST = ["linear", "forest", "neighbours"], ["network", "support vectors"]


def read_test_set(mnist) -> tuple[pd.DataFrame, np.ndarray]:
    """Return each model's answers, a column a model, and the neighbours' votes for the truth."""
    pixels, questions = mnist.X_train / np.float32(255), mnist.X_test / np.float32(255)
    answers = {}
    for name, model in MODELS.items():
        answers[name] = model.fit(pixels, mnist.y_train).predict(questions)
        print(f"{name:<16} {(answers[name] == mnist.y_test).mean():.4f}", flush=True)
    votes = MODELS["neighbours"].predict_proba(questions)
    return pd.DataFrame(answers), votes[np.arange(len(questions)), mnist.y_test]


def choose(answers: pd.DataFrame, votes: np.ndarray, labels: np.ndarray) -> list[int]:
    """Apply the rule: two test digits of each class, as positions in the test set."""
    wrong = answers.ne(labels, axis=0)
    table = pd.DataFrame({"label": labels, "wrong": wrong.sum(axis=1), "votes": votes})
    table["won_later"] = wrong[SIMPLEST].all(axis=1) & ~wrong[STRONGEST].any(axis=1)
    chosen = []
    for _, digits in table.groupby("label"):
        hardest = digits.sort_values(["wrong", "votes"], ascending=[False, True], kind="stable")
        won_later = digits[digits["won_later"]].sort_values("votes", kind="stable")
        chosen += [hardest.index[0], won_later.index[0]]
    print(table.loc[chosen].join(answers).to_string())
    return chosen


def main() -> None:
    """Choose, and write the file."""
    mnist = load_mnist(source="full")
    answers, votes = read_test_set(mnist)
    chosen = np.array(choose(answers, votes, mnist.y_test), dtype=np.int64)
    np.savez_compressed(
        TARGET,
        images=mnist.images_test[chosen],
        labels=mnist.y_test[chosen],
        test_index=chosen,
    )
    print(f"wrote {TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
