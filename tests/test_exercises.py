"""Exercises that ask for code: learners' functions run on cases they do not see."""

import importlib
import sys
import tomllib

import numpy as np
import pytest

from mnistlab import check, datasets, exercises

ENTRY = {"cases": True, "hint": "Think of the rows.", "why": "It is."}


def reference(values):
    return [float(np.mean(values)), len(values)]


def backwards(values):
    return reference(values)[::-1]


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    monkeypatch.setattr(sys.modules["mnistlab.check"], "_answers", lambda: {"99-code": ENTRY})
    exercises.exercise(
        "99-code",
        cases=[([1, 2],), (np.arange(30.0),), (np.ones((2, 2)),)],
        mistakes={"A row too many.": lambda v: v[2]},
        wrong_results={"The mean comes first.": lambda right: right[::-1]},
    )(reference)
    yield
    del exercises._registered["99-code"]


@pytest.fixture
def said(capsys):
    def run(answer, name="99-code"):
        assert check(name, answer) is None
        return " ".join(capsys.readouterr().out.split())

    return run


def register(reference, cases, **options):
    exercises.exercise("99-code", cases=cases, **options)(reference)


def test_right(said):
    assert said(reference) == "Right. It is."
    assert said(lambda v: (np.float32(np.mean(v)), np.int64(len(v)))) == "Right. It is."
    assert said(lambda v: np.array([np.mean(v), len(v)])) == "Right. It is."


@pytest.mark.parametrize("nothing", [lambda v: None, lambda v: ...])
def test_a_function_that_gives_nothing_is_not_answered(said, monkeypatch, nothing):
    monkeypatch.setenv("MNISTLAB_CHECK_STRICT", "1")
    assert said(nothing).startswith("Not answered yet: your function gives nothing back.")
    assert said(...).startswith("Not answered yet")


def test_the_first_case_that_fails_is_shown_with_what_came_and_what_is_right(said):
    def mine(values):
        return [len(values), np.mean(values)] if len(values) > 2 else reference(values)

    assert said(mine) == (
        "Not yet. mine(<array float64 (30,)>) gives [30, 14.5]; "
        "[14.5, 30] is right. Think of the rows."
    )


def test_typical_mistakes_have_their_own_hints(said):
    assert said(backwards).endswith("[1.5, 2] is right. The mean comes first.")
    out = said(lambda v: v[2])  # fails with an error, as the registered one does
    assert "stops with IndexError" in out and out.endswith("A row too many.")


def test_an_error_is_told_with_the_learners_line(said):
    def mine(values):
        total = values + 1
        return total

    out = said(mine)
    line = mine.__code__.co_firstlineno + 1
    assert out.startswith("Not yet. mine([1, 2]) stops with TypeError: can only concatenate")
    assert out.endswith(f", in your line {line}: total = values + 1.")
    assert "mine() takes 0 positional arguments but 1 was given" in said(_no_arguments("mine"))
    assert "hint" not in out


def _no_arguments(name):
    def mine(): ...

    mine.__qualname__ = mine.__name__ = name
    return mine


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("1.5", "gives text; wanted: a list or array of 2 numbers."),
        ([1.5], "gives a list or array of 1 number; wanted: a list or array of 2 numbers."),
        ([[1.5, 2]], "gives an array of shape (1, 2); wanted: a list or array of 2 numbers."),
        ([True, False], "a list or array of 2 values (True or False); wanted:"),
        ([150, 200], "This looks like"),
    ],
)
def test_the_wrong_type_shape_and_dtype_are_named(said, result, message):
    if message == "This looks like":
        register(lambda v: [1.5, 2.5], [(1,)])
        result = [150, 250]
    assert message in said(lambda v: result)


def test_none_in_some_cases_only_is_wrong(said):
    out = said(lambda v: None if len(v) == 30 else reference(v))
    assert "gives nothing (None); wanted: a list or array of 2 numbers." in out


