"""Resets, lists and lockouts do with every store what they do with the database."""

from __future__ import annotations

from typing import Any

import pytest

from axes.models import AccessAttempt

# What looks into no table is run here too, with the native handler.
from tests.cache.test_resets import (  # noqa: F401
    COMMANDS,
    PARAMETERS,
    story,
    test_a_lockout_is_listed_and_lifted,
    test_a_success_forgets_what_it_proves,
    test_an_address_loses_the_failures_of_one_username,
)
from tests.visitor import make_user

from .sites import HANDLER


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def kind(request: pytest.FixtureRequest) -> str:
    """What is in memory shows no refused attempts in lists."""
    return str(request.param)


@pytest.mark.parametrize("parameters", PARAMETERS[::3], ids=str)
def test_every_reset_does_what_it_does_with_the_database(
    native_store: str, settings: Any, parameters: list[Any]
) -> None:
    make_user()
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    for command in COMMANDS:
        settings.AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
        expected = story(command)
        assert not AccessAttempt.objects.exists()
        settings.AXES_HANDLER = HANDLER
        assert story(command) == expected, command
        assert not AccessAttempt.objects.exists()
