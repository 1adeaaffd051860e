"""django-axes 8.3.1 itself answers as the scenarios say that it does: the same, or otherwise in the
steps that say so."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..corpus import ADDRESSES, CASES, SCENARIOS, Scenario
from .environment import Environment

AT_START = {
    "AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP",
    "AXES_LOCK_OUT_BY_USER_OR_IP",
    "AXES_ONLY_USER_FAILURES",
    "AXES_USE_USER_AGENT",
}
"""What django-axes reads only when it starts."""

REPLAYED = [scenario for scenario in SCENARIOS if scenario.ours_only is None]

Seen = dict[str, dict[str, Any]]
Replay = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def replay(django_axes: Path) -> Replay:
    """Replays scenarios and cases in a process that has these settings from the start."""

    def replay(start: str, **given: list[dict[str, Any]]) -> dict[str, Any]:
        printed = Environment(django_axes).run(
            *("-m", "corpus.replay"),
            given=json.dumps({"scenarios": [], "cases": [], **given}),
            DJANGO_SETTINGS_MODULE="corpus.settings",
            START=start,
        )
        seen: dict[str, Any] = json.loads(printed)
        return seen

    return replay


@pytest.fixture(scope="session")
def seen(replay: Replay) -> Seen:
    """What was seen of each scenario; a process for each set of settings at the start."""
    together: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for scenario in REPLAYED:
        settings = scenario.settings
        start = {name: settings[name] for name in sorted(AT_START) if name in settings}
        later = {name: value for name, value in settings.items() if name not in AT_START}
        replayed = {"name": scenario.stem, "settings": later, "step": scenario.steps}
        together[json.dumps(start)].append(replayed)
    seen: Seen = {}
    for start, scenarios in together.items():
        seen |= replay(start, scenarios=scenarios)["scenarios"]
    return seen


@pytest.fixture(scope="session")
def addresses(replay: Replay) -> dict[str, str | None]:
    found: dict[str, str | None] = replay("{}", cases=CASES)["addresses"]
    return found


@pytest.mark.parametrize("scenario", REPLAYED, ids=lambda scenario: scenario.stem)
def test_django_axes_answers_as_the_scenario_says(seen: Seen, scenario: Scenario) -> None:
    steps = seen[scenario.stem]["steps"]
    expected = [scenario.expected_of_django_axes(number) for number in range(len(steps))]
    met = [
        {name: step[name] for name in wanted} for wanted, step in zip(expected, steps, strict=True)
    ]
    assert met == expected


def test_every_scenario_is_replayed_or_says_why_it_is_not(seen: Seen) -> None:
    ours_only = {scenario.stem for scenario in SCENARIOS if scenario.ours_only is not None}
    assert set(seen) | ours_only == {scenario.stem for scenario in SCENARIOS}
    assert len(seen) > 40
    assert len(ours_only) < len(seen) / 5


def test_django_axes_never_tells_the_time_left(seen: Seen) -> None:
    answers = [step for scenario in seen.values() for step in scenario["steps"]]
    assert {step["retry_after"] for step in answers if "retry_after" in step} == {None}
    assert sum(step.get("locked_out", False) for step in answers) > 20


def test_django_axes_does_not_tell_a_new_lockout_from_an_old_one(seen: Seen) -> None:
    signals = [keywords for scenario in seen.values() for keywords in scenario["signals"]]
    assert len(signals) > 20
    assert {*map(tuple, signals)} == {("ip_address", "request", "signal", "username")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_django_axes_finds_the_address_as_the_case_says(
    addresses: dict[str, str | None], case: dict[str, Any]
) -> None:
    expected = case.get("client", case.get("peer"))
    if "differs" in case:
        assert case["differs"] in ADDRESSES["differs"]
        assert case["django_axes"] != expected
        expected = None if case["django_axes"] == "unknown" else case["django_axes"]
    assert addresses[case["name"]] == expected
