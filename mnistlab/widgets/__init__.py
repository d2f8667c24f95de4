"""What moves: widgets in the notebook. Only the drawing pad asks Python; the others need not.

Each widget is a class here and a JavaScript and a CSS file of the same name in ``static/``
(anywidget's way). A stored page cannot show a widget, so in a notebook a still figure stands above
it, and a sentence in its place tells how to bring it to life.
"""

import math
from itertools import product
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from sklearn.svm import SVC

from ..imaging import SURE
from .passport import PAD, PEN, draw, main_digit, own_digits, stamp

STATIC = Path(__file__).parent


class ThresholdExplorer(anywidget.AnyWidget):
    """A slider for the threshold of a yes/no classifier, and everything that follows from it.

    Two histograms of scores, the confusion matrix with the digits that stand nearest to the
    threshold, precision, recall, and the points on the precision-recall and the ROC curve. A digit
    is called "yes" when its score is at or above the threshold, as in
    :func:`sklearn.metrics.precision_recall_curve`. The counts are exact: the browser holds all
    scores in float64 and looks the threshold up by binary search.

    Parameters
    ----------
    scores : array of shape (n_samples,)
        The higher, the surer the classifier is of "yes". Any finite numbers.
    y_true : array of shape (n_samples,)
        The truth, boolean (or 0 and 1). Both answers must occur.
    images : array of shape (n_samples, 784) or (n_samples, 28, 28), optional
        Pixels 0 (paper) to 255 (ink). A few hundred of them travel to the browser.
    name : str, default "5"
        What "yes" means.

    Attributes
    ----------
    threshold : float
        Where the slider stands. Reading it tells what was chosen in the browser; setting it moves
        the slider.

    Raises
    ------
    ValueError
        If lengths differ, a score is not finite, or `y_true` does not hold both answers.

    Examples
    --------
    >>> explorer = ThresholdExplorer(scores, y_train == 5, images_train)  # doctest: +SKIP
    >>> explorer.threshold = 5000  # doctest: +SKIP
    """

    STEPS = 1000  # slider positions, give or take a factor of two
    EXAMPLES = 300  # stretches of the slider that show one digit of each kind

    _esm = STATIC / "threshold_explorer.js"
    _css = STATIC / "threshold_explorer.css"
    threshold = traitlets.Float(0.0).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, scores, y_true, images=None, name="5"):
        scores, y_true = _checked(scores, y_true)
        step, low, high = _grid(scores, self.STEPS)
        data = {"name": str(name), "step": step, "low": low, "high": high}
        for kind, members in (("no", ~y_true), ("yes", y_true)):
            order = np.flatnonzero(members)
            order = order[np.argsort(scores[order], kind="stable")]
            data[kind] = scores[order].astype("<f8").tobytes()
            if images is not None:
                examples = order[_spread(scores[order], self.EXAMPLES, low * step, high * step)]
                data[f"{kind}_example_scores"] = scores[examples].astype("<f8").tobytes()
                data[f"{kind}_example_images"] = _pixels(images, len(scores), examples).tobytes()
        super().__init__(_data=data)

    def __repr__(self) -> str:
        # What a stored page shows in the widget's place.
        return "Run this cell to move the threshold yourself; the figure above shows one position."

    @traitlets.validate("threshold")
    def _finite(self, proposal):
        if not math.isfinite(proposal["value"]):
            raise traitlets.TraitError(f"threshold must be finite, not {proposal['value']}")
        return proposal["value"]


def _checked(scores, y_true) -> tuple[np.ndarray, np.ndarray]:
    scores, y_true = np.asarray(scores, dtype=np.float64), np.asarray(y_true)
    if scores.ndim != 1 or scores.shape != y_true.shape:
        raise ValueError(
            f"scores {scores.shape} and y_true {y_true.shape} must be two lists of one length; "
            "of predict_proba's columns, pass the one for 'yes'"
        )
    if not np.isfinite(scores).all():
        raise ValueError(f"{(~np.isfinite(scores)).sum():,} scores are not finite numbers")
    if set(np.unique(y_true).tolist()) != {0, 1}:
        raise ValueError(
            f"y_true must hold both answers, True and False; it holds {np.unique(y_true)[:5]}"
        )
    return scores, y_true.astype(bool)


