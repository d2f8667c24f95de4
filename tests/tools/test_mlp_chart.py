"""The chart of the benchmarks: `benchmarks/mlp_chart.py`."""

from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_time_against_accuracy_parts_ours_from_others(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    table = pd.DataFrame(
        {
            "seconds": [0.3, 40.0, 100.0],
            "error": [2.5, 0.6, 2.8],
            "lowest": [2.4, 0.5, 2.8],
            "highest": [2.7, 0.8, 2.8],
            "ours": [True, True, False],
        },
        index=["96", "512-256", "classic loop"],
    )
    (axes,) = import_module("mlp_chart").draw(table).axes
    ours, others = axes.containers
    assert list(ours.lines[0].get_xdata()) == [0.3, 40.0]
    assert list(others.lines[0].get_ydata()) == [2.8]
    first_bar = ours.lines[2][0].get_segments()[0]
    assert [y for _, y in first_bar] == pytest.approx([2.4, 2.7])
    assert [text.get_text() for text in axes.texts] == list(table.index)
