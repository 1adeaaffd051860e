"""Medians, overheads and ratios, also where noise is larger than what was measured."""

from __future__ import annotations

import pytest

from contest.figures import Ratio, Spread, overheads, times
from contest.page import slowdown


def test_quartiles() -> None:
    assert Spread.of([5, 1, 4, 2, 3]) == Spread(2, 3, 4)
    assert Spread.of([7]) == Spread(7, 7, 7)


def test_an_overhead_is_the_difference_of_the_medians_of_each_round() -> None:
    assert overheads([[5, 6, 90], [8, 8, 8]], [[1, 2, 3], [9, 9, 9]]) == [4, -1]


def test_a_ratio_pairs_rounds() -> None:
    """The machine was three times slower in the second round."""
    ratio = Ratio.of([1, 3, 1], [4, 12, 4])
    assert ratio.spread == Spread(0.25, 0.25, 0.25)
    assert str(ratio) == "1/4.0"


def test_a_ratio_tells_its_quartiles() -> None:
    assert str(Ratio.of([1, 2, 3, 4, 5], [2] * 5)) == "1.50× [1.00× – 2.00×]"


def test_less_than_nothing_counts_as_nothing() -> None:
    ratio = Ratio.of([-5, -1, -3], [10, 10, 10])
    assert ratio.spread == Spread(0, 0, 0)
    assert str(ratio) == "≈ 0"
    assert ratio.at_most(1 / 20)
    assert not ratio.at_least(1)


@pytest.mark.parametrize("theirs", [[-1, -1, -1], [0, 0, 0], [-1, -1, 5, 5]])
def test_there_is_no_ratio_to_what_may_be_noise(theirs: list[float]) -> None:
    ratio = Ratio.of([1.0] * len(theirs), theirs)
    assert str(ratio) == "not measurable"
    assert not ratio.at_most(1)
    assert not ratio.at_least(0)


def test_targets_are_compared_with_the_median() -> None:
    ratio = Ratio.of([1, 2, 9], [4, 4, 4])
    assert ratio.at_most(0.5)
    assert not ratio.at_most(0.49)
    assert ratio.at_least(0.5)
    assert not ratio.at_least(0.51)


@pytest.mark.parametrize(
    ("ratio", "said"), [(0, "≈ 0"), (0.05, "1/20.0"), (0.96, "0.96×"), (1, "1.00×"), (4, "4.00×")]
)
def test_ratios_as_people_say_them(ratio: float, said: str) -> None:
    assert times(ratio) == said


def test_a_site_that_halves_its_rate_slows_down_whatever_the_machine_does() -> None:
    assert slowdown([100] * 3 + [75] * 4 + [50] * 3, [10] * 10) == pytest.approx(0.5)
    assert slowdown([100] * 3 + [75] * 4 + [50] * 3, [20] * 5 + [10] * 5) == pytest.approx(1)
