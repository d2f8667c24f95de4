"""The learner's self-check: hints for wrong answers, never the answer; and guesses kept."""

import re
import sys
import tomllib

import numpy as np
import pandas as pd
import pytest

from mnistlab import check as check_function
from mnistlab import datasets, predict

ENTRIES = {
    "99-number": {"answer": 0.651, "tolerance": 0.002, "hint": "Divide.", "why": "TP/(TP+FN)."},
    "99-percent": {"answer": 37.635, "tolerance": 0.01, "hint": "Divide.", "why": "So it is."},
    "99-count": {"answer": 5421, "hint": "Count.", "why": "That many."},
    "99-float": {"answer": 0.1, "hint": "Add.", "why": "Yes."},
    "99-word": {"answer": "recall", "hint": "Which?", "why": "It is."},
    "99-truth": {"answer": True, "hint": "Look.", "why": "It is."},
    "99-list": {"answer": [1, 2, 3], "hint": "Order.", "why": "In order."},
    "99-shares": {"answer": [0.25, 0.75], "hint": "Divide.", "why": "In order."},
    "99-range": {"between": [0.9, 1.0], "hint": "Higher.", "why": "Enough."},
    "99-few": {"between": [4, 8], "hint": "Count.", "why": "Enough."},
    "99-source": {"full": 5923, "sample": 400, "hint": "Count.", "why": "Yes."},
    "99-mistakes": {
        "full": 0.951,
        "sample": 0.9,
        "tolerance": 0.001,
        "hint": "Divide.",
        "why": "Yes.",
        "mistakes": [
            {"full": 0.049, "sample": 0.1, "hint": "That is the share of wrong answers."},
            {"between": [0.0, 0.01], "hint": "Parentheses first."},
            {"answer": "accuracy", "hint": "Its value, please."},
        ],
    },
    "99-long": {"answer": 1, "hint": "well-known words " * 20, "why": "well-known words " * 20},
}


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    # "mnistlab.check" names the function; the module of that name is found here:
    monkeypatch.setattr(sys.modules["mnistlab.check"], "_answers", lambda: ENTRIES)
    monkeypatch.setattr(sys.modules["mnistlab.check"], "_guesses", {})
    # what an earlier test of the same process loaded is not this one's data
    monkeypatch.setattr(datasets, "last_source", lambda: "full")
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
        ("99-word", np.str_("recall")),
        ("99-truth", True),
        ("99-truth", np.bool_(True)),
        ("99-list", (1, 2, 3)),
        ("99-list", np.array([1, 2, 3])),
        ("99-list", pd.Series([1, 2, 3])),
        ("99-range", 0.95),
    ],
)
def test_right(capsys, name, value):
    assert said(capsys, name, value) == f"Right. {ENTRIES[name]['why']}\n"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("99-number", 0.66, "Divide."),
        ("99-number", 0, "Divide."),
        ("99-number", 1, "Divide."),  # not a rounded share: it says nothing
        ("99-number", float("nan"), "Divide."),
        ("99-number", float("inf"), "Divide."),
        ("99-count", 5420, "Count."),
        ("99-count", 5421.5, "Count."),
        ("99-count", 54.21, "Count."),  # of a count nobody asks per cent
        ("99-count", 5400, "Count."),
        ("99-float", 0.1001, "Add."),
        ("99-word", "precision", "Which?"),
        ("99-list", [3, 2, 1], "Order."),
        ("99-range", 0.5, "Higher."),
        ("99-few", 0.05, "Count."),
        ("99-shares", [0.75, 0.25], "Divide."),
        # text for a number, and other types
        ("99-number", "0.651", "You gave text; wanted: one number. Take the quotes away."),
        ("99-count", "5421", "You gave text; wanted: one number. Take the quotes away."),
        ("99-number", True, "You gave True or False; wanted: one number."),
        ("99-range", True, "You gave True or False; wanted: one number."),
        ("99-number", len, "Call it, with parentheses behind its name."),
        ("99-number", None, "You gave nothing (None); wanted: one number."),
        ("99-word", 3, "You gave one number; wanted: text."),
        ("99-truth", 1, "You gave one number; wanted: True or False."),
        ("99-truth", "True", "You gave text; wanted: True or False."),
        # shapes
        ("99-number", [0.651], "a list or array of 1 number; wanted: one number. Take the one"),
        ("99-range", [0.95], "a list or array of 1 number; wanted: one number. Take the one"),
        ("99-count", np.ones((3, 2)), "an array of shape (3, 2); wanted: one number."),
        ("99-count", np.ones(3, bool), "array of 3 values (True or False); wanted: one number."),
        ("99-list", [1, 2], "a list or array of 2 numbers; wanted: a list or array of 3 numbers."),
        ("99-list", [[1, 2, 3]], "an array of shape (1, 3); wanted: a list or array of 3 numbers."),
        ("99-list", 1, "one number; wanted: a list or array of 3 numbers."),
        ("99-list", [[1], [2, 3]], "You gave a list or array of 2 values; wanted:"),
        # share against per cent
        ("99-number", 65.1, "This looks like per cent."),
        ("99-number", 65, "This looks like per cent."),
        ("99-range", 95, "This looks like per cent."),
        ("99-shares", [25, 75], "This looks like per cent."),
        ("99-percent", 0.37635, "This looks like a share"),
        ("99-percent", 0.38, "This looks like a share"),
        # rounding
        ("99-number", 0.7, "rounded too far"),
        ("99-percent", 37.6, "rounded too far"),
        ("99-percent", np.int64(38), "rounded too far"),
        ("99-shares", [0.2, 0.8], "rounded too far"),
        # an exercise's own mistakes
        ("99-mistakes", 0.049, "That is the share of wrong answers."),
        ("99-mistakes", 0.0495, "That is the share of wrong answers."),
        ("99-mistakes", 0.005, "Parentheses first."),
        ("99-mistakes", "accuracy", "Its value, please."),
        ("99-mistakes", 0.5, "Divide."),
    ],
)
def test_wrong_gets_a_hint_that_fits_and_not_the_answer(capsys, monkeypatch, name, value, message):
    out = " ".join(said(capsys, name, value).split())
    assert out.startswith("Not yet. ") and message in out
    answer = ENTRIES[name].get("answer", ENTRIES[name].get("full"))
    if isinstance(answer, float):
        assert str(answer) not in out
    if message != ENTRIES[name]["hint"]:
        assert ENTRIES[name]["hint"] not in out
    monkeypatch.setenv("MNISTLAB_CHECK_STRICT", "1")
    with pytest.raises(AssertionError, match=name):
        check_function(name, value)


