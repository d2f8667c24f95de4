"""What `MLP` and `CNN` share: a scikit-learn classifier around a loop over mini-batches.

The networks say what they answer, where the gradient points and how they follow it. Here is the
rest: a learning rate that warms up and then falls along a cosine (Loshchilov and Hutter 2017), the
loop over epochs and mini-batches, checking the data, Ctrl-C, predicting, saving.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from math import ceil, cos, isfinite, pi
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mnistlab.augment import Augment, Seed
from mnistlab.model_files import read_network, write_network
from mnistlab.progress_bar import ProgressBar

WARM_UP = 0.05  # fraction of all steps in which the learning rate rises to its full value
AUGMENT_BLOCK = 8192  # images distorted at a time
PREDICT_BLOCK = 1000  # images predicted at a time
Arrays = list[np.ndarray]
Gradients = tuple[Arrays, Arrays]  # by weights_, by biases_
DTYPES = [np.float64, np.float32, np.uint8]


def learning_rate_at(step: int, n_steps: int, peak: float) -> float:
    """Return the learning rate: a short straight rise to `peak`, then half a cosine down to 0."""
    warm_up = max(1, round(WARM_UP * n_steps))
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return peak * 0.5 * (1 + cos(pi * (step - warm_up) / (n_steps - warm_up)))


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """A classifier that learns by steps over mini-batches; see `MLP` for parameters, attributes.

    A network says in methods of these names what is its own: ``_initialise(X, n_classes, dtype)``
    sets the first `weights_`, `biases_` and `mean_`, and `std_` if that is not 1;
    ``_probabilities(inputs)`` answers; ``_backpropagate(inputs, targets, gradients)`` fills the
    gradients, shaped as `weights_` and `biases_`, and returns the loss;
    ``_update(parameters, gradient, learning_rate)`` takes a step, and keeps in `_memory`, two
    numbers for each parameter, what the next one needs.
    """

    std_ = 1

    batch_size: int = 64
    epochs: int = 10
    learning_rate: float
    label_smoothing: float = 0.0
    augment: Augment | None = None
    random_state: Seed = None
    verbose: bool = False
    callback: Callable[[Any], Any] | None = None

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train a new network, and return it.

        `X` (n_samples, n_features) is uint8 in 0-255, or float; `y` (n_samples,) holds labels of
        any kind, two of them or more. ValueError for data or parameters that make no sense,
        FloatingPointError when the loss is no longer finite.
        """
        X, y = self._validated(X, y, first=True)
        self._start(X, y)
        return self._train(X, y, self.epochs, decay=True)

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Train one more epoch, at the full learning rate; otherwise as `fit`.

        `classes` (n_classes,), all labels that will come, is needed at first if `y` lacks some.
        """
        first = not hasattr(self, "weights_")
        X, y = self._validated(X, y, first)
        if first:
            self._start(X, y if classes is None else classes)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y has labels that are not in classes: {unknown.tolist()}")
        return self._train(X, y, 1, decay=False)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of each class, (n_samples, n_classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=DTYPES, reset=False)
        self._check_scale(X)
        blocks = chunks(X, PREDICT_BLOCK)
        return np.concatenate([self._probabilities(self._scaled(block)) for block in blocks])

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable label of each row, (n_samples,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _validated(self, X: Any, y: Any, first: bool) -> tuple[np.ndarray, np.ndarray]:
        """Check parameters and data; return X as uint8, float32 or float64, and y."""
        if min(self.batch_size, self.epochs) < 1:
            raise ValueError("batch_size and epochs must be at least 1.")
        if not (self.learning_rate > 0 and 0 <= self.label_smoothing < 1):
            raise ValueError("learning_rate must be above 0, label_smoothing from 0 to below 1.")
        X, y = validate_data(self, X, y, dtype=DTYPES, reset=first)
        check_classification_targets(y)
        if first:
            self.trained_on_uint8_ = X.dtype == np.uint8
            self.input_range_ = (0, 255) if self.trained_on_uint8_ else (X.min(), X.max())
        self._check_scale(X)
        return X, y

    def _check_scale(self, X: np.ndarray) -> None:
        """Stop, or warn, where pixels are on another scale than those the network learned from."""
        # A file of the first edition does not say from which floats its network learned.
        low, high = getattr(self, "input_range_", (0, 1))
        learned = "uint8 pixels" if self.trained_on_uint8_ else f"floats from {low:g} to {high:g}"
        learned_0_to_1 = self.trained_on_uint8_ or (low >= 0 and high <= 1)
        pixels, reach, wrong = X.dtype == np.uint8, X.max(), ""
        if pixels and reach == 1:
            wrong = "uint8 is read as 0-255. Pass 255 * X, or X.astype(np.float32)."
        elif pixels and not learned_0_to_1:
            wrong = "uint8 is scaled to 0-1. Pass floats on the scale of training."
        elif learned_0_to_1 and reach > 2 and not pixels:
            wrong = "Pass uint8 (0-255), or floats scaled to 0-1."
        given = f"This {type(self).__name__} was trained on {learned}; X is {X.dtype} and reaches"
        if wrong:
            raise ValueError(f"{given} {reach:g}. {wrong}")
        if not learned_0_to_1 and low >= 0 and high > 100 and 0 < reach <= 1:
            warnings.warn(f"{given} only {reach:g}: is that the same scale?", stacklevel=3)

    def _start(self, X: np.ndarray, y_or_classes: ArrayLike) -> None:
        self.classes_ = np.unique(y_or_classes)
        if len(self.classes_) < 2:
            raise ValueError(f"a network needs two classes; y has one class: {self.classes_[0]}")
        self.loss_curve_ = []
        self._seed()
        dtype = np.dtype(np.float32) if self.trained_on_uint8_ else X.dtype
        self._initialise(X, len(self.classes_), dtype)

    def _seed(self) -> None:
        """Set what training needs from step to step and predicting does not."""
        self._rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        self._memory, self._n_steps = None, 0

    def _train(self, X: np.ndarray, y: np.ndarray, n_epochs: int, decay: bool) -> Self:
        """Run the epochs; Ctrl-C between any two lines leaves a usable model."""
        labels = np.searchsorted(self.classes_, y)
        n_classes = len(self.classes_)
        targets = (1 - self.label_smoothing) * np.eye(n_classes) + self.label_smoothing / n_classes
        targets = targets.astype(self.mean_.dtype)
        # All parameters lie in one flat array, so that one update moves them all.
        parameters = np.concatenate([a.ravel() for a in self.weights_ + self.biases_])
        self.weights_, self.biases_ = self._views(parameters)
        gradient = np.empty_like(parameters)
        gradients = self._views(gradient)
        if self._memory is None:
            self._memory = np.zeros((2, parameters.size), parameters.dtype)
        n_steps = n_epochs * ceil(len(X) / self.batch_size)
        step, rate = 0, self.learning_rate
        bar = ProgressBar("Training", total=n_steps) if self.verbose else nullcontext()
        try:
            with bar, np.errstate(all="ignore"):  # the loss is checked
                for _ in range(n_epochs):
                    losses = []
                    for inputs, batch_labels in self._batches(X, labels):
                        if decay:
                            rate = learning_rate_at(step, n_steps, self.learning_rate)
                        loss = self._backpropagate(inputs, targets[batch_labels], gradients)
                        losses.append(self._checked(loss))
                        self._update(parameters, gradient, rate)
                        step += 1
                        if self.verbose:
                            bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
                            bar.update()
                    self.loss_curve_.append(sum(losses) / len(losses))
                    if self.callback is not None:
                        self.callback(self)
        except KeyboardInterrupt:
            print(f"Interrupted after {step} of {n_steps} steps: the model so far is kept.")
        return self

    def _checked(self, loss: float) -> float:
        if not isfinite(loss):
            raise FloatingPointError(
                f"The loss is {loss} in epoch {len(self.loss_curve_) + 1}: training ran away. "
                f"Lower learning_rate (it is {self.learning_rate}), or scale X to about 0-1."
            )
        return loss

    def _batches(self, X, labels):
        """Yield the mini-batches (inputs, labels) of one epoch, in a new random order."""
        order = self._rng.permutation(len(X))
        batches_at_once = 1 if self.augment is None else ceil(AUGMENT_BLOCK / self.batch_size)
        for block in chunks(order, batches_at_once * self.batch_size):
            images = X[block]
            if self.augment is not None:
                images = self.augment.distort(images, self._rng)
            batches = chunks(images, self.batch_size), chunks(labels[block], self.batch_size)
            for inputs, batch_labels in zip(*batches, strict=True):
                yield self._scaled(inputs), batch_labels

    def _scaled(self, X: np.ndarray) -> np.ndarray:
        """Return what goes into the first layer: floats (uint8 scaled to 0-1), standardised."""
        scale = 1 / 255 if X.dtype == np.uint8 else 1
        inputs = np.multiply(X, scale / self.std_, dtype=self.mean_.dtype)
        inputs -= self.mean_ / self.std_
        return inputs

    def _views(self, flat: np.ndarray) -> tuple[Arrays, Arrays]:
        """Return weights and biases as views of one flat array of that many numbers."""
        arrays = self.weights_ + self.biases_
        ends = np.cumsum([array.size for array in arrays])
        parts = zip(np.split(flat, ends[:-1]), arrays, strict=True)
        views = [part.reshape(array.shape) for part, array in parts]
        return views[: len(self.weights_)], views[len(self.weights_) :]

    def save(self, path: str | PathLike) -> None:
        """Write the fitted network to one .npz file (no pickle), whole or not at all.

        `callback` and a `random_state` that is no int are not written.
        """
        check_is_fitted(self)
        fitted = {name: value for name, value in vars(self).items() if name.endswith("_")}
        parameters = self.get_params(deep=False) | {"callback": None}
        write_network(path, type(self).__name__, parameters, fitted)

    @classmethod
    def load(cls, path: str | PathLike) -> Self:
        """Read a saved network: it predicts the same; `partial_fit` starts without momentum."""
        kind, parameters, fitted = read_network(path)
        if kind != cls.__name__:
            raise ValueError(f"{path} holds a network of type {kind}: load it with {kind}.load.")
        model = cls(**parameters)
        vars(model).update(fitted)
        model._seed()
        return model


def chunks(items: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Yield the parts of `size` that the items are cut into; the last may be smaller."""
    return (items[start : start + size] for start in range(0, len(items), size))
