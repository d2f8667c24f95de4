"""Distorted digits: what a tired hand, a soft pen or a crooked page would have made of them.

A distorted seven is still a seven: a new training picture for nothing. The method is that of
Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied to Visual
Document Analysis" (ICDAR 2003). Pixel p of the new picture is read from the old one at

    q = c + A (p - c) + s + u(p)

where c is the centre, A = rotation x shear x scale, s a shift and u the elastic field: white noise
smoothed with a Gaussian. The value at q is interpolated between its four neighbours; outside the
picture is paper. Then the stroke is thickened or thinned (a part of a grey dilation or erosion with
a cross of five pixels) and the picture blurred.

It is fast because reading pixels at fixed places is linear in the picture: a sparse matrix of
784 x 784. Pictures that share a field are distorted by one product. They are dealt out like cards
to 64 fields or more, drawn anew for each block: of a mini-batch of 128, two share one.
"""

from dataclasses import dataclass
from math import ceil, isqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

IMAGES_PER_FIELD = 128
FEWEST_FIELDS = 64  # this many pictures or fewer: each has a field of its own
DTYPES = [np.float32, np.float64, np.uint8]
Seed = int | np.random.RandomState | None


@dataclass(kw_only=True, eq=False, repr=False)
class Augment(TransformerMixin, BaseEstimator):
    """Random, plausible distortions of square grey pictures.

    Every amount is the largest one: each draw is uniform between minus and plus that amount
    (`blur`: between 0 and it), `elastic` excepted. An amount of 0 leaves that distortion out.

    Parameters
    ----------
    elastic : float
        Root mean square of the elastic displacement along each axis, in pixels. Simard's
        alpha = 34 at sigma = 4 is about 1.4.
    smoothness : float
        Standard deviation, in pixels, of the Gaussian that smooths the elastic field. Small is
        wrinkled, large is close to a shift.
    rotation, shift : float
        In degrees; in pixels along each axis.
    scale : float
        Fraction of the size, drawn for each axis on its own: 0.1 is 90 to 110 %.
    shear : float
        Slant, as horizontal pixels per vertical pixel.
    stroke : float
        Change of the stroke's width: 1 adds (or takes) one pixel on each side. At most 1.
    blur : float
        Standard deviation of the Gaussian blur, in pixels.
    random_state : int, RandomState instance or None
        Seed of `transform`. Inside an `MLP` the network's own seed rules.
    """

    elastic: float = 0.0
    smoothness: float = 4.0
    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    stroke: float = 0.0
    blur: float = 0.0
    random_state: Seed = None

    @classmethod
    def mild(cls, random_state: Seed = None) -> "Augment":
        """Distortions that a reader hardly notices: for short training."""
        amounts = {"elastic": 0.6, "rotation": 7.5, "scale": 0.075, "shear": 0.075, "shift": 1.0}
        return cls(**amounts, random_state=random_state)

    def fit(self, X: ArrayLike, y: None = None) -> "Augment":
        """Check X (n_samples, n_features): ValueError if not square, or amounts out of range."""
        self._check(validate_data(self, X, dtype=DTYPES))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return each picture distorted once, in a new array of the same shape and dtype.

        Takes an array (n_samples, n_features), uint8 (0-255) or float (0 is paper).
        """
        X = validate_data(self, X, dtype=DTYPES, reset=False)
        seed = check_random_state(self.random_state).randint(2**31)
        distorted = self.distort(X, np.random.default_rng(seed))
        if X.dtype == np.uint8:
            return np.rint(255 * distorted).astype(np.uint8)
        return distorted.astype(X.dtype, copy=False)

    def distort(self, X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Distort a block of pictures: what networks call between mini-batches.

        X is (n_samples, n_features): uint8 is read as 0-255 and scaled, floats are taken as they
        are. Returned is float32, of the same shape.
        """
        side = self._check(X)
        n_fields = min(len(X), max(FEWEST_FIELDS, ceil(len(X) / IMAGES_PER_FIELD)))
        matrices = _bilinear_matrices(self._source_positions(n_fields, side, rng))
        strokes = rng.uniform(-self.stroke, self.stroke, n_fields)
        blurs = rng.uniform(0, self.blur, n_fields)
        distorted = np.empty(X.shape, dtype=np.float32)
        for field, matrix in enumerate(matrices):
            mine = slice(field, None, n_fields)
            # One column per picture: every step then works on long rows of memory.
            images = X[mine].astype(np.float32).T.copy()
            if X.dtype == np.uint8:
                images *= np.float32(1 / 255)
            images = (matrix @ images).reshape(side, side, -1)
            if self.stroke:
                images = _change_stroke(images, np.float32(strokes[field]))
            if self.blur:
                blur = _gaussian_matrix(side, blurs[field])
                images = blur @ (blur @ images.reshape(side, -1)).reshape(images.shape)
            distorted[mine] = images.reshape(side * side, -1).T
        return distorted

    def _check(self, X):
        n, side = X.shape[1], isqrt(X.shape[1])
        if side * side != n:
            raise ValueError(f"Augment: X has {n} features, which is no square (28 x 28 is 784).")
        for name, value in self.get_params().items():
            if name != "random_state" and not value >= 0:
                raise ValueError(f"Augment: {name} must be 0 or more, got {value!r}.")
        if self.smoothness == 0 or self.stroke > 1 or self.scale >= 1:
            raise ValueError("Augment: smoothness must be above 0, stroke <= 1 and scale < 1.")
        return side

    def _source_positions(self, n_fields, side, rng):
        """Return where each new pixel is read from: rows and columns, (2, n_fields, n_pixels)."""
        angle = np.deg2rad(rng.uniform(-self.rotation, self.rotation, n_fields))
        shear = rng.uniform(-self.shear, self.shear, n_fields)
        scale_rows, scale_columns = 1 / (1 + rng.uniform(-self.scale, self.scale, (2, n_fields)))
        shift_rows, shift_columns = rng.uniform(-self.shift, self.shift, (2, n_fields))
        centre = (side - 1) / 2
        y, x = np.indices((side, side)).reshape(2, 1, -1) - centre
        # Undo the scale, then the shear, then the rotation.
        y, x = y * scale_rows[:, None], x * scale_columns[:, None]
        x = x + shear[:, None] * y
        cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
        rows = centre + cosine * y - sine * x + shift_rows[:, None]
        columns = centre + sine * y + cosine * x + shift_columns[:, None]
        positions = np.stack([rows, columns]).astype(np.float32)
        if self.elastic:
            noise = rng.standard_normal((2, n_fields, side, side), dtype=np.float32)
            smooth = _gaussian_matrix(side, self.smoothness, unit_variance=True)
            field = smooth @ noise @ smooth.T
            positions += np.float32(self.elastic) * field.reshape(positions.shape)
        return positions


