"""A multilayer perceptron from scratch: forward, backward, update, and the loop around them.

Notebook 07 builds these functions one by one. The rest of this file makes a scikit-learn classifier
of them. The recipe is the usual one: mini-batches, softmax and cross-entropy, momentum (Polyak
1964), a learning rate that warms up and then falls along a cosine (Loshchilov and
Hutter 2017), first weights scaled to the number of inputs (He et al. 2015; Glorot and Bengio 2010).
"""

from contextlib import nullcontext
from itertools import pairwise
from math import ceil, isfinite, prod

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mnistlab.model_files import read_mlp, write_mlp

WARM_UP = 0.05  # fraction of all steps in which the learning rate rises to its full value
AUGMENT_BLOCK = 8192  # images distorted at a time
PREDICT_BLOCK = 1000  # images predicted at a time

# Name: the function, in place, and its derivative written in terms of the function's *output*.
ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0, out=z), lambda out: out > 0),
    "sigmoid": (lambda z: np.divide(1, 1 + np.exp(-z), out=z), lambda out: out * (1 - out)),
    "tanh": (lambda z: np.tanh(z, out=z), lambda out: 1 - out * out),
}


def softmax(scores):
    """Turn scores (n, n_classes) into probabilities, in place: rows sum to 1."""
    scores -= scores.max(axis=1, keepdims=True)  # the same result, and exp cannot overflow
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def forward(X, weights, biases, activation):
    """Send a batch through the network.

    Parameters
    ----------
    X : float array (n, n_features)
    weights, biases : lists of arrays (n_in, n_out) and (n_out,), one per layer
    activation : {"relu", "sigmoid", "tanh"}

    Returns
    -------
    list of arrays
        The output of every layer: X itself, the hidden layers, the probabilities (n, n_classes).
    """
    squash, _ = ACTIVATIONS[activation]
    outputs = [X]
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        z = outputs[-1] @ W
        z += b
        outputs.append(softmax(z) if layer == len(weights) else squash(z))
    return outputs


def cross_entropy(probabilities, targets):
    """Return the mean over the batch of -sum(targets * log(probabilities)).

    A wanted class whose probability has sunk to 0 counts with the smallest number there is: a loss
    of about 87 in float32, not infinity, since training recovers from it.
    """
    smallest = np.finfo(probabilities.dtype).tiny
    return -float(np.vdot(targets, np.log(np.maximum(probabilities, smallest)))) / len(targets)


def backward(outputs, targets, weights, activation, weight_gradients, bias_gradients):
    """Send the error back through the network (Rumelhart, Hinton and Williams 1986).

    Parameters
    ----------
    outputs : list of arrays
        What `forward` returned.
    targets : array (n, n_classes)
        The wanted probabilities; rows sum to 1.
    weights, activation
        As in `forward`.
    weight_gradients, bias_gradients : lists of arrays
        Shaped as weights and biases; filled here with the derivatives of `cross_entropy`.
    """
    _, slope = ACTIVATIONS[activation]
    error = (outputs[-1] - targets) / len(targets)  # softmax and cross-entropy together
    for layer in reversed(range(len(weights))):
        np.matmul(outputs[layer].T, error, out=weight_gradients[layer])
        error.sum(axis=0, out=bias_gradients[layer])
        if layer > 0:
            error = error @ weights[layer].T
            error *= slope(outputs[layer])


def update(parameters, gradient, velocity, learning_rate, momentum):
    """Take one step of gradient descent with momentum (Polyak 1964), in place.

    velocity = momentum * velocity - learning_rate * gradient
    parameters += velocity
    """
    gradient *= learning_rate  # used up: its memory is written again by the next `backward`
    velocity *= momentum
    velocity -= gradient
    parameters += velocity


def learning_rate_at(step, n_steps, peak):
    """Return the learning rate: a short straight rise to `peak`, then half a cosine down to 0."""
    warm_up = max(1, round(WARM_UP * n_steps))
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return peak * 0.5 * (1 + np.cos(np.pi * (step - warm_up) / (n_steps - warm_up)))