def test_mistakes_follow_the_data(capsys, monkeypatch):
    monkeypatch.setattr(datasets, "last_source", lambda: "sample")
    assert "share of wrong" in said(capsys, "99-mistakes", 0.1)
    assert "Divide." in said(capsys, "99-mistakes", 0.049)


@pytest.mark.parametrize("value", [..., [1, ..., 3], (..., ...)])
def test_three_dots_are_no_answer_even_in_ci(capsys, monkeypatch, value):
    monkeypatch.setenv("MNISTLAB_CHECK_STRICT", "1")
    assert said(capsys, "99-list", value).startswith("Not answered yet")


@pytest.mark.parametrize(("source", "value"), [("full", 5923), ("sample", 400), (None, 5923)])
def test_the_answer_follows_the_data(capsys, monkeypatch, source, value):
    monkeypatch.setattr(datasets, "last_source", lambda: source)
    assert said(capsys, "99-source", value).startswith("Right")
    assert said(capsys, "99-source", value + 1).startswith("Not yet")


@pytest.mark.parametrize("value", [1, 2])
def test_long_messages_wrap_between_words(capsys, value):
    lines = said(capsys, "99-long", value).splitlines()
    assert len(lines) > 3 and max(map(len, lines)) <= 88
    assert set(" ".join(lines).split()[2:]) <= {"well-known", "words", "yet."}


def test_unknown_exercise_names_the_known_ones():
    with pytest.raises(KeyError, match=r"99-nothing.*99-number"):
        check_function("99-nothing", 1)


# Predictions


@pytest.mark.parametrize(
    ("guess", "truth", "guessed", "true"),
    [
        (900, 951, "900", "951"),
        (np.int64(12_000), 60_000, "12,000", "60,000"),
        (0.95, np.float64(0.951234567), "0.95", "0.9512"),
        ("the 8", "5", "the 8", "5"),
        ([4, 9], np.array([7, 9]), "4, 9", "7, 9"),
        (1998, True, "1998", "True"),
    ],
)
def test_a_guess_is_kept_and_shown_beside_the_truth(capsys, guess, truth, guessed, true):
    predict("99-guess", guess)
    predict("99-guess", truth=truth)
    assert capsys.readouterr().out == (
        f"Your guess: {guessed}.\nYou guessed {guessed}. The answer is {true}.\n"
    )


def test_without_a_guess_the_truth_is_said_all_the_same(capsys, monkeypatch):
    monkeypatch.setenv("MNISTLAB_CHECK_STRICT", "1")
    predict("99-other", 3)
    predict("99-guess", ...)
    predict("99-guess", truth=951)
    _, waiting, answer = capsys.readouterr().out.splitlines()
    assert waiting.startswith("No guess yet")
    assert answer == "You made no guess. The answer is 951."


# What comes with the package

SHIPPED = tomllib.loads((datasets.shipped("answers") / "answers.toml").read_text(encoding="utf-8"))
ANSWER_KEYS = {"answer", "full", "sample", "between", "full_between", "sample_between"}


def has_an_answer(entry):
    return (
        bool(ANSWER_KEYS & set(entry))
        and ("full" in entry) == ("sample" in entry)
        and ("full_between" in entry) == ("sample_between" in entry)
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_entries_are_well_formed(name):
    entry = SHIPPED[name]
    assert entry["hint"] and entry["why"]
    if "cases" in entry:
        assert entry["cases"] is True and set(entry) == {"cases", "hint", "why"}
        return
    assert set(entry) <= ANSWER_KEYS | {"tolerance", "hint", "why", "mistakes"}
    assert has_an_answer(entry)
    for mistake in entry.get("mistakes", []):
        assert set(mistake) <= ANSWER_KEYS | {"tolerance", "hint"}
        assert has_an_answer(mistake) and mistake["hint"]


@pytest.mark.parametrize("name", SHIPPED)
def test_hints_do_not_tell_the_answer(name):
    entry = SHIPPED[name]
    hints = [entry["hint"], *(mistake["hint"] for mistake in entry.get("mistakes", []))]
    for key in ("answer", "full", "sample"):
        answer = entry.get(key)
        if isinstance(answer, str | float) or (isinstance(answer, int) and abs(answer) > 20):
            for hint in hints:
                assert not re.search(rf"\b{re.escape(str(answer))}\b", hint, re.I)
