"""The results as tables of Markdown, put between marks in a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contest.attack import SLICES
from contest.contestants import AXES, AXES_CACHE, DEFENDER, DEFENDER_ALONE, DJANGO_AXES, NOBODY
from contest.figures import Ratio, Rounds, Spread, medians, times
from contest.flat import NOTHING
from contest.targets import COSTS, RATES
from contest.trials import KINDS, Trial

DEFENDERS = (DEFENDER.name, DEFENDER_ALONE.name)
PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"


@dataclass
class About:
    """Where the numbers come from."""

    command: str
    date: str
    machine: str
    versions: dict[str, str]

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {self.versions[name]}" for name in sorted(self.versions))
        return (
            f"`{self.command}` on {self.date}.\n\n- Machine: {self.machine}\n"
            f"- Versions: {versions}\n"
        )


def put(page: Path, name: str, text: str) -> None:
    """Replaces what stands between the marks of ``name``."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    old = page.read_text(encoding="utf-8")
    if len(place.findall(old)) != 1:
        raise ValueError(f"{page.name} needs {begin} and {end} once")
    new = place.sub(lambda _: f"{begin}\n{text.strip()}\n{end}", old)
    page.write_text(new, encoding="utf-8")


def contest(about: About, trials: Sequence[Trial], rates: dict[str, list[float]]) -> str:
    """All that `cargo xtask bench django` measured."""
    return "\n".join(
        [
            str(about),
            "### Targets\n",
            _targets(trials, rates),
            *(part for kind in KINDS for part in _titled(kind, _databases(trials, kind))),
            *_titled("counted in Redis", _caches(trials)),
            "### Under attack\n",
            _attack(rates),
        ]
    )


def _titled(what: str, table: str) -> list[str]:
    title = f"a {what} login" if what in KINDS else f"a login that is {what}"
    return [f"### What a guard adds to {title}\n", f"Milliseconds.\n\n{table}"]


def flat(about: About, trials: Iterable[Trial]) -> str:
    """All that `cargo xtask bench flat` measured."""
    rows = []
    for trial in trials:
        for name, rounds in trial.times.items():
            ratio = Ratio.of(medians(rounds), medians(trial.times[NOTHING]))
            rows.append([trial.store, name, _milliseconds(medians(rounds)), str(ratio)])
    head = ["store", "recorded before", "a failed login, ms", f"beside {NOTHING}"]
    return f"{about}\n{_table(head, rows)}"


def _targets(trials: Sequence[Trial], rates: dict[str, list[float]]) -> str:
    rows = []
    for cost in COSTS:
        ratio = cost.ratio(trials)
        reached = "yes" if ratio.at_most(cost.target) else "**no**"
        rows.append([str(cost), f"at most {times(cost.target)}", str(ratio), reached])
    for rate in RATES:
        ratio = rate.ratio(rates)
        reached = "yes" if ratio.at_least(rate.target) else "**no**"
        rows.append([str(rate), f"at least {times(rate.target)}", str(ratio), reached])
    return _table(["what", "target", "measured", "reached"], rows)


def _databases(trials: Sequence[Trial], kind: str) -> str:
    """Axes and django-axes, where both keep everything in the database."""
    nobody, ours, theirs = NOBODY.name, AXES.name, DJANGO_AXES.name
    rows = [
        [
            trial.place,
            _milliseconds(_all(trial.times[nobody])),
            _milliseconds(trial.overheads(ours)),
            _milliseconds(trial.overheads(theirs)),
            str(trial.ratio(ours, theirs)),
        ]
        for trial in trials
        if trial.kind == kind
    ]
    head = ["store", f"{nobody}: whole login", f"{ours} adds", f"{theirs} adds"]
    return _table([*head, f"{ours} / {theirs}"], rows)


def _caches(trials: Sequence[Trial]) -> str:
    """Guards that count in Redis. Users and sessions are in a database all the same."""
    ours = AXES_CACHE.name
    rows = [
        [
            trial.place,
            trial.kind,
            _milliseconds(trial.overheads(ours)),
            *(_milliseconds(trial.overheads(theirs)) for theirs in DEFENDERS),
            *(str(trial.ratio(ours, theirs)) for theirs in DEFENDERS),
        ]
        for trial in trials
        if ours in trial.times
    ]
    head = ["database of the site", "login", *(f"{name} adds" for name in (ours, *DEFENDERS))]
    return _table([*head, *(f"{ours} / {theirs}" for theirs in DEFENDERS)], rows)


def _attack(rates: dict[str, list[float]]) -> str:
    rows = []
    for name, slices in rates.items():
        rows.append(
            [
                name,
                _spread(Spread.of(slices), 0),
                _unless(name == NOBODY.name, Ratio.of(slices, rates[NOBODY.name])),
                _unless(name == DJANGO_AXES.name, Ratio.of(slices, rates[DJANGO_AXES.name])),
                times(slowdown(slices, rates[NOBODY.name])),
            ]
        )
    head = [
        "guard",
        "requests per second",
        "beside nobody",
        "beside django-axes",
        "end / beginning",
    ]
    return _table(head, rows)


def slowdown(slices: Sequence[float], unguarded: Sequence[float]) -> float:
    """The rate at the end of an attack beside that at its beginning. What the machine itself became
    slower or faster shows where nobody guards, and is left out."""
    part = max(1, SLICES // 3)

    def change(numbers: Sequence[float]) -> float:
        return sum(numbers[-part:]) / sum(numbers[:part])

    return change(slices) / change(unguarded)


def _unless(same: bool, ratio: Ratio) -> str:
    return "" if same else str(ratio)


def _all(rounds: Rounds) -> list[float]:
    return [number for numbers in rounds for number in numbers]


def _milliseconds(numbers: Sequence[float]) -> str:
    return _spread(Spread.of(numbers), 2)


def _spread(spread: Spread, digits: int) -> str:
    low, middle, high = (
        f"{number:.{digits}f}" for number in (spread.low, spread.middle, spread.high)
    )
    return f"{middle} [{low} – {high}]"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