def _gaussian_matrix(side, sigma, unit_variance=False):
    """Return the matrix G (side, side) for which G @ image @ G.T is a Gaussian blur.

    With ``unit_variance`` white noise keeps its variance of 1; otherwise paper and ink keep their
    level away from the border, and beyond the border is paper.
    """
    distance = np.subtract.outer(np.arange(side), np.arange(side))
    weights = np.exp(-0.5 * (distance / max(sigma, 0.01)) ** 2)
    if unit_variance:
        weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
    else:
        weights /= weights.sum(axis=1).max()
    weights[weights < 1e-6] = 0  # no denormal numbers: they are slow
    return weights.astype(np.float32)


def _bilinear_matrices(positions):
    """Yield for each field the sparse matrix that reads a picture at some positions.

    They are rows and columns, float32 (2, n_fields, n_pixels); outside the picture is paper. Each
    row of a matrix (n_pixels, n_pixels) has four entries: the weights of a position's neighbours.
    """
    n_pixels = positions.shape[2]
    side = isqrt(n_pixels)
    first = np.floor(positions)
    fraction = positions - first
    neighbours = first.astype(np.int32)[..., None] + np.array([0, 1], dtype=np.int32)
    weights = np.stack([1 - fraction, fraction], axis=-1)
    weights *= (neighbours >= 0) & (neighbours < side)
    rows, columns = neighbours.clip(0, side - 1)
    indices = side * rows[..., :, None] + columns[..., None, :]
    weights = weights[0, ..., :, None] * weights[1, ..., None, :]
    starts = np.arange(0, 4 * n_pixels + 1, 4, dtype=np.int32)
    for weight, index in zip(weights, indices, strict=True):
        yield csr_array((weight.ravel(), index.ravel(), starts), shape=(n_pixels, n_pixels))


def _change_stroke(images, amount):
    """Thicken (amount > 0) or thin (< 0) the ink of images (side, side, n_images)."""
    extreme = np.maximum if amount > 0 else np.minimum
    padded = np.pad(images, ((1, 1), (1, 1), (0, 0)), "edge")
    across = extreme(padded[1:-1, :-2], padded[1:-1, 2:])
    changed = extreme(images, extreme(across, extreme(padded[:-2, 1:-1], padded[2:, 1:-1])))
    return images + abs(amount) * (changed - images)
