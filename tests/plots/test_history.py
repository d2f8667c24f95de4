"""The timeline of published error rates: the table it is drawn from, and what it shows."""

import matplotlib.pyplot as plt
import pytest

from mnistlab import plots


@pytest.fixture(scope="module")
def published():
    return plots.published_error_rates()


def points(picture):
    """Return every drawn point as (x, error in per cent)."""
    return [
        (x, y)
        for container in picture.figure.axes[0].containers
        for x, y in zip(*container.lines[0].get_data(), strict=True)
    ]


def test_every_result_is_dated_placed_and_cited(published):
    assert len(published) >= 20
    assert published.year.between(1998, 2026).all() and published.year.is_monotonic_increasing
    assert published.error_percent.between(0.01, 15).all()
    assert set(published.family) == set(plots.FAMILIES)
    assert (published[["method", "reference", "title"]].map(len) > 5).all(axis=None)
    assert published.url.str.match(r"https://\S+$").all()
    assert published.method.is_unique
    assert set(published.side[published.label != ""]) == {"below", "right"}


def test_intervals_are_wilsons_for_ten_thousand_digits(published):
    # 23 of 10,000: Wilson's formula by hand, z = 1.96
    row = published[published.method.str.contains("35")].iloc[0]
    assert row.error_percent == 0.23
    assert (row.low, row.high) == pytest.approx((0.1533, 0.3450), abs=2e-4)
    assert (published.low < published.error_percent).all()
    assert (published.high > published.error_percent).all()


def test_draws_every_result_and_says_the_best(published):
    picture = plots.timeline()
    assert sorted(y for _, y in points(picture)) == sorted(published.error_percent)
    assert str(len(published)) in picture.caption and "0.09 % in 2020" in picture.caption
    assert picture.figure.axes[0].get_yscale() == "log"
    assert not plt.get_fignums()


def test_adds_your_own_results():
    picture = plots.timeline([("mine", 2026, 1.7), ("his", 2030, 0.0)])
    assert (2026, 1.7) in points(picture)
    assert "mine, 1.70 % (1.46 to 1.97)" in picture.caption
    assert "his, 0.00 % (0.00 to 0.04)" in picture.caption
    assert picture.figure.axes[0].get_xlim()[1] > 2030
