"""The results as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from contest.bars import Panel, picture
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
from contest.figures import Spread
from contest.trials import MANY, Trial

FILE = Path(__file__).parents[3] / "docs" / "benchmarks-django.svg"
COLOURS = {
    NOBODY.name: "#b4bec9",
    AXES.name: "#1668a8",
    AXES_CACHE.name: "#58a6dd",
    AXES_SHARED.name: "#58a6dd",
    AXES_NATIVE_FILE.name: "#1f9e89",
    AXES_NATIVE_TABLES.name: "#1f9e89",
    AXES_NATIVE_REDIS.name: "#74c9b4",
    DJANGO_AXES.name: "#e08a1e",
    DEFENDER.name: "#8a6bb8",
    DEFENDER_ALONE.name: "#b9a3d9",
}


def write(trials: Sequence[Trial], rates: dict[str, list[float]]) -> None:
    """Draws failed logins and the attack."""
    failed = [trial for trial in trials if trial.kind == "failed"]
    rates_of_all = {name: Spread.of(slices) for name, slices in rates.items()}
    panels = [
        _logins("A failed login: what a guard adds", [t for t in failed if not t.recorded]),
        _logins(
            f"The same with {MANY:,} attempts recorded and a cool-off",
            [t for t in failed if t.recorded],
        ),
        Panel(
            "Under attack by a client that is locked out: requests per second",
            "/ s",
            0,
            [("more is better", rates_of_all)],
            COLOURS,
        ),
    ]
    FILE.write_text(picture("What guards cost a Django login", panels), encoding="utf-8")


def _logins(title: str, trials: Iterable[Trial]) -> Panel:
    groups = []
    for trial in trials:
        guards = [name for name in trial.times if name != NOBODY.name]
        groups.append((trial.store, {name: Spread.of(trial.overheads(name)) for name in guards}))
    return Panel(f"{title} (less is better)", "ms", 2, groups, COLOURS)
