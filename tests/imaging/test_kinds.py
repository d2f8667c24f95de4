"""A few pictures of each kind in kinds.py: how many are read, and none is wrong and sure."""

import numpy as np
import pytest
from kinds import score

from mnistlab import imaging, load_reader

SEEDS = range(2)
READ = 1  # of the two of each kind, at least
READ_WELL = ["joined_boxes", "empty_form", "comb", "grid", "rule_through", "two_pens", "rows",
             "wide_gaps", "underlined", "hairline", "dim", "opacity", "scales", "nothing",
             "pen_beside", "weak_chalk", "blue_on_black"]  # fmt: skip
NEVER_SURE_AND_WRONG = ["graph_paper", "circled", "equal_luminance"]


@pytest.mark.parametrize("kind", [*READ_WELL, *NEVER_SURE_AND_WRONG])
def test_kind(kind):
    right, _, sure_and_wrong, mistakes = score(kind, load_reader(), SEEDS)
    assert sure_and_wrong == 0, mistakes
    assert right >= (READ if kind in READ_WELL else 0), mistakes


def test_an_empty_cell_is_none():
    page = np.full((120, 400), 245, np.uint8)
    for x in range(50, 351, 60):
        page[30:92, x : x + 2] = 90
    page[30:32, 50:352] = page[90:92, 50:352] = 90
    for x in (74, 194, 314):  # three 1s; the second and the fourth cell are empty
        page[42:80, x : x + 6] = 20
    reading = imaging.read_number(page, load_reader())
    assert reading.rows == [["1", None, "1", None, "1"]] and reading.text == "111"
