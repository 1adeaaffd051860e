"""The results as tables of Markdown, put between marks in a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contest.attack import SLICES
from contest.contestants import DJANGO_AXES, NOBODY
from contest.figures import Ratio, Rounds, Spread, medians, times
from contest.flat import NOTHING
from contest.targets import COSTS, RATES
from contest.trials import Trial

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
            "### What a guard adds to a login\n",
            _trials(trials),
            "### Under attack\n",
            _attack(rates),
        ]
    )


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


def _trials(trials: Iterable[Trial]) -> str:
    rows = []
    for trial in trials:
        recorded = f", {trial.recorded:,} recorded" if trial.recorded else ""
        first = [f"{trial.store}{recorded}", trial.kind]
        rows.append([*first, NOBODY.name, _milliseconds(_all(trial.times[NOBODY.name])), "", ""])
        for guard in trial.guards:
            ratio = "" if guard == DJANGO_AXES.name else str(trial.ratio(guard, DJANGO_AXES.name))
            whole = _milliseconds(_all(trial.times[guard]))
            rows.append([*first, guard, whole, _milliseconds(trial.overheads(guard)), ratio])
    head = ["store", "login", "guard", "whole, ms", "overhead, ms", "beside django-axes"]
    return _table(head, rows)


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
    head = ["guard", "requests per second", "beside nobody", "beside django-axes", "end / beginning"]
    return _table(head, rows)


def slowdown(slices: Sequence[float], unguarded: Sequence[float]) -> float:
    """The rate at the end of an attack beside that at its beginning, without what the machine itself
    became slower or faster: that shows where nobody guards."""
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
    return f"{middle} [{low} – {high}]"  # noqa: RUF001


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