def test_of_a_large_array_the_worst_element_is_shown(said):
    a, b = np.full((5, 6), 250, np.uint8), np.full((5, 6), 10, np.uint8)
    register(lambda x, y: x.astype(int) + y, [(a, b)])
    assert "at [0, 0] (dtype uint8); 260 is right" in said(lambda x, y: x + y)
    assert said(lambda x, y: x.astype(np.int32) + y) == "Right. It is."


def test_several_arrays_of_different_shapes_can_be_returned(said):
    register(lambda x: (x, x.sum(axis=0)), [(np.ones((3, 2)),)])
    assert said(lambda x: (x, x.sum(axis=0))) == "Right. It is."
    assert "[1.0, 1.0]]; [[[1.0" in said(lambda x: (x, x[0]))
    assert "wanted: a list or array of 2 values." in said(lambda x: x)


def test_tolerance_is_absolute(said):
    register(lambda x: x / 3, [(1,)], tolerance=0.01)
    assert said(lambda x: 0.34) == "Right. It is."
    assert said(lambda x: 0.35).startswith("Not yet.")


def test_a_function_cannot_change_the_next_ones_arguments(said):
    def mine(values):
        values[0] = 5
        return reference(values)

    assert said(mine).startswith("Not yet. mine([1, 2]) gives [3.5, 2]; [1.5, 2] is")
    assert said(reference) == "Right. It is."


def test_without_arguments_the_result_is_not_told(said):
    register(lambda: 42, [()])
    assert (
        said(lambda: 41)
        == "Not yet. your function() gives 41, which is not right. " + (ENTRY["hint"])
    )


def test_a_value_where_a_function_is_wanted(said, monkeypatch):
    assert "A function is wanted" in said([1.5, 2])
    monkeypatch.setenv("MNISTLAB_CHECK_STRICT", "1")
    with pytest.raises(AssertionError, match="99-code"):
        check("99-code", backwards)


# What comes with the package: each typical mistake is recognised, and gets its own hint

ANSWERS = tomllib.loads((datasets.shipped("answers") / "answers.toml").read_text(encoding="utf-8"))
VALUES = [name for name in ANSWERS if "mistakes" in ANSWERS[name]]
UNITS = sorted(datasets.shipped("answers").glob("unit_*.py"))


def registered():
    for unit in UNITS:
        importlib.import_module(f"mnistlab.exercises.{unit.stem}")
    return [name for name in exercises._registered if not name.startswith("99-")]


@pytest.fixture
def shipped(monkeypatch):
    monkeypatch.setattr(sys.modules["mnistlab.check"], "_answers", lambda: ANSWERS)


@pytest.mark.parametrize("name", registered())
def test_the_reference_is_right_and_mistakes_get_their_hints(said, monkeypatch, name):
    entry = {"cases": True, "hint": "The general hint.", "why": "So it is."}
    monkeypatch.setattr(sys.modules["mnistlab.check"], "_answers", lambda: {name: entry})
    found = exercises.find(name)
    wrong_functions = found.wrong_functions()
    assert len(found.cases) >= 3 and len(wrong_functions) >= 2
    assert said(found.reference, name) == "Right. So it is."
    for hint, wrong in wrong_functions.items():
        out = said(wrong, name)
        assert out.startswith("Not yet.") and out.endswith(" ".join(hint.split())), out


def test_each_exercise_that_asks_for_code_has_cases_and_the_other_way_round():
    asked = {name for name, entry in ANSWERS.items() if "cases" in entry}
    assert asked == set(registered())


@pytest.mark.parametrize("source", ["full", "sample"])
@pytest.mark.parametrize("name", VALUES)
def test_typical_wrong_values_get_their_hints(shipped, said, monkeypatch, name, source):
    monkeypatch.setattr(datasets, "last_source", lambda: source)
    assert len(ANSWERS[name]["mistakes"]) >= 2
    for mistake in ANSWERS[name]["mistakes"]:
        if "between" in mistake or f"{source}_between" in mistake:
            low, high = mistake.get("between") or mistake[f"{source}_between"]
            wrong = (low + high) / 2
        else:
            wrong = mistake.get("answer", mistake.get(source))
        out = said(wrong, name)
        assert out == "Not yet. " + " ".join(mistake["hint"].split()), (wrong, out)