class MLP(ClassifierMixin, BaseEstimator):
    """Multilayer perceptron classifier, written to be read.

    uint8 pixels are read as 0-255 and scaled to 0-1, batch by batch; floats are taken as they are
    (float64 computes in float64, half as fast).

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Units of each hidden layer. ``()`` is softmax regression.
    activation : {"relu", "sigmoid", "tanh"}
        What the hidden units do with their weighted sum.
    batch_size : int
        Images per step.
    epochs : int
        Passes over the training data.
    learning_rate : float
        Its peak in `fit`; `partial_fit` keeps it constant.
    momentum : float
        From 0 up to, not including, 1.
    label_smoothing : float
        Share of the target spread evenly over all classes (Szegedy et al. 2016).
    augment : Augment or None
        Distorts every training image anew in every epoch.
    random_state : int, RandomState instance or None
        The same seed and the same data give the same network.
    verbose : bool
        Show a progress bar.
    callback : callable or None
        Called as ``callback(model)`` after each epoch.

    Attributes
    ----------
    weights_, biases_ : lists of arrays (n_in, n_out) and (n_out,)
    mean_ : array (n_features,)
        The mean training image, subtracted from every input.
    classes_ : array (n_classes,)
    n_features_in_ : int
    loss_curve_ : list of float
        Mean training loss of each epoch.

    Notes
    -----
    Ctrl-C ends `fit` early, says so, and keeps the model as trained so far.
    """

    def __init__(
        self,
        hidden_layer_sizes=(200,),
        *,
        activation="relu",
        batch_size=64,
        epochs=10,
        learning_rate=0.1,
        momentum=0.9,
        label_smoothing=0.0,
        augment=None,
        random_state=None,
        verbose=False,
        callback=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.batch_size = batch_size
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.label_smoothing = label_smoothing
        self.augment = augment
        self.random_state = random_state
        self.verbose = verbose
        self.callback = callback

    def fit(self, X, y):
        """Train a new network.

        Parameters
        ----------
        X : array (n_samples, n_features)
            uint8 in 0-255, or float.
        y : array (n_samples,)
            Labels of any kind, at least two different ones.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that make no sense.
        FloatingPointError
            When the loss is no longer finite.
        """
        X, y = self._validated(X, y)
        self._initialise(X, y)
        return self._train(X, y, self.epochs, decay=True)

    def partial_fit(self, X, y, classes=None):
        """Train one more epoch, at the full learning rate.

        Parameters
        ----------
        X, y
            As in `fit`.
        classes : array (n_classes,), optional
            All labels that will ever come; needed at the first call if `y` lacks some.

        Returns
        -------
        self
        """
        first = not hasattr(self, "weights_")
        X, y = self._validated(X, y, reset=first)
        if first:
            self._initialise(X, y if classes is None else classes)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"y has labels that are not in classes: {unknown.tolist()}")
        return self._train(X, y, 1, decay=False)

    def predict_proba(self, X):
        """Return the probability of each class, (n_samples, n_classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32, np.uint8], reset=False)
        if self.trained_on_uint8_ and X.dtype != np.uint8 and X.max() > 2:
            raise ValueError(
                f"This MLP was trained on uint8 pixels; X is {X.dtype} and reaches {X.max():g}. "
                f"Pass uint8 (0-255), or floats scaled to 0-1."
            )
        probabilities = np.empty((len(X), len(self.classes_)), dtype=self.mean_.dtype)
        for start in range(0, len(X), PREDICT_BLOCK):
            block = slice(start, start + PREDICT_BLOCK)
            inputs = self._scaled(X[block])
            outputs = forward(inputs, self.weights_, self.biases_, self.activation)
            probabilities[block] = outputs[-1]
        return probabilities

    def predict(self, X):
        """Return the most probable label of each row, (n_samples,)."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def _validated(self, X, y, reset=True):
        """Check parameters and data; return X as uint8, float32 or float64, and y."""
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {sorted(ACTIVATIONS)}.")
        if min(self.batch_size, self.epochs, *self.hidden_layer_sizes) < 1:
            raise ValueError("batch_size, epochs and hidden_layer_sizes must be at least 1.")
        if not (
            self.learning_rate > 0 and 0 <= self.momentum < 1 and 0 <= self.label_smoothing < 1
        ):
            raise ValueError(
                "learning_rate must be above 0; momentum and label_smoothing from 0 to below 1."
            )
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32, np.uint8], reset=reset)
        check_classification_targets(y)
        return X, y

    def _initialise(self, X, y_or_classes):
        """Draw the first weights; learn the classes and the mean image."""
        self.classes_ = np.unique(y_or_classes)
        if len(self.classes_) < 2:
            raise ValueError(f"MLP needs two classes or more; y has one class: {self.classes_[0]}")
        self.loss_curve_ = []
        self.trained_on_uint8_ = X.dtype == np.uint8
        dtype = np.dtype(np.float32) if self.trained_on_uint8_ else X.dtype
        mean = X.mean(axis=0, dtype=np.float64) / (255 if self.trained_on_uint8_ else 1)
        self.mean_ = mean.astype(dtype)
        self._start_training_state()
        gain = 2 if self.activation == "relu" else 1  # ReLU silences half of its inputs
        sizes = [X.shape[1], *self.hidden_layer_sizes, len(self.classes_)]
        self.weights_ = [
            self._rng.standard_normal((n_in, n_out), dtype) * np.sqrt(gain / n_in, dtype=dtype)
            for n_in, n_out in pairwise(sizes)
        ]
        self.biases_ = [np.zeros(n_out, dtype) for n_out in sizes[1:]]

    def _start_training_state(self):
        """Set what training needs from step to step and predicting does not."""
        seed = check_random_state(self.random_state).randint(2**31)
        self._rng = np.random.default_rng(seed)
        self._velocity = None

    def _train(self, X, y, n_epochs, decay):
        """Run the epochs; Ctrl-C between any two lines leaves a usable model."""
        labels = np.searchsorted(self.classes_, y)
        n_classes = len(self.classes_)
        targets = (1 - self.label_smoothing) * np.eye(n_classes) + self.label_smoothing / n_classes
        targets = targets.astype(self.mean_.dtype)
        # All parameters lie in one flat array, so that one update moves them all.
        parameters = np.concatenate([a.ravel() for a in self.weights_ + self.biases_])
        self.weights_, self.biases_ = self._views(parameters)
        if self._velocity is None:
            self._velocity = np.zeros_like(parameters)
        gradient = np.empty_like(parameters)
        gradients = self._views(gradient)
        n_steps = n_epochs * ceil(len(X) / self.batch_size)
        step, rate = 0, self.learning_rate
        bar = self._progress_bar(n_steps)
        quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")  # loss is checked
        try:
            with bar, quiet:
                for _ in range(n_epochs):
                    losses = []
                    for inputs, batch_labels in self._batches(X, labels):
                        if decay:
                            rate = learning_rate_at(step, n_steps, self.learning_rate)
                        wanted = targets[batch_labels]
                        outputs = forward(inputs, self.weights_, self.biases_, self.activation)
                        losses.append(self._checked(cross_entropy(outputs[-1], wanted)))
                        backward(outputs, wanted, self.weights_, self.activation, *gradients)
                        update(parameters, gradient, self._velocity, rate, self.momentum)
                        step += 1
                        if self.verbose:
                            bar.update(1, note=f"loss {losses[-1]:.3f}")
                    self.loss_curve_.append(sum(losses) / len(losses))
                    if self.callback is not None:
                        self.callback(self)
        except KeyboardInterrupt:
            print(f"Interrupted after {step} of {n_steps} steps: the model so far is kept.")
        return self

    def _checked(self, loss):
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
        for block in _chunks(order, batches_at_once * self.batch_size):
            images = X[block]
            if self.augment is not None:
                images = self.augment.distort(images, self._rng)
            batches = _chunks(images, self.batch_size), _chunks(labels[block], self.batch_size)
            for inputs, batch_labels in zip(*batches, strict=True):
                yield self._scaled(inputs), batch_labels

    def _scaled(self, X):
        """Return X as floats (uint8 scaled to 0-1) minus the mean image."""
        inputs = np.multiply(X, 1 / 255 if X.dtype == np.uint8 else 1, dtype=self.mean_.dtype)
        inputs -= self.mean_
        return inputs

    def _views(self, flat):
        """Return weights and biases as views of one flat array of that many numbers."""
        shapes = [a.shape for a in self.weights_ + self.biases_]
        ends = np.cumsum([prod(shape) for shape in shapes])
        parts = [part.reshape(s) for part, s in zip(np.split(flat, ends[:-1]), shapes, strict=True)]
        return parts[: len(self.weights_)], parts[len(self.weights_) :]

    def _progress_bar(self, n_steps):
        if not self.verbose:
            return nullcontext()
        from mnistlab.progress import ProgressBar  # here, because it needs IPython

        return ProgressBar("Training", total=n_steps)

    def save(self, path):
        """Write the fitted network to one .npz file (no pickle), whole or not at all.

        Parameters
        ----------
        path : str or path-like
            Ends in ``.npz``. `callback` and a `random_state` that is no int are not written.
        """
        check_is_fitted(self)
        write_mlp(self, path)

    @classmethod
    def load(cls, path):
        """Read a network that `save` wrote.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        MLP
            Predicts exactly as the saved one; `partial_fit` starts again from velocity zero.
        """
        parameters, fitted = read_mlp(path)
        model = cls(**parameters)
        vars(model).update(fitted)
        model._start_training_state()
        return model


def _chunks(items, size):
    return (items[start : start + size] for start in range(0, len(items), size))
