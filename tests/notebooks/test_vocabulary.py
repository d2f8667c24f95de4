"""Nothing is used before it is explained: no function, no method, no idiom, no word of the field.

Reads the notebooks in the course's order; `vocabulary.py` says what counts as introduced.
"""

from functools import cache

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from units import NOTEBOOKS, ROOT, read
from vocabulary import Vocabulary, modules_of, not_introduced, uses

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


@cache
def problems_of_course():
    """Return what each notebook uses before it is introduced."""
    notebooks = {path.stem: read(path) for path in NOTEBOOKS}
    vocabulary = Vocabulary(modules_of(notebooks.values()), GLOSSARY)
    return {stem: not_introduced(notebook, vocabulary) for stem, notebook in notebooks.items()}


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_nothing_is_used_before_it_is_explained(name):
    problems = problems_of_course()[name]
    assert not problems, "not introduced:\n" + "\n".join(f"{w!r} in cell {n}" for n, w in problems)


@pytest.mark.parametrize(
    ("prose", "code", "missing"),
    [
        ("", "n = len(x)\nprint(sorted(x)[0] + 2)", []),
        ("", "def f(x):\n    return x\nf(1)", []),
        ("", "x.append(1)\n', '.join(x)", []),
        ("", "open(p)", ["open"]),
        # functions of modules, and methods
        ("", "np.mean(x)", ["np.mean"]),
        ("`np.mean` averages", "np.mean(x)", []),
        ("`mean` averages", "np.mean(x)", []),
        ("`mean()` averages", "x.mean()", []),
        ("`x.mean()` averages", "np.mean(x)", ["np.mean"]),
        ("`np.mean(x)` averages", "y.mean()", [".mean"]),
        ("`mean(x)` averages", "y.mean()", [".mean"]),
        ("np.mean averages", "np.mean(x)", ["np.mean"]),
        ("", "x.sum()", [".sum"]),  # sum(x) is known, the method is not
        ("`(a == b).sum()` counts", "x.sum()", []),
        ("`.fit(X, y)` trains", "a.fit(X, y).score(X, y)", [".score"]),
        ("```python\nx.sum()\n```", "x.sum()", []),
        ("<details>`x.sum()`</details>", "x.sum()", [".sum"]),
        ("", "x.sum()\nx.sum()", [".sum"]),  # named once
        ("", "print(x.shape, x.coef_, x.name, x.__doc__)", [".shape", ".coef_"]),
        ("", "%timeit x", ["%timeit"]),
        ("`%timeit` measures", "%timeit x", []),
        # idioms
        ("", "f = lambda x: x", ["lambda"]),
        ("`lambda x: 2 * x`", "f = lambda x: x", []),
        ("", "(y := 2)", [":="]),
        ("", "a @ b", ["@"]),
        ("", "print(*a, **b)", ["*list", "**options"]),
        ("", "1 if x else 2", ["a if b else c"]),
        ("", "[i for i in x]", ["comprehension"]),
        ("`[i for i in x]`", "[i for i in x for j in y]", ["comprehension of two loops"]),
        ("", "x[::2]", ["[::2]"]),
        ("", "x[:2]", ["[a:b]"]),
        ("`x[:2]`", "x[3:2]", []),
        ("", "x[:, None]", ["[row, column]", "[None]", "[a:b]"]),
        ("", "x[[1, 2]]", ["[[list]]"]),
        ("", "x[x == 2]", ["[x == y]"]),
        ("a `mask`", "x[x == 2]", []),
        ("", "~a & b | c", ["|", "&", "~"]),
        ("", "0 < x < 1", ["a < b < c"]),
        ("", "f'{x:.1%}'", ["f-string", "{:.2f}"]),
        ('`f"{x:.2f}"`', "f'{x:.1%}'", []),
        ("", "10_000", ["10_000"]),
        ("", "b'a' + 0x10", ["0x", "bytes"]),
        ("", "with a: pass", ["with"]),
        ("", "class A:\n    def f(self): yield 1\nA().f()", ["class", "yield"]),
        ("", "max(x, axis=0)", ["axis="]),
    ],
)
def test_a_name_or_an_idiom_without_introduction_is_found(prose, code, missing):
    cells = [new_markdown_cell("# Opening"), new_markdown_cell(prose), new_code_cell(code)]
    found = not_introduced(new_notebook(cells=cells), Vocabulary({"np"}, GLOSSARY))
    assert sorted(what for _, what in found) == sorted(missing)


def test_solutions_and_folded_cells_are_not_read():
    for tag in ("solution", "hide-input"):
        cells = [new_code_cell("x.sum()", metadata={"tags": [tag]})]
        assert not_introduced(new_notebook(cells=cells), Vocabulary(set(), GLOSSARY)) == []


def test_names_are_introduced_before_the_cell_not_after():
    cells = [new_code_cell("x.sum()"), new_markdown_cell("`x.sum()` adds.")]
    found = not_introduced(new_notebook(cells=cells), Vocabulary(set(), GLOSSARY))
    assert found == [(0, ".sum")]


@pytest.mark.parametrize(
    ("prose", "missing"),
    [
        ("A loss is small.", ["loss"]),
        ("The *loss* is what training makes small. A loss is small.", []),
        ("The **loss** is what training makes small.", []),
        ("The [loss](../docs/glossary.md) is small.", []),
        ("A *long* loss, *then*", ["loss"]),
        ("* a list\n* of loss\n* and more", ["loss"]),
        ("## Loss\n\nA `loss`, a glossary, losses <!-- loss -->", ["losses"]),
        ("<details>loss</details>", []),
        ("A confusion\nmatrix, two confusion matrices", ["confusion matrix"]),
        ("*Data augmentation* is this, and augmentation that.", []),
        ("a `x`\n\n## Sources\n\n1. On loss", []),
    ],
)
def test_a_word_of_the_field_without_introduction_is_found(prose, missing):
    cells = [new_markdown_cell("# A loss\n\nThe loss."), new_markdown_cell(prose)]
    found = not_introduced(new_notebook(cells=cells), Vocabulary(set(), GLOSSARY))
    assert [what for _, what in found] == missing


def test_what_a_cell_uses_is_said_with_its_module():
    code = "import numpy as np\nnp.linalg.norm(mnist.X_train.mean())"
    assert set(uses(code, {"np"})) == {"np.linalg.norm", ".mean"}
