"""The margin explorer: C and gamma of a support vector machine, to be moved."""

from itertools import product
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike
from sklearn.svm import SVC

HERE, FILES = Path(__file__).parent, ("explorer", "margin_explorer")


class MarginExplorer(anywidget.AnyWidget):
    """Sliders for C and gamma of a support vector machine in the plane.

    The machine is fitted once for every position of the two sliders, before anything is shown; the
    browser holds all the maps and draws the one that is asked for: the boundary, the margin, and
    rings around the support vectors.

    Parameters
    ----------
    X, y : samples in the plane (n, 2), a few hundred at most, and their labels (n,), of two kinds
    X_new, y_new : (m, 2) and (m,), to count mistakes on; the machines are not fitted to them

    Attributes
    ----------
    C, gamma : float
        What was chosen in the browser; gamma is 0 for the linear kernel. Setting them moves the
        sliders, to the values in `CS` and `GAMMAS` only.
    """

    CS = (0.01, 0.1, 1, 10, 100, 1000)
    GAMMAS = (0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)  # 0 stands for the linear kernel
    CELLS = 60  # of the map, in each direction
    DEEPEST = 2.0  # decisions beyond it are cut off: only -1, 0 and 1 are drawn

    _esm = "".join((HERE / f"{name}.js").read_text("utf-8") for name in FILES)
    _css = "".join((HERE / f"{name}.css").read_text("utf-8") for name in ("card", *FILES))
    C = traitlets.Enum(CS, 1.0).tag(sync=True)
    gamma = traitlets.Enum(GAMMAS, 0.3).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(self, X: ArrayLike, y: ArrayLike, X_new: ArrayLike, y_new: ArrayLike) -> None:
        X, X_new = (np.asarray(points, dtype=np.float64) for points in (X, X_new))
        if not X.shape[1:] == X_new.shape[1:] == (2,):
            raise ValueError(
                f"samples must lie in the plane, shape (n, 2), not {X.shape} and {X_new.shape}"
            )
        names, y = np.unique(y, return_inverse=True)
        if len(names) != 2:
            raise ValueError(f"labels must be of two kinds; there are {len(names)}: {names[:5]}")
        room = 0.08 * np.ptp(X, axis=0)
        (left, bottom), (right, top) = X.min(axis=0) - room, X.max(axis=0) + room
        across, down = (np.linspace(*ends, self.CELLS) for ends in ((left, right), (top, bottom)))
        grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        maps, support, mistakes, mistakes_new = b"", b"", [], []
        for C, gamma in product(self.CS, self.GAMMAS):
            model = SVC(C=C, gamma=gamma) if gamma else SVC(C=C, kernel="linear")
            model.fit(X, y)
            depth = np.clip(model.decision_function(grid) / self.DEEPEST, -1, 1)
            maps += np.round(127 * depth).astype(np.int8).tobytes()
            support += np.isin(np.arange(len(X)), model.support_).tobytes()
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
            "maps": maps,
            "support": support,
            "mistakes": mistakes,
            "mistakes_new": mistakes_new,
            "n_new": len(X_new),
        }
        super().__init__(_data=data)

    def __repr__(self) -> str:
        return "Run this cell to move C and gamma yourself; the figure above shows four positions."
