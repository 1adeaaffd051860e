"""Whether a failed login takes as long however many attempts are recorded."""

from __future__ import annotations

from contest.contestants import AXES
from contest.stores import POSTGRESQL, SQLITE, Servers
from contest.trials import MANY, WARM_UP, Trial, fill
from contest.workers import Site, take_turns, working

ADDRESS = "203.0.113.7"
NOTHING = "nothing"
ONE_ADDRESS = f"{MANY:,} usernames tried from this address"
RECORDED = {NOTHING: 0, "10,000 attempts": 10_000, "1,000,000 attempts": 1_000_000}
# Nobody is locked out, whatever was tried.
SETTINGS = {"AXES_COOLOFF_TIME": 1, "AXES_FAILURE_LIMIT": 1_000_000_000}


def run(servers: Servers, rounds: int, logins: int, versions: dict[str, str]) -> list[Trial]:
    """Times failed logins beside what is recorded; they are told apart by that, not by guard."""
    trials = []
    for store in (SQLITE, POSTGRESQL):
        names = [*RECORDED, ONE_ADDRESS]
        sites = {name: Site.new(servers, AXES, store, SETTINGS) for name in names}
        with working(sites, versions) as workers:
            for name, worker in workers.items():
                if name == ONE_ADDRESS:
                    fill(worker, MANY, ADDRESS)
                elif name != NOTHING:
                    fill(worker, RECORDED[name])
            take_turns(workers, 1, WARM_UP, kind="failed", address=ADDRESS)
            times = take_turns(workers, rounds, logins, kind="failed", address=ADDRESS)
        trials.append(Trial(store.name, "failed", 0, times))
    return trials
