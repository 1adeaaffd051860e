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
    """What the guard added in each round: the difference of the medians. Noise may make it negative."""
    pairs = zip(medians(guarded), medians(unguarded), strict=True)
    return [with_guard - without for with_guard, without in pairs]


@dataclass(frozen=True)
class Ratio:
    """How many times theirs ours is; none where there is nothing to divide by."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
        """The ratio of the medians, and the quartiles of the ratios of the rounds.

        Ours that is not above zero cannot be told from nothing: that is a ratio of 0. Where theirs
        cannot be told from nothing there is no ratio.
        """
        below = Spread.of(theirs).middle
        if below <= 0:
            return cls(None)
        pairs = zip(ours, theirs, strict=True)
        each = [max(our, 0) / their for our, their in pairs if their > 0]
        spread = Spread.of(each)
        return cls(max(Spread.of(ours).middle, 0) / below, spread.low, spread.high)

    def at_most(self, target: float) -> bool:
        return self.value is not None and self.value <= target

    def at_least(self, target: float) -> bool:
        return self.value is not None and self.value >= target

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return "not measurable"
        return f"{times(self.value)} [{times(self.low)} – {times(self.high)}]"  # noqa: RUF001


def times(ratio: float) -> str:
    """A ratio as people say it: 1/6.3, or 1.4×."""
    if ratio < 0.001:
        return "≈ 0"
    return f"1/{1 / ratio:.1f}" if ratio < 0.95 else f"{ratio:.2f}×"  # noqa: RUF001
