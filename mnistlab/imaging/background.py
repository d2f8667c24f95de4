"""Tell ink from paper: which of the two is darker, how bright the paper is, and what is written.

The paper's level is estimated under the ink too and divided by, so that a shadow is no ink; what is
left is thresholded with hysteresis, so that a faint line counts where it goes on.
"""

import math

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import filters

from .load import SMALL, NothingWritten

EVEN = 0.02  # grey values that differ by less are one and the same paper
DARKEST = 0.05  # of white: the darkest that paper is taken to be
PART = 0.15  # in a small picture: of what the blackest ink differs by
MOST = 0.8  # of the border is flat paper in a drawing; where a shadow comes in it is less
COARSE = 160  # the paper's level is estimated on a picture of this side
GRAIN = 8  # times the difference of neighbours that a quarter stays below: 3.6 deviations
ONE_GREY = 1e-4  # of full ink: skimage cannot part values that differ by less
FAINTEST = 0.06  # of full ink: less cannot be told from paper
WINDOWS = (0.06, 0.09, 0.13, 0.19, 0.27, 0.4, 0.55)  # of the shorter side, to look for paper in
EDGES = 0.01  # of the most ink that is found: less is the edge of a thick stroke
ENOUGH = 0.75  # of the ink that the next window finds: this one is wider than the pen


def flat_paper(grey: np.ndarray) -> float | None:
    """Return the level of paper that is one flat colour, as in a drawing; None if it is not.

    Flat is what most of the border and half of the picture have in common.
    """
    level = percentile(border(grey), 50)
    apart = np.abs(grey - level)
    even = max(EVEN, PART * float(apart.max())) if max(grey.shape) <= SMALL else EVEN
    same = apart < even
    return level if same.mean() > 0.5 and border(same).mean() > MOST else None


def border(picture: np.ndarray) -> np.ndarray:
    """Return the values along the four sides."""
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def chalk_vote(grey: np.ndarray) -> float:
    """Say how much speaks for writing that is lighter than its background: from -2 to 2.

    Writing is what differs from the mean of its neighbourhood. And it is thin: top-hats find what
    is bright, or dark, and narrower than their window. (Cubes, so that grain does not count; wide
    windows count less, as they also fill the hole of a 0.) Flat paper leaves no doubt: infinite.
    """
    level = flat_paper(grey)
    if level is not None:
        return math.inf if ((grey - level) ** 3).sum() > 0 else -math.inf
    coarse = shrink(grey, 48)
    apart = coarse - ndimage.uniform_filter(coarse, _odd(0.4 * min(coarse.shape)), mode="nearest")
    vote = (apart**3).sum() / max((np.abs(apart) ** 3).sum(), 1e-12)
    coarse = shrink(grey, 96)
    light = dark = 0.0
    for window in (3, 5, 9, 15, 25):
        light += (ndimage.white_tophat(coarse, window, mode="nearest") ** 3).sum() / window**2
        dark += (ndimage.black_tophat(coarse, window, mode="nearest") ** 3).sum() / window**2
    return float(vote + (light - dark) / max(light + dark, 1e-12))


def _odd(length: float) -> int:
    return 2 * math.ceil(length / 2) + 1


def paper_level(grey: np.ndarray) -> np.ndarray:
    """Estimate how bright the paper is at every pixel of a picture, 0-1, under its dark ink too.

    A closing fills what is dark and narrower than its square window: strokes, but no shadow, which
    is wider. The window grows until the next one would hardly find more ink; the next one is taken,
    as strokes are wider where they meet.
    """
    level = flat_paper(grey)
    if level is not None:
        return np.full_like(grey, level)
    coarse = shrink(grey, COARSE)
    smooth = ndimage.median_filter(coarse, 3, mode="nearest")
    papers, found = [], []
    for window in sorted({max(9, _odd(share * min(coarse.shape))) for share in WINDOWS}):
        beyond = np.pad(smooth, window, mode="edge")
        paper = ndimage.grey_closing(beyond, window)[window:-window, window:-window]
        ink = _missing(coarse, paper)
        papers.append(paper)
        found.append((ink[ink > faintest(ink)] ** 2).sum())
    found = np.array(found)
    kept = found[:-1] / np.maximum(found[1:], 1e-9)
    kept[found[:-1] < EDGES * found.max()] = 0
    chosen = 1 + int(np.argmax(np.minimum(kept, ENOUGH))) if kept.size else 0
    paper = papers[chosen]
    if coarse.shape != grey.shape:  # drawn out by resizing, a shadow's edge would look like ink
        paper = ndimage.minimum_filter(paper, 3, mode="nearest")
    paper = ndimage.uniform_filter(paper, 3, mode="nearest")
    resized = Image.fromarray(paper).resize(grey.shape[::-1], Image.Resampling.BILINEAR)
    return np.asarray(resized)


def find_ink(grey: np.ndarray, chalk: bool) -> np.ndarray:
    """Return the share of light that is missing, or that chalk adds: 0 is paper, 1 at most."""
    if not chalk:
        return _missing(grey, paper_level(grey))
    board = 1 - paper_level(1 - grey)
    ink = (grey - board) / (board + 0.1)  # the 0.1 keeps the grain of a black board small
    return ink / max(1.0, float(ink.max()))


def _missing(grey: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Return the share of the paper's light that is missing; black paper misses none."""
    return (paper - grey) / paper.clip(DARKEST)


def shrink(grey: np.ndarray, longest: int) -> np.ndarray:
    """Average a picture down to a longer side of at most ``longest``."""
    image = Image.fromarray(grey)
    image.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.asarray(image)


def percentile(values: np.ndarray, share: float) -> float:
    """Return what ``share`` % of the values are below (np.percentile is slower); of none 0."""
    k = int(share / 100 * (values.size - 1))
    return float(np.partition(values, k, axis=None)[k]) if values.size else 0.0


def faintest(ink: np.ndarray) -> float:
    """Say from where on ink is more than the paper's grain: the small differences of neighbours."""
    apart = 1 if max(ink.shape) <= 300 else 4  # in larger pictures neighbours were smoothed alike
    differences = np.abs(ink[:, apart:] - ink[:, :-apart])
    return max(FAINTEST, GRAIN * percentile(differences, 25))


def threshold(ink: np.ndarray) -> np.ndarray:
    """Mark all that is clearly ink, and what is faint but joined to it (Canny's hysteresis).

    ``ink`` (height, width) is 0 on paper and 1 where it is black. Raises `NothingWritten` where
    nothing stands out from the paper's own grain.
    """
    least = faintest(ink)
    values = ink[ink > least]
    if values.size < 4:
        raise NothingWritten("nothing written found: no mark stands out from the background.")
    # In a drawing of one grey Otsu's threshold is that grey itself: stay below the full ink.
    otsu = filters.threshold_otsu(values) if np.ptp(values) > ONE_GREY else np.inf
    high = max(least, min(otsu, 0.7 * percentile(values, 95)))
    return filters.apply_hysteresis_threshold(ink, 0.6 * high, high)


def fainter(marked: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Mark the ink that is weaker than all that is marked already; nothing, if there is none."""
    try:
        return threshold(np.where(ndimage.binary_dilation(marked, iterations=3), 0, ink))
    except NothingWritten:
        return np.zeros_like(marked)
