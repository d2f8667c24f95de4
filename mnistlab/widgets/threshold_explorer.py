"""A slider for the threshold of a yes/no classifier, and everything that follows from it."""

import math
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d

HERE, FILES = Path(__file__).parent, ("explorer", "threshold_explorer")


class ThresholdExplorer(anywidget.AnyWidget):
    """A slider for the threshold of a yes/no classifier, and everything that follows from it.

    Two histograms of scores, the confusion matrix with the digits that stand nearest to the
    threshold, precision, recall, and the points on the precision-recall and the ROC curve. A digit
    is called "yes" when its score is at or above the threshold, as in
    :func:`sklearn.metrics.precision_recall_curve`. The counts are exact.

    Parameters
    ----------
    scores : any finite numbers (n,): the higher, the surer the classifier is of "yes"
    y_true : the truth (n,), boolean (or 0 and 1); both answers must occur
    images : (n, 784) or (n, 28, 28), optional; 0 (paper) to 255 (ink)
        A few hundred of them travel to the browser.
    name : what "yes" means

    Attributes
    ----------
    threshold : where the slider stands, a float; setting it moves the slider
    """

    STEPS = 1000  # slider positions, give or take a factor of two
    SHOWN = (0.005, 0.9995)  # between these quantiles of the scores; few digits lie in the tails
    EXAMPLES = 300  # stretches of the slider that show one digit of each kind

    _esm = "".join((HERE / f"{name}.js").read_text("utf-8") for name in FILES)
    _css = "".join((HERE / f"{name}.css").read_text("utf-8") for name in ("card", *FILES))
    threshold = traitlets.Float(0.0).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        scores: ArrayLike,
        y_true: ArrayLike,
        images: np.ndarray | None = None,
        name: str = "5",
    ) -> None:
        scores, y_true = column_or_1d(scores, dtype=np.float64), column_or_1d(y_true)
        check_consistent_length(scores, y_true, images)
        assert_all_finite(scores, input_name="scores")
        kinds = np.unique(y_true)
        if kinds.tolist() != [0, 1]:
            raise ValueError(f"y_true must hold both answers, True and False; it holds {kinds[:5]}")
        y_true = y_true.astype(bool)
        step, low, high = _grid(np.quantile(scores, self.SHOWN), self.STEPS)
        data = {"name": str(name), "step": step, "low": low, "high": high}
        for kind, members in (("no", ~y_true), ("yes", y_true)):
            order = np.flatnonzero(members)
            order = order[np.argsort(scores[order], kind="stable")]
            data[kind] = scores[order].astype("<f8").tobytes()
            if images is not None:
                edges = np.linspace(low * step, high * step, self.EXAMPLES + 1)
                stretch = np.digitize(scores[order], edges)  # beyond the slider are two more
                examples = order[np.unique(stretch, return_index=True)[1]]
                data[f"{kind}_example_scores"] = scores[examples].astype("<f8").tobytes()
                pixels = np.asarray(images[examples], dtype=np.uint8).reshape(-1, 784)
                data[f"{kind}_example_images"] = pixels.tobytes()
        super().__init__(_data=data)

    def __repr__(self) -> str:
        return "Run this cell to move the threshold yourself; the figure above shows one position."

    @traitlets.validate("threshold")
    def _finite(self, proposal):
        if not math.isfinite(proposal["value"]):
            raise traitlets.TraitError(f"threshold must be finite, not {proposal['value']}")
        return proposal["value"]


def _grid(shown: np.ndarray, steps: int) -> tuple[float, int, int]:
    """Return a round step, and the first and last slider position in steps; 0 is one of them."""
    low, high = min(0, shown[0]), max(0, shown[1])
    span = max(high - low, 1e-9)
    power = math.floor(math.log10(span / steps))
    # By way of text, for 5e-6 is a round number and 5 * 10.0**-6 is not.
    step = next(s for m in (1, 2, 5, 10) if (s := float(f"{m}e{power}")) * steps >= span)
    return step, math.floor(low / step), math.floor(high / step) + 1
