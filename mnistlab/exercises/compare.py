"""Answers as values: compared, and put into words for a learner."""

import math
import reprlib
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

RELATIVE_TOLERANCE = 1e-6  # for floats, where no tolerance is named
MOST = 20  # an array of more numbers is described, not written out
_writer = reprlib.Repr()
_writer.maxlist, _writer.maxstring, _writer.maxother = MOST, 60, 60


def plain(value: Any) -> Any:
    """Turn NumPy's, pandas' and tuples' values into Python's: numbers, text, lists."""
    if hasattr(value, "__array__"):
        return np.asarray(value).tolist()
    return list(value) if isinstance(value, tuple) else value


def same(answer: Any, value: Any, tolerance: float | None = None) -> bool:
    """Tell whether a value is the answer: numbers within a tolerance, text in any case.

    NumPy's and pandas' values count as Python's, in lists and dicts, too; only uint8 wants uint8.
    `tolerance` is absolute; without it integers must be equal, floats to a millionth of their size.
    """
    if getattr(answer, "dtype", None) == np.uint8 != getattr(value, "dtype", np.uint8):
        return False
    answer, value = plain(answer), plain(value)
    if isinstance(answer, dict) and isinstance(value, dict):
        answer, value = sorted(answer.items()), sorted(value.items())
    if isinstance(answer, list) and isinstance(value, list):
        return len(value) == len(answer) and all(
            same(a, v, tolerance) for a, v in zip(answer, value, strict=True)
        )
    if isinstance(answer, str) and isinstance(value, str):
        return value.strip().casefold() == answer.strip().casefold()
    if isinstance(answer, Exception):
        return type(value) is type(answer)
    if not is_number(answer) or not is_number(value):
        return type(value) is type(answer) and value == answer
    if tolerance is None:
        tolerance = 0 if isinstance(answer, int) else RELATIVE_TOLERANCE * abs(answer)
    return value == answer or (math.isfinite(value) and abs(value - answer) <= tolerance)


def is_number(value: Any) -> bool:
    """Tell whether a value is a real number: True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def short(value: Any) -> str:
    """Write a value as code, shortened."""
    if callable(value):
        return called(value)
    if hasattr(value, "__array__") and np.ndim(value):
        array = np.asarray(value)
        if array.size > MOST:
            return f"<array {array.dtype} {array.shape}>"
        return f"array({_rounded(value)}{', uint8' * (array.dtype == np.uint8)})"
    return _writer.repr(_rounded(value))


def _rounded(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def wrong_kind(wanted: Any, given: Any, so: str) -> str:
    """Say that a value is of the wrong type or shape; nothing when it is not."""
    if kind(wanted) == kind(given) or isinstance(given, Exception):
        return ""
    advice = ""
    if kind(wanted) == kind(0) and isinstance(given, str):
        advice = " Take the quotes away."
    elif callable(given):
        advice = " Call it, with parentheses behind its name."
    elif given is None:
        advice = " What ends in print(...), or lacks a return, gives None."
    elif kind(wanted)[1] == () and math.prod(kind(given)[1]) == 1:
        advice = " Take the one value out, with [0]."
    return f"{so} {_words(*kind(given))}; wanted: {_words(*kind(wanted))}.{advice}"


def kind(value: Any) -> tuple[str, tuple[int, ...]]:
    """Return what a value is made of, and its shape; () is a single one."""
    if isinstance(value, str | bytes | dict) or value is None or callable(value):
        name = {str: "text", bytes: "bytes", dict: "a dictionary", type(None): "nothing (None)"}
        return name.get(type(value), "a function"), ()
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return "item", (len(value),)
    names = {"b": "True or False", "U": "text", "S": "bytes", "O": f"a {type(value).__name__}"}
    return names.get(array.dtype.kind, "number"), array.shape


def _words(made_of: str, shape: tuple[int, ...]) -> str:
    if not shape:
        return "one number" if made_of == "number" else made_of
    known = "" if made_of in ("number", "item") else f" ({made_of})"
    if len(shape) > 1:
        return f"an array of shape {shape}{known}"
    noun = "number" if made_of == "number" else "value"
    return f"a list or array of {shape[0]} {noun}{'' if shape[0] == 1 else 's'}{known}"


def slip(right: Callable[[Any], bool], answer: Any, value: Any, rounding: bool = True) -> str:
    """Recognise what happens in any exercise: share against per cent, and rounding."""
    if kind(answer) != kind(value) or kind(answer)[0] != "number":
        return ""
    answer, value = np.asarray(answer), np.asarray(value)
    if answer.dtype.kind != "f":  # counts
        return ""
    if right(value / 100) or (rounding and _is_rounded(answer * 100, value)):
        return "This looks like per cent. A share is wanted: a number between 0 and 1."
    if right(value * 100) or (rounding and _is_rounded(answer / 100, value)):
        return "This looks like a share, between 0 and 1. Per cent are wanted: multiply by 100."
    if rounding and _is_rounded(answer, value):
        return "Right as far as it goes, but rounded too far: give more decimals."
    return ""


def _is_rounded(answer: np.ndarray, value: np.ndarray) -> bool:
    fewest = 0 if np.all(np.abs(answer) >= 1) else 1  # a share rounded to 0 or 1 says nothing
    return bool(np.all(value != 0)) and any(
        np.allclose(np.round(answer, decimals), value, rtol=1e-9) for decimals in range(fewest, 6)
    )


def called(function: Any) -> str:
    """Return what a message calls a function."""
    known = getattr(function, "__name__", type(function).__name__)
    return "your function" if known == "<lambda>" else known