def _grid(scores: np.ndarray, steps: int) -> tuple[float, int, int]:
    """Return a round step, and the first and last slider position in steps.

    At the first position every digit is called "yes", at the last one none is.
    """
    span = max(np.ptp(scores), 1e-9)
    power = math.floor(math.log10(span / steps))
    # By way of text, for 5e-6 is a round number and 5 * 10.0**-6 is not.
    step = next(s for m in (1, 2, 5, 10) if (s := float(f"{m}e{power}")) * steps >= span)
    return step, math.floor(scores.min() / step), math.floor(scores.max() / step) + 1


def _spread(ordered: np.ndarray, pieces: int, low: float, high: float) -> np.ndarray:
    """Return positions in `ordered` of one score from each of equally wide pieces of the axis."""
    piece = ((ordered - low) / (high - low) * pieces).astype(int)
    return np.unique(piece, return_index=True)[1]


def _pixels(images, n_samples: int, rows: np.ndarray) -> np.ndarray:
    if len(images) != n_samples:
        raise ValueError(f"{len(images):,} images but {n_samples:,} scores; they must match")
    return np.asarray(images[rows], dtype=np.uint8).reshape(-1, 784)


class MarginExplorer(anywidget.AnyWidget):
    """Sliders for C and gamma of a support vector machine in the plane.

    The machine is fitted once for every position of the two sliders, with scikit-learn and before
    anything is shown; the browser holds all the maps and draws the one that is asked for: the
    boundary, the margin, and rings around the support vectors. The sliders start in the middle.

    Parameters
    ----------
    X : array of shape (n_samples, 2)
        Where the samples lie; a few hundred at most.
    y : array of shape (n_samples,)
        Their labels, two different ones.
    X_new, y_new : arrays of shape (m, 2) and (m,)
        Samples to count mistakes on that the machines are not fitted to.

    Attributes
    ----------
    C, gamma : float
        What was chosen in the browser; gamma is 0 for the linear kernel. Setting them moves the
        sliders, to the values in `CS` and `GAMMAS` only.

    Raises
    ------
    ValueError
        If the samples are not in the plane, or their labels not of two kinds.

    Examples
    --------
    >>> MarginExplorer(X, y, X_new, y_new)  # doctest: +SKIP
    """

    CS = (0.01, 0.1, 1, 10, 100, 1000)
    GAMMAS = (0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)  # 0 stands for the linear kernel
    CELLS = 60  # of the map, in each direction
    DEEPEST = 2.0  # decisions beyond it are cut off: only -1, 0 and 1 are drawn

    _esm = STATIC / "margin_explorer.js"
    _css = STATIC / "margin_explorer.css"
    C = traitlets.Float(1.0).tag(sync=True)
    gamma = traitlets.Float(0.3).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, X, y, X_new, y_new):
        X, X_new = (np.asarray(points, dtype=np.float64) for points in (X, X_new))
        if X.ndim != 2 or X.shape[1] != 2 or X_new.shape[1:] != (2,):
            raise ValueError(
                f"samples must lie in the plane, shape (n, 2), not {X.shape} and {X_new.shape}"
            )
        names, y = np.unique(y, return_inverse=True)
        if len(names) != 2:
            raise ValueError(f"labels must be of two kinds; there are {len(names)}: {names[:5]}")
        (left, bottom), (right, top) = _frame(X)
        across, down = (np.linspace(*ends, self.CELLS) for ends in ((left, right), (top, bottom)))
        grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        maps, support, mistakes, mistakes_new = [], [], [], []
        for C, gamma in product(self.CS, self.GAMMAS):
            model = SVC(C=C, gamma=gamma) if gamma else SVC(C=C, kernel="linear")
            model.fit(X, y)
            depth = np.clip(model.decision_function(grid) / self.DEEPEST, -1, 1)
            maps.append(np.round(127 * depth).astype(np.int8))
            support.append(np.isin(np.arange(len(X)), model.support_))
            mistakes.append(int((model.predict(X) != y).sum()))
            mistakes_new.append(int((model.predict(X_new) != names.searchsorted(y_new)).sum()))
        data = {
            "names": [str(name) for name in names],
            "Cs": self.CS,
            "gammas": self.GAMMAS,
            "cells": self.CELLS,
            "deepest": self.DEEPEST,
            "frame": [left, right, bottom, top],
            "points": X.astype("<f4").tobytes(),
            "labels": y.astype(np.uint8).tobytes(),
            "maps": np.stack(maps).tobytes(),
            "support": np.stack(support).astype(np.uint8).tobytes(),
            "mistakes": mistakes,
            "mistakes_new": mistakes_new,
            "n_new": len(X_new),
        }
        super().__init__(_data=data)

    def __repr__(self) -> str:
        return "Run this cell to move C and gamma yourself; the figure above shows four positions."

    @traitlets.validate("C", "gamma")
    def _on_the_slider(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        known = self.CS if name == "C" else self.GAMMAS
        if value not in known:
            raise traitlets.TraitError(f"{name} must be one of {', '.join(map(str, known))}")
        return value


def _frame(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower left and the upper right corner of a frame with room around the points."""
    low, high = X.min(axis=0), X.max(axis=0)
    room = 0.08 * (high - low)
    return low - room, high + room


class DrawPad(anywidget.AnyWidget):
    """A field to draw a digit in; beside it what the model sees, and what it makes of it.

    Mouse, pen, finger or keyboard. The browser sends the strokes, while they are drawn and when the
    pen is lifted; Python draws the same strokes, brings them to MNIST's format, asks the model and
    sends the answer back. Nothing leaves the machine the notebook runs on.

    Parameters
    ----------
    model : classifier, optional
        Has ``predict_proba`` and ``classes_``, fitted on (n, 784) uint8, 0 (paper) to 255 (ink).
        Without it, the reader that comes with the package (:func:`mnistlab.load_reader`).
    strokes : list of lists of (x, y), optional
        What is drawn already, in the field's pixels (280 x 280).
    passport : bool, default False
        Show ten buttons that save the drawing in the learner's digit passport.

    Attributes
    ----------
    strokes : list of lists of [x, y]
        What is drawn. Setting it draws.
    picture : ndarray (280, 280), uint8
        The drawing, 0 is paper, 255 is ink.
    digit : ndarray (28, 28), uint8, or None
        What the model sees: the largest digit drawn. None while the field is empty.
    probabilities : ndarray (n_classes,), or None
        The model's answer. None while the field is empty.

    Raises
    ------
    TypeError
        The model has no ``predict_proba``.

    Examples
    --------
    >>> pad = DrawPad()  # doctest: +SKIP
    >>> pad.probabilities.argmax()  # doctest: +SKIP
    """

    _esm = STATIC / "draw_pad.js"
    _css = STATIC / "draw_pad.css"
    strokes = traitlets.List().tag(sync=True)
    _answer = traitlets.Dict().tag(sync=True)
    _field = traitlets.Dict().tag(sync=True)
    _stamped = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, model=None, strokes=(), passport=False):
        if model is None:
            from . import load_reader

            model = load_reader()
        if not hasattr(model, "predict_proba"):
            raise TypeError(
                f"{type(model).__name__} gives no probabilities (it has no predict_proba); pass a "
                "fitted MLP, a forest, or SVC(probability=True)"
            )
        self.model = model
        self.picture, self.digit, self.probabilities = draw(()), None, None
        field = {
            "side": PAD,
            "pen": PEN,
            "sure": SURE,
            "names": [str(name) for name in model.classes_],
            "passport": bool(passport),
        }
        stamped = sorted(int(digit) for digit in own_digits()) if passport else []
        super().__init__(_field=field, _stamped=stamped, strokes=list(strokes))
        self._look()
        self.on_msg(self._stamp)

    def __repr__(self) -> str:
        if self._field["passport"]:
            return "Run this cell to draw your ten digits; the figure below shows a ready set."
        return "Run this cell to draw yourself; the figure above shows one drawing."

    @traitlets.validate("strokes")
    def _drawable(self, proposal):
        try:
            draw(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    @traitlets.observe("strokes")
    def _look(self, _change=None):
        """Draw, bring to MNIST's format, ask the model, send the answer."""
        self.picture = draw(self.strokes)
        self.digit, self.probabilities = main_digit(self.picture), None
        if self.digit is None:
            self._answer = {}
            return
        self.probabilities = self.model.predict_proba(self.digit.reshape(1, -1))[0]
        self._answer = {
            "digit": self.digit.tobytes(),
            "probabilities": [round(float(share), 4) for share in self.probabilities],
        }

    def _stamp(self, _widget, content, _buffers):
        if self.digit is not None:
            stamp(content["stamp"], self.picture)
            self._stamped = sorted({*self._stamped, content["stamp"]})
