"""Pictures of networks: their weights, and how they learn."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from numpy.typing import ArrayLike

from .axes import label_lines
from .picture import BLUE, ORANGE, Picture


def weights_grid(weights: ArrayLike, columns: int = 10, caption: str | None = None) -> Picture:
    """Draw the weights of units as pictures: orange raises the unit's sum, purple lowers it.

    `weights` are (n_pixels, n_units); n_pixels is a square number, e.g. 784. `columns` pictures
    stand in a row.
    """
    weights = np.asarray(weights)
    side = int(np.sqrt(len(weights)))
    images = weights.T.reshape(-1, side, side)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    tile = min(1.8, 8 / columns)  # inches
    size = tile * columns + 0.9, tile * rows
    bare = {"frame_on": False, "xticks": [], "yticks": []}
    figure, panels = plt.subplots(rows, columns, figsize=size, squeeze=False, subplot_kw=bare)
    largest = np.abs(weights).max()
    for axes, image in zip(panels.flat, images, strict=False):
        shown = axes.imshow(image, cmap="PuOr_r", vmin=-largest, vmax=largest)
    figure.colorbar(shown, ax=panels, label="weight", shrink=0.9, ticks=[-largest, 0, largest],
                    format="{x:.1f}")  # fmt: skip
    return Picture(figure, caption or f"{len(images)} units; the largest weight is {largest:.2f}.")


def learning_curves(curves: Mapping[str, Sequence[float]]) -> Picture:
    """Draw how the accuracies (0-1) of several networks, by name, grow from epoch 1 on."""
    figure, axes = plt.subplots(figsize=(6.4, 3.4))
    longest = max(len(curve) for curve in curves.values())
    for (name, curve), marker in zip(curves.items(), "os^vDP", strict=False):
        axes.plot(range(1, len(curve) + 1), 100 * np.asarray(curve), marker=marker, label=name)
    axes.set(xlabel="epoch", ylabel="accuracy (%)", xticks=range(1, longest + 1))
    label_lines(axes)
    ends = ", ".join(f"{name} {curve[-1]:.1%}" for name, curve in curves.items())
    return Picture(figure, f"Accuracy after the last epoch: {ends}.")


class LiveCurve:
    """Loss and validation accuracy of an `MLP`, drawn again after every epoch: its ``callback``.

    In Jupyter the figure grows in place while the network trains. What stays on the page is one
    constant line, so that the output can be compared; `picture` gives the finished figure.

    `X` (n, n_features) are rows the network does not learn from, `y` (n,) their labels; `epochs` is
    the length of the axis. The attributes `losses` and `accuracies` hold mean training loss and
    validation accuracy (0-1) of each epoch so far.
    """

    def __init__(self, X: ArrayLike, y: ArrayLike, epochs: int):
        self.X, self.y, self.epochs = X, y, epochs
        self.losses, self.accuracies = [], []
        self._resting = {"text/plain": f"Learning curve: {epochs} epochs"}
        self._handle = display(self._resting, raw=True, display_id=True)

    def __call__(self, model: Any) -> None:
        """Measure the model and draw the curve again."""
        self.losses = list(model.loss_curve_)
        self.accuracies.append(model.score(self.X, self.y))
        if self._handle is not None:  # None outside Jupyter
            self._handle.update({"image/png": self.picture().png(), **self._resting}, raw=True)

    def close(self) -> None:
        """Leave only the constant line on the page."""
        if self._handle is not None:
            self._handle.update(self._resting, raw=True)

    def picture(self) -> Picture:
        """Return the curve so far as a figure with a caption."""
        figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.8), sharex=True)
        epochs = range(1, len(self.losses) + 1)
        left.plot(epochs, self.losses, "o-", color=BLUE)
        left.set(xlabel="epoch", ylabel="loss on the training rows", ylim=(0, None))
        right.plot(epochs, 100 * np.array(self.accuracies), "s-", color=ORANGE)
        right.set(xlabel="epoch", ylabel="validation accuracy (%)")
        left.set_xlim(0.5, self.epochs + 0.5)
        left.xaxis.get_major_locator().set_params(integer=True)
        falls = f"the loss falls from {self.losses[0]:.2f} to {self.losses[-1]:.2f}"
        first, last = self.accuracies[0], self.accuracies[-1]
        rises = f"the validation accuracy rises from {first:.1%} to {last:.1%}"
        return Picture(figure, f"In {len(self.losses)} epochs {falls}, and {rises}.")
