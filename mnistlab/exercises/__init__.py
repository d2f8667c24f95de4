"""Exercises that ask for code: what a learner's function is compared with, one file a notebook.

The answers themselves are no part of the package: they lie in ``data/answers``, and come with it.
To add one to notebook 02, write there in ``unit_02.py``::

    @exercise(
        "02-header",
        cases=[(data,), ...],        # the arguments of each call; quick, no network, fixed seeds
        mistakes={"Its own hint.": a wrong function, ...},
        wrong_results={"Its own hint.": what is wrong, made of the right result, ...},
    )
    def header(data):                # the reference: returns numbers, text, lists or arrays
        ...

and in ``answers.toml`` an entry ``[02-header]`` with ``cases = true``, ``hint`` and ``why``. Of two
mistakes or more, of either kind, each differs in some case from the reference and from the others.
"""

import copy
import importlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..datasets import shipped
from .compare import MOST, called, kind, short, wrong_kind

__path__.append(str(shipped("answers")))  # unit_02 and the others are imported from there


@dataclass(frozen=True)
class Exercise:
    """A reference solution, the cases to run it on, and what is typically wrong."""

    reference: Callable
    cases: list[tuple]
    mistakes: dict[str, Callable] = field(default_factory=dict)
    wrong_results: dict[str, Callable] = field(default_factory=dict)
    tolerance: float | None = None

    def wrong_functions(self) -> dict[str, Callable]:
        """Return the mistakes of both kinds as functions, by their hints."""
        made = {
            hint: lambda *case, change=change: change(self.reference(*case))
            for hint, change in self.wrong_results.items()
        }
        return self.mistakes | made

    def run(self, function: Callable) -> list:
        """Return what a function gives for each case; an exception is a result too."""
        results = []
        for arguments in self.cases:
            try:
                results.append(function(*copy.deepcopy(arguments)))  # a function may change them
            except Exception as error:
                results.append(error)
        return results

    def failure(self, function: Callable, number: int, got: Any, expected: Any) -> str:
        """Say how one case failed."""
        call = f"{called(function)}({', '.join(map(short, self.cases[number]))})"
        if isinstance(got, Exception):
            return f"{call} stops with {type(got).__name__}: {got}{_where(function, got)}."
        wrong = wrong_kind(expected, got, f"{call} gives")
        if wrong or not self.cases[number]:  # without arguments the result would be the solution
            return wrong or f"{call} gives {short(got)}, which is not right."
        place, got, expected = _worst_difference(got, expected)
        return f"{call} gives {short(got)}{place}; {short(expected)} is right."


_registered: dict[str, Exercise] = {}


def exercise(name: str, **parts: Any) -> Callable[[Callable], Callable]:
    """Register the decorated function as the reference of an exercise, with its other parts."""

    def register(reference: Callable) -> Callable:
        _registered[name] = Exercise(reference, **parts)
        return reference

    return register


def find(name: str) -> Exercise:
    """Return an exercise by its name, for example ``"02-header"``."""
    if name not in _registered:
        importlib.import_module(f"{__name__}.unit_{name[:2]}")
    return _registered[name]


def _where(function: Callable, error: Exception) -> str:
    """Return the learner's line that an exception went through last."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    steps = [s for s in traceback.extract_tb(error.__traceback__) if s.filename == file]
    return f", in your line {steps[-1].lineno}: {steps[-1].line}" if steps else ""


def _worst_difference(got: Any, expected: Any) -> tuple[str, Any, Any]:
    """Of two large arrays of one shape, return where they differ most, and what stands there."""
    if kind(expected)[0] == "item":  # arrays of several shapes
        return "", got, expected
    a, b = np.asarray(got), np.asarray(expected)
    if a.size <= MOST or a.shape != b.shape or a.dtype.kind not in "biuf":
        return "", got, expected
    differences = np.abs(a.astype(float) - b.astype(float))
    place = tuple(int(i) for i in np.unravel_index(differences.argmax(), a.shape))
    return f" at {list(place)} (dtype {a.dtype})", a[place], b[place]
