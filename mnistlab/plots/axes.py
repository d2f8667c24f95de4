"""What several figures do to their axes: intervals, ticks, names beside what they name."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike


def whiskers(value: ArrayLike, low: ArrayLike, high: ArrayLike) -> np.ndarray:
    """Return an interval as Matplotlib's error bars want it: distances, shape (2, 1) or (2, n)."""
    return np.reshape([value - low, high - value], (2, -1))


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share (0-1) of which `successes` of `n` were seen."""
    from scipy.stats import binomtest  # slow to import

    return tuple(binomtest(int(successes), int(n)).proportion_ci(0.95, method="wilson"))


def plain_ticks(axis: Axis, ticks: Iterable[float]) -> None:
    """Label a logarithmic axis with these numbers, and no others."""
    axis.set(major_locator=FixedLocator(ticks), major_formatter="{x:g}")
    axis.minorticks_off()


def label_directly(axes: Axes, places: Mapping[str, ArrayLike], **style: Any) -> None:
    """Write names beside what they name, where they cover neither lines, points nor other names.

    The limits of `axes` must not change later. `places` holds for each name the points (k, 2), in
    data units, beside which it may stand; the first is best. `style` is as for ``axes.text``.
    """
    axes.figure.draw_without_rendering()  # settles the layout, and with it every pixel
    inked = _inked_pixels(axes)
    frame, legend = axes.get_window_extent(), axes.get_legend()
    taken = [said.get_window_extent() for said in [*axes.texts, *([legend] if legend else [])]]

    def hidden(box: Bbox) -> int:
        """Count the ink that a name in this box would hide; other names, or an edge, are worse."""
        worse = box.count_overlaps(taken) + (frame.count_contains(box.corners()) < 4)
        return box.count_contains(inked) + 1000 * worse

    for name, points in places.items():
        text = axes.text(0, 0, name, transform=axes.transAxes, in_layout=False,
                         **{"fontsize": 8.5} | style)  # fmt: skip
        width, height = text.get_window_extent().size
        gap = 0.6 * height
        right, left, middle = gap, -width - gap, -width / 2
        sides = [(right, -height / 2), (right, gap / 2), (right, -height - gap / 2),
                 (middle, gap), (middle, -height - gap),
                 (left, -height / 2), (left, gap / 2), (left, -height - gap / 2)]  # fmt: skip
        corners = [p + s for p in axes.transData.transform(points) for s in np.array(sides)]
        boxes = [Bbox.from_bounds(x, y, width, height) for x, y in corners]
        best = min(boxes, key=lambda box: hidden(box.padded(3)))
        taken.append(best)
        text.set_position(axes.transAxes.inverted().transform(best.p0))


def label_lines(axes: Axes) -> None:
    """Write each line's name beside it, in its colour, where it is far from the others."""
    named = [line for line in axes.lines if not line.get_label().startswith("_")]
    axes.figure.draw_without_rendering()
    runs = [_dense(axes.transData.transform(line.get_xydata())) for line in named]
    for i, line in enumerate(named):
        places = runs[i][::8]
        others = np.concatenate([run for j, run in enumerate(runs) if j != i] or [[[-1e6, -1e6]]])
        far = np.hypot(*(places[:, None] - others).T).min(axis=0)
        points = axes.transData.inverted().transform(places[np.argsort(-far, kind="stable")])
        label_directly(axes, {line.get_label(): points}, color=line.get_color())


def _dense(pixels: np.ndarray) -> np.ndarray:
    """Return points (n, 2) every three pixels along the line through these."""
    run = np.insert(np.hypot(*np.diff(pixels, axis=0).T).cumsum(), 0, 0)
    at = np.arange(0, run[-1] + 3, 3)
    return np.column_stack([np.interp(at, run, along) for along in pixels.T])


def _inked_pixels(axes: Axes) -> np.ndarray:
    """Return where lines and points lie, in pixels, shape (n, 2): every few pixels of a line."""
    bars = [c for c in axes.collections if isinstance(c, LineCollection)]
    lines = [line.get_xydata() for line in axes.lines if line.get_transform() == axes.transData]
    lines += [segment for bar in bars for segment in bar.get_segments()]
    return np.concatenate([_dense(axes.transData.transform(line)) for line in lines if len(line)])
