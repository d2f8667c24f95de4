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


def test_what_was_chosen_on_the_test_digits_is_said_and_drawn_hollow(published):
    noted = published[published.note != ""]
    assert noted.note.str.contains("test digits").all() and set(noted.error_percent) == {0.09, 0.13}
    picture = plots.timeline()
    marks = [container.lines[0] for container in picture.figure.axes[0].containers]
    hollow = [m for m in marks if m.get_markerfacecolor() != m.get_color()]
    assert sorted(y for m in hollow for y in m.get_ydata()) == [0.09, 0.13]
    assert "hollow marks (2)" in picture.caption


def test_results_stand_within_their_year_and_names_cover_nothing(published):
    picture = plots.timeline([("mine", 2026, 1.7)])
    assert max(x for x, _ in points(picture) if x < 2000) < 1998.5
    axes, figure = picture.figure.axes[0], picture.figure
    figure.draw_without_rendering()
    names = [text.get_window_extent() for text in axes.texts] + [
        axes.get_legend().get_window_extent()
    ]
    assert len(names) == 2 + 1 + (published.label != "").sum()
    marks = axes.transData.transform(points(picture))
    for i, box in enumerate(names):
        assert not any(box.overlaps(other) for other in names[i + 1 :])
        assert not any(box.contains(*mark) for mark in marks)


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
    assert "mine, 1.7 % (1.46 to 1.97)" in picture.caption
    assert "his, 0 % (0.00 to 0.04)" in picture.caption
    assert picture.figure.axes[0].get_xlim()[1] > 2030


def test_an_own_result_has_the_interval_of_its_own_test_digits():
    # Wilson, by hand, z = 1.96: 47 of 10,000 and 47 of 1,000
    assert "0.47 % (0.35 to 0.62)" in plots.timeline([("mine", 2026, 0.47)]).caption
    assert "4.7 % (3.55 to 6.19)" in plots.timeline([("mine", 2026, 4.7)], 1000).caption
