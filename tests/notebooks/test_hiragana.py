"""Notebook 15 where it needs a learner: ten hiragana drawn, read by all that were trained before."""

from types import SimpleNamespace

import numpy as np
from units import ROOT, code_cells, read

from mnistlab import load, load_reader, widgets

KANA = load("kana")
NAMES = np.array(KANA.class_names)


def run_the_pads_cell(monkeypatch, X, y):
    """Run the cell that shows the pad, as if these characters were in the learner's passport."""
    (cell,) = [
        cell
        for cell in code_cells(read(ROOT / "notebooks" / "15_hiragana.ipynb"))
        if "own_characters()" in cell.source
    ]
    monkeypatch.setattr(widgets, "own_characters", lambda: (X, y))
    monkeypatch.setattr(widgets, "DrawPad", lambda passport: passport)
    labels = np.array([KANA.class_names.index(name) for name in y], int)
    models = {  # as those of the notebook, they answer with numbers of classes
        "print": SimpleNamespace(predict=lambda X: np.zeros(len(X), int)),
        "strokes": SimpleNamespace(predict=lambda X: labels),
    }
    exec(cell.source, {"models": models, "names": NAMES, "reader": load_reader("kana")})


def test_the_learners_hiragana_are_read_by_every_network(monkeypatch, capsys):
    rows = np.flatnonzero(np.isin(NAMES[KANA.y_hands], list("あいうえおかさたなは")))[:80:8]
    run_the_pads_cell(monkeypatch, KANA.X_hands[rows], NAMES[KANA.y_hands[rows]])
    said = capsys.readouterr().out.splitlines()
    assert len(rows) == 10 and said == [
        "print              1 of your 10 right",
        "strokes            10 of your 10 right",
        "the shipped reader 10 of your 10 right",
    ]


def test_without_any_the_pad_is_all_that_is_shown(monkeypatch, capsys):
    run_the_pads_cell(monkeypatch, np.zeros((0, 1600), np.uint8), np.array([], str))
    assert capsys.readouterr().out == ""


def test_the_networks_of_the_ladder_are_kept():
    sources = [cell.source for cell in code_cells(read(ROOT / "notebooks" / "15_hiragana.ipynb"))]
    (ladder,) = [source for source in sources if "in data.items()" in source]
    assert "models[name] = model" in ladder
