"""The scenarios that every store replays, through Django and a store outside it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.corpus import SCENARIOS, Scenario
from tests.test_corpus import Site, site, value_of

__all__ = ["site"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.stem)
def test_the_native_handler_answers_as_the_scenario_says(
    native_store: str, site: Site, settings: Any, scenario: Scenario
) -> None:
    for name, value in scenario.settings.items():
        setattr(settings, name, value_of(value))
    for step in scenario.steps:
        site.step(step)
