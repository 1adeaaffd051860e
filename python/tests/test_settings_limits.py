"""How many failures, and for how long: the limit, the cool-off and the tiers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from axes.conf import LockoutTier
from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt

from .visitor import LOCKED_OUT, FakeClock, Visitor, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_limit_is_the_number_of_failures_that_leads_to_a_lockout(
    ada: Visitor, settings: Any, limit: int
) -> None:
    settings.AXES_FAILURE_LIMIT = limit
    statuses = [ada.fails().status_code for _ in range(limit)]
    assert statuses == [200] * (limit - 1) + [LOCKED_OUT]


def test_a_limit_that_is_lowered_counts_what_was_before(ada: Visitor, settings: Any) -> None:
    ada.fails(2)
    settings.AXES_FAILURE_LIMIT = 2
    assert ada.is_locked_out


def test_without_lockouts_failures_are_counted_and_logged(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCK_OUT_AT_FAILURE = False
    assert [ada.fails().status_code for _ in range(5)] == [200] * 5
    assert ada.succeeds().status_code == 302
    assert AccessAttempt.objects.get().failures_since_start == 5


HOURS = [
    (1, timedelta(hours=1)),
    (0.5, timedelta(minutes=30)),
    (timedelta(seconds=90), timedelta(seconds=90)),
    ("tests.test_settings_limits.ten_minutes", timedelta(minutes=10)),
    (lambda: 2, timedelta(hours=2)),
    (lambda request: timedelta(seconds=7), timedelta(seconds=7)),
]


def ten_minutes(request: Any) -> timedelta:
    return timedelta(minutes=10)


@pytest.mark.parametrize(("setting", "length"), HOURS)
def test_failures_are_forgotten_after_the_cool_off_not_before(
    ada: Visitor, settings: Any, clock: FakeClock, setting: Any, length: timedelta
) -> None:
    settings.AXES_COOLOFF_TIME = setting
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    ada.fails(3)
    assert get_cool_off(ada.request()) == length
    clock.passes(length.total_seconds() - 1)
    assert ada.is_locked_out
    clock.passes(1)
    assert not ada.is_locked_out


@pytest.mark.parametrize("left", [3600, 3599.5, 1800, 61, 1.5, 0.2])
def test_the_time_that_is_told_is_the_time_that_is_left(
    ada: Visitor, settings: Any, clock: FakeClock, left: float
) -> None:
    """In whole seconds, never too early: after them the right password gets in."""
    settings.AXES_COOLOFF_TIME = 1
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    ada.fails(3)
    clock.passes(3600 - left)
    told = int(ada.succeeds()["Retry-After"])
    assert 0 <= told - left < 1
    clock.passes(left - 0.1)
    assert ada.succeeds().status_code == LOCKED_OUT
    clock.passes(told - left + 0.1)
    assert ada.succeeds().status_code == 302


def test_without_a_cool_off_a_lockout_never_ends(ada: Visitor, clock: FakeClock) -> None:
    ada.fails(3)
    clock.passes(days=10_000)
    assert ada.is_locked_out


def test_the_cool_off_is_a_time_of_inactivity(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = 1
    ada.fails()
    clock.passes(minutes=50)
    ada.fails()
    clock.passes(minutes=50)
    assert ada.fails().status_code == LOCKED_OUT


def test_failures_before_a_pause_do_not_count(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = 1
    ada.fails(2)
    clock.passes(hours=1)
    assert ada.fails(2).status_code == 200
    assert AccessAttempt.objects.get().failures_since_start == 2


def test_tries_during_a_lockout_can_leave_the_cool_off_alone(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = 1
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    ada.fails(3)
    clock.passes(minutes=59)
    ada.fails(5)
    clock.passes(minutes=1)
    assert not ada.is_locked_out
    assert AccessAttempt.objects.get().failures_since_start == 3


TIERS = [LockoutTier(3, timedelta(minutes=1)), LockoutTier(5, timedelta(hours=1))]


def test_the_more_failures_the_longer_the_lockout(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_LOCKOUT_TIERS = TIERS
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    assert ada.fails(3)["Retry-After"] == "60"
    assert get_failure_limit(ada.request()) == 3


LADDER = [
    # Failures before the one that counts, and how long the lockout lasts after it.
    (2, timedelta(minutes=1)),
    (3, timedelta(minutes=1)),
    (4, timedelta(hours=1)),
    (9, timedelta(hours=1)),
]


@pytest.mark.parametrize(("before", "length"), LADDER)
def test_a_tiers_lockout_ends_when_its_cool_off_says(
    ada: Visitor, settings: Any, clock: FakeClock, before: int, length: timedelta
) -> None:
    """Tiers are the only setting: there is no cool-off beside theirs."""
    settings.AXES_LOCKOUT_TIERS = TIERS
    ada.fails(before)
    assert ada.fails()["Retry-After"] == str(int(length.total_seconds()))
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    clock.passes(length.total_seconds() - 1)
    answer = ada.succeeds()
    assert (answer.status_code, answer["Retry-After"]) == (LOCKED_OUT, "1")
    clock.passes(1)
    assert ada.succeeds().status_code == 302


def test_failures_in_peace_climb_no_tier(ada: Visitor, settings: Any, clock: FakeClock) -> None:
    settings.AXES_LOCKOUT_TIERS = TIERS
    for _ in range(4):
        assert ada.fails(2).status_code == 200
        clock.passes(minutes=1)


def test_tiers_stand_for_limit_and_cool_off(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_TIERS = TIERS
    settings.AXES_FAILURE_LIMIT = 1
    settings.AXES_COOLOFF_TIME = 24
    assert ada.fails(2).status_code == 200
    assert ada.fails().status_code == LOCKED_OUT


def test_a_success_forgets_nothing_by_default(ada: Visitor) -> None:
    ada.fails(2)
    ada.succeeds()
    assert ada.fails().status_code == LOCKED_OUT


def test_a_success_can_forget_the_usernames_own_failures(ada: Visitor, settings: Any) -> None:
    settings.AXES_RESET_ON_SUCCESS = True
    ada.fails(2)
    ada.succeeds()
    assert ada.fails(2).status_code == 200


def test_a_success_does_not_wash_an_address_clean(ada: Visitor, settings: Any) -> None:
    """An attacker's own account must not pay for guesses on others."""
    settings.AXES_RESET_ON_SUCCESS = True
    make_user("mallory")
    ada.fails(2)
    ada.but(username="mallory").succeeds()
    assert ada.fails().status_code == LOCKED_OUT
