"""A lockout lasts as long as was said: others cannot shorten it, whatever the site's code returns.

``AXES_COOLOFF_TIME`` and ``AXES_FAILURE_LIMIT`` may be code that answers differently for each
attempt. What it says of one user must not reach another's lockout.
"""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from axes.conf import LockoutTier
from axes.models import AccessAttempt
from tests.visitor import LOCKED_OUT, PASSWORD, FakeClock, Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]

HOUR = 3600
ELSEWHERE = "198.51.100.7"

PARAMETERS: list[list[Any]] = [
    ["username"],
    ["ip_address"],
    ["username", "ip_address"],
    [["username", "ip_address"]],
    [["username", "ip_address", "user_agent"]],
]


@pytest.fixture(autouse=True)
def _site(checked: Any, settings: Any) -> None:
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False


def is_of(username: str, request: Any) -> bool:
    return bool(request.POST.get("username") == username)


SHORT = [timedelta(seconds=1), timedelta(milliseconds=1), timedelta(hours=-1), timedelta(0)]
"""What code might return for others; some of it makes no sense."""


def told(visitor: Visitor) -> int:
    answer = visitor.succeeds()
    assert answer.status_code == LOCKED_OUT
    return int(answer["Retry-After"])


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("expirations", [False, True])
def test_another_ones_short_cool_off_shortens_no_lockout(
    ada: Visitor, settings: Any, clock: FakeClock, parameters: list[Any], expirations: bool
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    settings.AXES_USE_ATTEMPT_EXPIRATION = expirations
    settings.AXES_COOLOFF_TIME = lambda request: (
        timedelta(hours=1) if is_of("ada", request) else timedelta(seconds=1)
    )
    ada.fails(3)
    mallories = [
        ada.but(username="mallory", address=address, agent=agent)
        for address, agent in product((ada.address, ELSEWHERE), ("Firefox", "curl"))
    ]
    # Long enough for what has expired to be purged, by the terms of whoever comes along.
    for minute in range(1, 60):
        clock.passes(minutes=1)
        for mallory in mallories:
            mallory.fails()
        assert told(ada) == HOUR - minute * 60
    clock.passes(59)
    assert told(ada) == 1
    clock.passes(1)
    assert ada.succeeds().status_code == 200


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("expirations", [False, True])
def test_what_is_recorded_of_a_lockout_stays_as_long_as_it_lasts(
    ada: Visitor, settings: Any, clock: FakeClock, parameters: list[Any], expirations: bool
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    settings.AXES_USE_ATTEMPT_EXPIRATION = expirations
    settings.AXES_COOLOFF_TIME = lambda request: (
        timedelta(hours=1) if is_of("ada", request) else timedelta(seconds=1)
    )
    ada.fails(3)
    for _ in range(5):
        clock.passes(minutes=2)
        ada.but(username="mallory", address=ELSEWHERE).fails()
    assert AccessAttempt.objects.get(username="ada").failures_since_start == 3


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_another_ones_limit_ends_no_lockout(
    ada: Visitor, settings: Any, clock: FakeClock, parameters: list[Any], limit: int
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    settings.AXES_COOLOFF_TIME = 1
    settings.AXES_FAILURE_LIMIT = lambda request, credentials: (
        3 if credentials["username"] == "ada" else limit
    )
    ada.fails(3)
    for seconds in range(1, 11):
        clock.passes(1)
        for address in (ada.address, ELSEWHERE):
            ada.but(username="mallory", address=address).fails()
        # By address the failures of both count, so the lockout may last longer; never shorter.
        if "ip_address" in parameters:
            assert HOUR - seconds <= told(ada) <= HOUR
        else:
            assert told(ada) == HOUR - seconds


def test_a_success_of_another_ends_no_lockout(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username", ["username", "ip_address"]]
    settings.AXES_RESET_ON_SUCCESS = True
    settings.AXES_COOLOFF_TIME = 1
    make_user("bob")
    ada.fails(3)
    clock.passes(minutes=10)
    bob = ada.but(username="bob")
    bob.fails(2)
    assert bob.succeeds().status_code == 200
    assert told(ada) == HOUR - 600


TIERS = [
    LockoutTier(3, timedelta(minutes=1)),
    LockoutTier(5, timedelta(minutes=10)),
    LockoutTier(6, timedelta(hours=1)),
]


@pytest.mark.parametrize(("failures", "seconds"), [(3, 60), (4, 60), (5, 600), (6, 3600)])
@pytest.mark.parametrize("parameters", [["username"], [["username", "ip_address"]]], ids=str)
def test_a_tiers_lockout_ends_when_told_whatever_others_do_meanwhile(
    ada: Visitor,
    settings: Any,
    clock: FakeClock,
    parameters: list[Any],
    failures: int,
    seconds: int,
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    settings.AXES_LOCKOUT_TIERS = TIERS
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = True
    assert ada.fails(failures)["Retry-After"] == str(seconds)
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    mallory = ada.but(username="mallory")
    for _ in range(4):
        clock.passes(seconds / 5)
        mallory.fails()
    assert told(ada) == seconds / 5
    clock.passes(seconds / 5 - 0.001)
    assert told(ada) == 1
    clock.passes(0.001)
    assert ada.succeeds().status_code == 200


def test_the_time_told_is_the_time_really_left(ada: Visitor, settings: Any) -> None:
    """By the clock on the wall: refused just before, admitted just after."""
    settings.AXES_COOLOFF_TIME = timedelta(seconds=2)
    ada.fails(2)
    before = time.monotonic()
    answer = ada.fails()
    after = time.monotonic()
    assert (answer.status_code, answer["Retry-After"]) == (LOCKED_OUT, "2")
    time.sleep(max(before + 1.7 - time.monotonic(), 0))
    answer = ada.tries(PASSWORD)
    if time.monotonic() < before + 2:
        # A machine that was busy for longer has seen no lockout's end, and no refusal either.
        assert (answer.status_code, answer["Retry-After"]) == (LOCKED_OUT, "1")
    time.sleep(max(after + 2 - time.monotonic(), 0))
    assert ada.tries(PASSWORD).status_code == 200
