"""The learner's self-check, ``check("04-recall", value)``, and ``predict("04-recall", guess)``.

Answers lie in ``data/answers``, so that neither a notebook nor the package shows them. A wrong
answer gets a hint, never the solution. Nothing leaves the machine.
"""

import os
import textwrap
import tomllib
from functools import cache
from typing import Any

from IPython import get_ipython

from . import datasets, exercises
from .exercises.compare import is_number, plain, same, slip, wrong_kind
from .exercises.done import keep

WIDTH = 88  # JupyterLab breaks longer lines inside a word
UNANSWERED = "Not answered yet: put your answer where the three dots are, then run the cell."
EMPTY = (
    "Not answered yet: your function gives nothing back. Put your lines where the three dots are, "
    "and end with return."
)
_guesses: dict[str, Any] = {}


def check(name: str, value: Any) -> None:
    """Compare a learner's answer with the stored one and print what follows from it.

    `name` is that of the exercise in the notebook: ``"04-recall"``; KeyError if there is none.
    `value` is a number, text, a bool, a sequence of them, or a function, which is run on cases that
    the notebook does not show; ``...`` (not answered yet) is neither right nor wrong. With
    ``MNISTLAB_CHECK_STRICT=1``, as in CI, a wrong answer is an AssertionError.
    """
    entry = _find(name)
    if value is ... or (isinstance(value, list | tuple) and any(item is ... for item in value)):
        return _say(UNANSWERED)
    problem = _code_problem(name, entry, value) if "cases" in entry else _problem(entry, value)
    if problem == EMPTY:
        return _say(EMPTY)
    if not problem:
        message = getattr(get_ipython(), "get_parent", dict)()  # JupyterLab says which cell it runs
        if not message.get("metadata", {}).get("cellId", "").startswith("solution"):
            keep(name)
        return _say(f"Right. {entry['why']}")
    _say(f"Not yet. {problem}")
    if os.environ.get("MNISTLAB_CHECK_STRICT") == "1":
        raise AssertionError(f"check({name!r}, {value!r}): wrong")


def predict(name: str, guess: Any = ..., *, truth: Any = ...) -> None:
    """Keep a learner's guess; later, given the truth, print both in one line.

    Both are numbers, text, bools or sequences of them; ``...`` is no guess. Floats are shown with
    four digits. The name is that of the prediction in the notebook: ``"04-mistakes"``.
    """
    if truth is ...:
        _guesses[name] = guess
        said = "No guess yet: put yours where the three dots are, then run the cell."
        _say(said if guess is ... else f"Your guess: {_written(guess)}.")
    else:
        guess = _guesses.get(name, ...)
        said = "You made no guess." if guess is ... else f"You guessed {_written(guess)}."
        _say(f"{said} The answer is {_written(truth)}.")


def _say(text: str) -> None:
    print(textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False))


def _written(value: Any) -> str:
    value = plain(value)
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if is_number(value) and value >= 10_000 else str(value)  # 1998 is a year


@cache
def _answers() -> dict[str, dict]:
    return tomllib.loads((datasets.shipped("answers") / "answers.toml").read_text("utf-8"))


def _find(name: str) -> dict:
    try:
        return _answers()[name]
    except KeyError:
        known = ", ".join(known for known in _answers() if known[:3] == str(name)[:3]) or "none"
        raise KeyError(f"no exercise is called {name!r}; this notebook has: {known}") from None


def _wanted(entry: dict) -> tuple[Any, list | None]:
    """Return an answer, and the range it may be in, for the data loaded last (full, sample)."""
    source = datasets.last_source() or "full"
    between = entry.get(f"{source}_between", entry.get("between"))
    return between[0] if between else entry.get(source, entry.get("answer")), between


def _problem(entry: dict, value: Any) -> str:
    """Say what is wrong with a value; nothing when it is right."""
    if _matches(entry, value):
        return ""
    for mistake in entry.get("mistakes", []):
        if _matches({"tolerance": entry.get("tolerance"), **mistake}, value):
            return mistake["hint"]
    answer, between = _wanted(entry)
    return (
        wrong_kind(answer, value, "You gave")
        or slip(lambda v: _matches(entry, v), answer, value, rounding=between is None)
        or entry["hint"]
    )


def _matches(entry: dict, value: Any) -> bool:
    answer, between = _wanted(entry)
    if between:
        value = plain(value)
        return is_number(value) and between[0] <= value <= between[1]
    return same(answer, value, entry.get("tolerance"))


def _code_problem(name: str, entry: dict, function: Any) -> str:
    """Run a learner's function on the exercise's cases; say what is wrong with it."""
    if not callable(function):
        return "A function is wanted: give its name, without parentheses behind it."
    exercise = exercises.find(name)
    got, expected = exercise.run(function), exercise.run(exercise.reference)
    if all(result is None or result is ... for result in got):
        return EMPTY
    right = [same(*pair, exercise.tolerance) for pair in zip(expected, got, strict=True)]
    if all(right):
        return ""
    first = right.index(False)
    gave, wanted = got[first], expected[first]
    case = exercise.failure(function, first, gave, wanted)
    for hint, wrong in exercise.wrong_functions().items():
        if same(exercise.run(wrong), got, exercise.tolerance):
            return f"{case} {hint}"
    if isinstance(gave, Exception) or wrong_kind(wanted, gave, ""):
        return case  # it says what to mend
    slipped = slip(lambda value: same(wanted, value, exercise.tolerance), wanted, gave)
    return f"{case} {slipped or entry['hint']}"
