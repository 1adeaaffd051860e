"""What the measured numbers mean: medians, quartiles, overheads, ratios."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Rounds = Sequence[Sequence[float]]
"""What was measured in each round."""


@dataclass(frozen=True)
class Spread:
    """The quartiles of some numbers."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        if len(numbers) == 1:
            return cls(numbers[0], numbers[0], numbers[0])
        low, middle, high = statistics.quantiles(numbers, n=4, method="inclusive")
        return cls(low, middle, high)


def medians(rounds: Rounds) -> list[float]:
    """The median of each round."""
    return [statistics.median(numbers) for numbers in rounds]


def overheads(guarded: Rounds, unguarded: Rounds) -> list[float]:
    """What the guard added in each round: the difference of medians. Noise may make it negative."""
    pairs = zip(medians(guarded), medians(unguarded), strict=True)
    return [with_guard - without for with_guard, without in pairs]


@dataclass(frozen=True)
class Ratio:
    """How many times theirs ours is; nothing where theirs cannot be told from nothing."""

    spread: Spread | None

    @classmethod
    def of(cls, ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
        """The quartiles of the ratios of all rounds: a machine that is slow for a while is slow for
        both.

        Ours that is not above zero in a round counts as zero there. Where theirs is not above zero
        in a quarter of the rounds, noise decides, and there is no ratio.
        """
        if Spread.of(theirs).low <= 0:
            return cls(None)
        pairs = zip(ours, theirs, strict=True)
        return cls(Spread.of([max(our, 0) / their for our, their in pairs if their > 0]))

    def at_most(self, target: float) -> bool:
        return self.spread is not None and self.spread.middle <= target

    def at_least(self, target: float) -> bool:
        return self.spread is not None and self.spread.middle >= target

    def __str__(self) -> str:
        if self.spread is None:
            return "not measurable"
        low, middle, high = map(times, (self.spread.low, self.spread.middle, self.spread.high))
        return middle if low == high else f"{middle} [{low} – {high}]"


def times(ratio: float) -> str:
    """A ratio as people say it: 1/6.3, or 1.40 times."""
    if ratio < 0.001:
        return "≈ 0"
    return f"1/{1 / ratio:.1f}" if ratio < 0.95 else f"{ratio:.2f}×"
