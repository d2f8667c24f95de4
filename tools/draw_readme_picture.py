"""Draw docs/digits.png, the picture in the README: real digits, and how a small model reads them.

Of each class, the first digit of the sample's test set that the model reads right, and the first
that it reads wrong. The model is logistic regression on the sample's 4,000 training digits.
Run it from the checkout:
``.venv/bin/python tools/draw_readme_picture.py``.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression

from mnistlab import load_mnist, plots

mnist = load_mnist("sample")
model = LogisticRegression(max_iter=200).fit(mnist.X_train / 255, mnist.y_train)
predictions = model.predict(mnist.X_test / 255)
accuracy = np.mean(predictions == mnist.y_test)

right = np.flatnonzero(predictions == mnist.y_test)
wrong = np.flatnonzero(predictions != mnist.y_test)
rows = [
    [right[mnist.y_test[right] == digit][0] for digit in range(10)],
    [wrong[mnist.y_test[wrong] == digit][0] for digit in range(10)],
]
figure, axes = plt.subplots(2, 10, figsize=(9, 2.5))
for row, chosen in enumerate(rows):
    for digit, index in enumerate(chosen):
        axis = axes[row, digit]
        axis.imshow(mnist.images_test[index])
        axis.axis("off")
        read = predictions[index]
        axis.set_title(
            f"read as {read}" + ("" if row == 0 else " ✗"),
            fontsize=9,
            color=plots.INK if row == 0 else plots.RED,
        )
figure.suptitle(
    f"A first model reads {accuracy:.0%} of 1,000 new digits. Below: one it gets wrong of each.",
    fontsize=10,
)
figure.savefig(Path(__file__).parents[1] / "docs" / "digits.png", dpi=130)
