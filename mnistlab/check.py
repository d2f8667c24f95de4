"""The learner's self-check: ``check("04-recall", value)``.

Answers live in ``answers.toml`` beside this file, so that a notebook never shows them. A wrong
value gets a hint, never the answer. Nothing leaves the machine.
"""

import math
import os
import tomllib
from functools import cache
from importlib.resources import files
from numbers import Number
from typing import Any

import numpy as np

from . import datasets

RELATIVE_TOLERANCE = 1e-6  # for floats whose entry names no tolerance


def check(name: str, value: Any) -> None:
    """Compare a learner's answer with the stored one and print what follows from it.

    Parameters
    ----------
    name : str
        The exercise, as written in the notebook: ``"04-recall"``.
    value : number, str, bool, or a sequence of them
        The answer. ``...`` (not answered yet) is neither right nor wrong.

    Raises
    ------
    KeyError
        No exercise has that name.
    AssertionError
        The value is wrong and ``MNISTLAB_CHECK_STRICT=1``, as in CI, where solutions must be right.
    """
    entry = _find(name)
    if value is ...:
        print("Not answered yet: put your answer where the three dots are, then run the cell.")
    elif _is_right(entry, value):
        print(f"Right. {entry['why']}")
    else:
        print(f"Not yet. {entry['hint']}")
        if os.environ.get("MNISTLAB_CHECK_STRICT") == "1":
            raise AssertionError(f"check({name!r}, {value!r}): wrong")


@cache
def _answers() -> dict[str, dict]:
    return tomllib.loads(files("mnistlab").joinpath("answers.toml").read_text(encoding="utf-8"))


def _find(name: str) -> dict:
    try:
        return _answers()[name]
    except KeyError:
        neighbours = [known for known in _answers() if known[:3] == str(name)[:3]]
        raise KeyError(
            f"no exercise is called {name!r}; this notebook has: {', '.join(neighbours) or 'none'}"
        ) from None


def _for_source(entry: dict, key: str) -> Any:
    """Return ``entry[key]``, or its value for the data loaded last (``full``, ``sample``)."""
    source = datasets.last_source() or "full"
    specific = source if key == "answer" else f"{source}_{key}"
    return entry.get(specific, entry.get(key))


def _is_right(entry: dict, value: Any) -> bool:
    value = np.asarray(value).tolist()  # NumPy and pandas values become plain Python
    between = _for_source(entry, "between")
    if between is not None:
        return _is_number(value) and between[0] <= value <= between[1]
    return _same(_for_source(entry, "answer"), value, entry.get("tolerance"))


def _same(answer: Any, value: Any, tolerance: float | None) -> bool:
    if isinstance(answer, list):
        return (
            isinstance(value, list)
            and len(value) == len(answer)
            and all(_same(a, v, tolerance) for a, v in zip(answer, value, strict=True))
        )
    if isinstance(answer, str):
        return isinstance(value, str) and value.strip().casefold() == answer.strip().casefold()
    if isinstance(answer, bool) or isinstance(value, bool):
        return value is answer
    if not _is_number(value):
        return False
    if tolerance is None:
        tolerance = 0 if isinstance(answer, int) else RELATIVE_TOLERANCE * abs(answer)
    return math.isfinite(value) and abs(value - answer) <= tolerance


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) and not isinstance(value, bool)
