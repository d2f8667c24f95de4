"""The learner's self-check: hints for wrong answers, never the answer."""

import re
import sys
import tomllib
from importlib.resources import files

import numpy as np
import pytest

from mnistlab import check as check_function
from mnistlab import datasets

ENTRIES = {
    "99-number": {"answer": 0.651, "tolerance": 0.002, "hint": "Divide.", "why": "TP/(TP+FN)."},
    "99-count": {"answer": 5421, "hint": "Count.", "why": "That many."},
    "99-float": {"answer": 0.1, "hint": "Add.", "why": "Yes."},
    "99-word": {"answer": "recall", "hint": "Which?", "why": "It is."},
    "99-truth": {"answer": True, "hint": "Look.", "why": "It is."},
    "99-list": {"answer": [1, 2, 3], "hint": "Order.", "why": "In order."},
    "99-range": {"between": [0.9, 1.0], "hint": "Higher.", "why": "Enough."},
    "99-source": {"full": 5923, "sample": 400, "hint": "Count.", "why": "Yes."},
}


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    # "mnistlab.check" names the function; the module of that name is found here:
    monkeypatch.setattr(sys.modules["mnistlab.check"], "_answers", lambda: ENTRIES)
    monkeypatch.delenv("MNISTLAB_CHECK_STRICT", raising=False)


def said(capsys, name, value):
    assert check_function(name, value) is None
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("99-number", 0.6501),
        ("99-number", np.float32(0.652)),
        ("99-count", 5421),
        ("99-count", np.int64(5421)),
        ("99-count", 5421.0),
        ("99-float", 0.1 + 1e-9),
        ("99-word", " Recall "),
        ("99-truth", True),
        ("99-truth", np.bool_(True)),
        ("99-list", (1, 2, 3)),
        ("99-list", np.array([1, 2, 3])),
        ("99-range", 0.95),
    ],
)
def test_right(capsys, name, value):
    assert said(capsys, name, value) == f"Right. {ENTRIES[name]['why']}\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("99-number", 0.66),
        ("99-number", "0.651"),
        ("99-number", None),
        ("99-number", float("nan")),
        ("99-number", float("inf")),
        ("99-number", [0.651]),
        ("99-number", True),
        ("99-count", 5420),
        ("99-count", 5421.5),
        ("99-float", 0.1001),
        ("99-word", "precision"),
        ("99-word", 3),
        ("99-truth", 1),
        ("99-truth", "True"),
        ("99-list", [3, 2, 1]),
        ("99-list", [1, 2]),
        ("99-list", 1),
        ("99-range", 0.5),
        ("99-range", True),
        ("99-range", [0.95]),
    ],
)
def test_wrong_gets_the_hint_and_not_the_answer(capsys, monkeypatch, name, value):
    assert said(capsys, name, value) == f"Not yet. {ENTRIES[name]['hint']}\n"
    monkeypatch.setenv("MNISTLAB_CHECK_STRICT", "1")
    with pytest.raises(AssertionError, match=name):
        check_function(name, value)


def test_three_dots_are_no_answer_even_in_ci(capsys, monkeypatch):
    monkeypatch.setenv("MNISTLAB_CHECK_STRICT", "1")
    assert said(capsys, "99-number", ...).startswith("Not answered yet")


@pytest.mark.parametrize(("source", "value"), [("full", 5923), ("sample", 400), (None, 5923)])
def test_the_answer_follows_the_data(capsys, monkeypatch, source, value):
    monkeypatch.setattr(datasets, "last_source", lambda: source)
    assert said(capsys, "99-source", value).startswith("Right")
    assert said(capsys, "99-source", value + 1).startswith("Not yet")


def test_unknown_exercise_names_the_known_ones():
    with pytest.raises(KeyError, match=r"99-nothing.*99-number"):
        check_function("99-nothing", 1)


SHIPPED = tomllib.loads(files("mnistlab").joinpath("answers.toml").read_text(encoding="utf-8"))
ANSWER_KEYS = {"answer", "full", "sample", "between", "full_between", "sample_between"}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_entries_are_well_formed(name):
    entry = SHIPPED[name]
    assert set(entry) <= ANSWER_KEYS | {"tolerance", "hint", "why"}
    assert ANSWER_KEYS & set(entry), "no answer"
    assert ("full" in entry) == ("sample" in entry)
    assert ("full_between" in entry) == ("sample_between" in entry)
    assert entry["hint"] and entry["why"]


@pytest.mark.parametrize("name", SHIPPED)
def test_hints_do_not_tell_the_answer(name):
    entry = SHIPPED[name]
    for key in ("answer", "full", "sample"):
        answer = entry.get(key)
        if isinstance(answer, str | float) or (isinstance(answer, int) and abs(answer) > 20):
            assert not re.search(rf"\b{re.escape(str(answer))}\b", entry["hint"], re.I)
