"""Single logins, timed: each guard beside nobody and beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contest.contestants import (
    AXES,
    AXES_CACHE,
    AXES_NATIVE_FILE,
    AXES_NATIVE_REDIS,
    AXES_NATIVE_TABLES,
    DEFENDER,
    DEFENDER_ALONE,
    DJANGO_AXES,
    NOBODY,
    Contestant,
)
from contest.figures import Ratio, Rounds, overheads
from contest.stores import (
    POSTGRESQL,
    POSTGRESQL_ASYNC,
    SQLITE,
    SQLITE_MEMORY,
    SQLITE_WAL,
    Servers,
    Store,
)
from contest.workers import Site, Worker, take_turns, working

KINDS = ("failed", "successful", "refused")
WARM_UP = 10
BOTH = (NOBODY, AXES, DJANGO_AXES)
MANY = 100_000


@dataclass
class Trial:
    """Milliseconds of logins of one kind on one store: by contestant, in rounds."""

    store: str
    kind: str
    recorded: int
    times: Mapping[str, Rounds]

    @property
    def place(self) -> str:
        return self.store + (f", {self.recorded:,} attempts recorded" if self.recorded else "")

    def overheads(self, guard: str) -> list[float]:
        """What the guard added to a login, in each round."""
        return overheads(self.times[guard], self.times[NOBODY.name])

    def ratio(self, ours: str, theirs: str) -> Ratio:
        """How many times the one adds what the other adds."""
        return Ratio.of(self.overheads(ours), self.overheads(theirs))


@dataclass(frozen=True)
class Group:
    """Contestants that take turns on one store, with so many attempts recorded before."""

    store: Store
    contestants: Sequence[Contestant] = BOTH
    recorded: int = 0
    settings: dict[str, Any] = field(default_factory=dict)

    def run(
        self, servers: Servers, rounds: int, logins: int, versions: dict[str, str]
    ) -> list[Trial]:
        """Times logins of every kind."""
        sites = {
            contestant.name: Site.new(servers, contestant, self.store, self.settings)
            for contestant in self.contestants
        }
        trials = []
        with working(sites, versions) as workers:
            for name, worker in workers.items():
                if name != NOBODY.name:
                    if self.recorded:
                        fill(worker, self.recorded)
                    worker.order("lock_out")
            for kind in KINDS:
                take_turns(workers, 1, WARM_UP, kind=kind)
                times = take_turns(workers, rounds, logins, kind=kind)
                trials.append(Trial(self.store.name, kind, self.recorded, times))
        return trials


def fill(worker: Worker, attempts: int, address: str | None = None) -> None:
    """Lets so many attempts be recorded: from one address, or each from another."""
    worker.order("log_in", kind="failed", times=1, address=address)
    recorded = worker.order("record", attempts=attempts, one_address=address is not None)
    if recorded != attempts + 1:
        raise ValueError(f"{worker.site.contestant.name} has recorded {recorded} attempts")
    worker.order("settle_down")


ON_REDIS = (AXES_CACHE, AXES_NATIVE_REDIS, DEFENDER, DEFENDER_ALONE)

GROUPS = (
    Group(SQLITE, (*BOTH, AXES_NATIVE_FILE)),
    Group(SQLITE_WAL),
    Group(SQLITE_MEMORY),
    Group(POSTGRESQL, (*BOTH, AXES_NATIVE_TABLES, *ON_REDIS)),
    Group(POSTGRESQL_ASYNC),
)

# A cool-off of one hour: what was recorded is counted still.
GROUPS_WITH_MANY = tuple(
    Group(store, BOTH, MANY, {"AXES_COOLOFF_TIME": 1}) for store in (SQLITE, POSTGRESQL)
)
