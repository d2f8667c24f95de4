"""Take the slant out of handwriting, with image moments, as a scikit-learn transformer.

A slanted 1 and an upright 1 share few pixels, so a model that compares pixels has to learn every
slant anew. LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE
86(11), 1998, section III, compares models on digits "deslanted" by their moments of inertia.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

STEEPEST = 1.0  # 45 degrees. Beyond it the ink is a flat stroke, whose "slant" means nothing.
DTYPES = [np.uint8, np.float32, np.float64]
BATCH = 500  # images at a time: small enough to stay in the processor's cache


def slant(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure how far ink moves sideways for every row it moves down.

    With x to the right, y down and the ink as weights, this is the slope of the regression line of
    x on y: the covariance of x and y over the variance of y. Takes images (n_images, height, width)
    in any range, ink larger than paper; negative values count as paper.

    Returned are two float64 (n_images,). The slope is pixels to the right per row down, from -1 to
    1; 0 where there is no ink or only one row of it. Writing that leans to the right, as most does,
    has a negative slope. The other is the row of the centre of mass.
    """
    ink = np.maximum(images, 0).astype(np.float64)
    y, x = map(np.arange, ink.shape[1:])
    rows = ink.sum(axis=2)  # ink per row: most moments need nothing finer
    mass = rows.sum(axis=1)
    mass_or_1 = np.where(mass > 0, mass, 1)
    centre_y = rows @ y / mass_or_1
    centre_x = ink.sum(axis=1) @ x / mass_or_1
    away_y = y - centre_y[:, None]
    variance_y = (rows * away_y**2).sum(axis=1)
    covariance = ((ink @ x - centre_x[:, None] * rows) * away_y).sum(axis=1)
    has_height = variance_y > 1e-9 * mass_or_1
    slope = np.divide(covariance, variance_y, out=np.zeros_like(mass), where=has_height)
    return np.clip(slope, -STEEPEST, STEEPEST), centre_y


def shear(images: np.ndarray, slope: np.ndarray, centre_y: np.ndarray) -> np.ndarray:
    """Shift every row of pixels against the slant, between whole pixels by linear interpolation.

    Takes float images (n_images, height, width) and what `slant` returns; gives the same shape and
    dtype. Row ``centre_y`` stays where it is; what is pushed over the edge is lost.
    """
    n_images, height, width = images.shape
    shift = slope[:, None] * (np.arange(height) - centre_y[:, None])
    whole = np.floor(shift)
    part = (shift - whole)[:, :, None].astype(images.dtype)
    # Rows padded with enough paper that no shift can leave them, then read at an offset.
    pad = math.ceil(STEEPEST * height) + 1
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad))).ravel()
    row_start = np.arange(n_images * height).reshape(n_images, height) * (width + 2 * pad)
    first = (row_start + pad + whole.astype(np.intp))[:, :, None] + np.arange(width)
    left = padded[first]
    first += 1
    return left + part * (padded[first] - left)


class Deskew(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Put handwritten digits upright.

    Every image is sheared by itself: ``fit`` learns nothing, so nothing can leak from a test set.
    What makes no square image is taken as one row of pixels: no slant, so it comes back unchanged.
    """

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> "Deskew":
        """Learn nothing; ValueError if ``X`` is empty, not two-dimensional, or not all finite."""
        validate_data(self, X, dtype=DTYPES)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Take the slant out of each row of an array (n_images, n_pixels), uint8 (0-255) or float.

        Returns the same shape and range in float32, or in float64 where ``X`` is. ValueError as in
        ``fit``, or if the number of pixels is another than in ``fit``.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=DTYPES, reset=False)
        side = math.isqrt(X.shape[1])
        shape = (side, side) if side * side == X.shape[1] else (1, X.shape[1])
        upright = np.empty(X.shape, dtype=np.float64 if X.dtype == np.float64 else np.float32)
        for start in range(0, len(X), BATCH):
            images = X[start : start + BATCH].reshape(-1, *shape).astype(upright.dtype)
            sheared = shear(images, *slant(images))
            upright[start : start + BATCH] = sheared.reshape(len(images), -1)
        return upright
