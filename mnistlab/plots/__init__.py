"""Every picture the course draws more than once.

A function here draws one figure and returns it as a `Picture`: the figure and one sentence that
says what it shows. The sentence is computed from the data, stands below the figure and is its alt
text; where a function takes a `caption`, that one stands there instead.
"""

from .digits import digit_matrix, gallery, label_counts, predictions, votes
from .handwriting import boxes, side_by_side, steps
from .history import FAMILIES, published_error_rates, timeline
from .metrics import (
    accuracy_bars,
    calibration,
    confusion,
    error_against_cost,
    pr_curve,
    precision_recall_threshold,
    roc_curve,
    score_histograms,
)
from .networks import LiveCurve, learning_curves, weights_grid
from .picture import BLUE, CARD, GREEN, GREY, INK, ORANGE, PURPLE, RED, SKY, Picture
from .svm import kernel_vote, margins
