"""What Axes means to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contest.contestants import (
    AXES,
    AXES_CACHE,
    AXES_NATIVE_FILE,
    AXES_NATIVE_REDIS,
    AXES_NATIVE_TABLES,
    AXES_SHARED,
    DEFENDER,
    DEFENDER_ALONE,
    DJANGO_AXES,
    NOBODY,
)
from contest.figures import Ratio
from contest.stores import (
    POSTGRESQL,
    POSTGRESQL_ASYNC,
    SQLITE,
    SQLITE_MEMORY,
    SQLITE_WAL,
    Store,
)
from contest.trials import MANY, Trial


@dataclass(frozen=True)
class Cost:
    """A login costs at most so many times what theirs costs."""

    store: Store
    target: float
    ours: str = AXES.name
    theirs: str = DJANGO_AXES.name
    recorded: int = 0
    kind: str = "failed"

    def __str__(self) -> str:
        place = Trial(self.store.name, self.kind, self.recorded, {}).place
        return f"{self.kind} login, {place}: {self.ours} / {self.theirs}"

    def ratio(self, trials: Iterable[Trial]) -> Ratio:
        wanted = (self.store.name, self.kind, self.recorded)
        (trial,) = (t for t in trials if (t.store, t.kind, t.recorded) == wanted)
        return trial.ratio(self.ours, self.theirs)


@dataclass(frozen=True)
class Rate:
    """A site under attack answers at least so many times what theirs answers."""

    target: float
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"requests per second under attack: {self.ours} / {self.theirs}"

    def ratio(self, rates: dict[str, list[float]]) -> Ratio:
        return Ratio.of(rates[self.ours], rates[self.theirs])


COSTS = (
    *(Cost(store, 1 / 6) for store in (SQLITE, SQLITE_WAL, SQLITE_MEMORY)),
    *(Cost(store, 1 / 3) for store in (POSTGRESQL, POSTGRESQL_ASYNC)),
    Cost(SQLITE, 1 / 20, recorded=MANY),
    Cost(POSTGRESQL, 1 / 20, recorded=MANY),
    *(
        Cost(POSTGRESQL, 1, ours=AXES_CACHE.name, theirs=theirs.name)
        for theirs in (DEFENDER, DEFENDER_ALONE)
    ),
    Cost(SQLITE, 1 / 10, ours=AXES_NATIVE_FILE.name),
    Cost(POSTGRESQL, 1 / 10, ours=AXES_NATIVE_TABLES.name),
    Cost(POSTGRESQL, 1 / 10, ours=AXES_NATIVE_REDIS.name),
)
RATES = tuple(
    Rate(target, ours.name, theirs.name)
    for ours in (AXES, AXES_SHARED)
    for theirs, target in ((NOBODY, 1), (DJANGO_AXES, 4))
)
