"""What is past its cool-off: attempts that keep their expiry, and what is purged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from axes._axes import Engine
from axes.attempts import get_cool_off_threshold
from axes.conf import engine
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_attempt_expiration
from axes.models import AccessAttempt, AccessAttemptExpiration, Tally

from .visitor import LOCKED_OUT, FakeClock, Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def keeps(settings: Any) -> Any:
    """A site whose attempts keep their expiry."""
    settings.AXES_USE_ATTEMPT_EXPIRATION = True
    settings.AXES_COOLOFF_TIME = 1
    return settings


def expiries() -> list[Any]:
    return list(AccessAttemptExpiration.objects.values_list("expires_at", flat=True))


def test_no_expiry_is_kept_by_default(ada: Visitor, settings: Any) -> None:
    settings.AXES_COOLOFF_TIME = 1
    ada.fails(1)
    assert expiries() == []


def test_each_failure_puts_the_expiry_off(keeps: Any, ada: Visitor, clock: FakeClock) -> None:
    ada.fails(1)
    assert expiries() == [clock.now() + timedelta(hours=1)]
    clock.passes(minutes=30)
    ada.fails(1)
    assert expiries() == [clock.now() + timedelta(hours=1)]


def test_a_shorter_cool_off_holds_for_later_failures_only(
    keeps: Any, ada: Visitor, clock: FakeClock
) -> None:
    ada.fails(2)
    keeps.AXES_COOLOFF_TIME = timedelta(minutes=10)
    clock.passes(minutes=40)
    assert ada.fails(1).status_code == LOCKED_OUT
    assert AccessAttempt.objects.get().failures_since_start == 3
    assert expiries() == [clock.now() + timedelta(minutes=20)]


def test_the_same_holds_where_the_tally_is_made_anew(
    keeps: Any, ada: Visitor, clock: FakeClock
) -> None:
    ada.fails(2)
    Tally.objects.all().delete()
    keeps.AXES_COOLOFF_TIME = timedelta(minutes=10)
    clock.passes(minutes=40)
    assert ada.fails(1).status_code == LOCKED_OUT
    Tally.objects.all().delete()
    clock.passes(minutes=21)
    assert ada.fails(1).status_code == 200
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_an_attempt_that_keeps_no_expiry_is_judged_by_the_cool_off(
    settings: Any, ada: Visitor, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = 1
    ada.fails(2)
    settings.AXES_USE_ATTEMPT_EXPIRATION = True
    Tally.objects.all().delete()
    clock.passes(minutes=59)
    assert ada.fails(1).status_code == LOCKED_OUT
    assert expiries() == [clock.now() + timedelta(hours=1)]


def test_without_a_cool_off_nothing_expires(keeps: Any, ada: Visitor) -> None:
    keeps.AXES_COOLOFF_TIME = None
    assert ada.fails(3).status_code == LOCKED_OUT
    assert expiries() == []


def test_a_reset_takes_the_expiry_with_it(keeps: Any, ada: Visitor) -> None:
    ada.fails(1)
    assert AxesDatabaseHandler().reset_attempts() == 1
    assert expiries() == []


@pytest.mark.parametrize("kept", [True, False])
def test_what_has_expired_is_purged_in_passing(
    keeps: Any, ada: Visitor, clock: FakeClock, kept: bool
) -> None:
    keeps.AXES_USE_ATTEMPT_EXPIRATION = kept
    ada.fails(2)
    clock.passes(minutes=50)
    ada.but(username="bob", address="198.51.100.7").fails(1)
    clock.passes(minutes=15)
    ada.but(username="eve", address="203.0.113.9").fails(1)
    names = AccessAttempt.objects.order_by("username").values_list("username", flat=True)
    assert list(names) == ["bob", "eve"]
    assert Tally.objects.count() == 2
    assert len(expiries()) == (2 if kept else 0)


def test_purging_in_passing_is_done_once_a_minute(
    keeps: Any, ada: Visitor, clock: FakeClock
) -> None:
    # An engine of its own: others have purged already.
    own = Engine({})
    assert [own.is_purge_due(), own.is_purge_due()] == [False, False], "there is no hurry"
    clock.passes(seconds=60)
    assert [own.is_purge_due(), own.is_purge_due()] == [True, False]
    clock.passes(seconds=60)
    assert [own.is_purge_due(), own.is_purge_due()] == [True, False]


def test_all_that_has_expired_is_purged_on_request(
    keeps: Any, ada: Visitor, clock: FakeClock, lines: Any
) -> None:
    AccessAttempt.objects.bulk_create(
        AccessAttempt(username=f"user-{n}", ip_address="192.0.2.9", failures_since_start=1)
        for n in range(1100)
    )
    clock.passes(hours=2)
    ada.request()
    handler = AxesDatabaseHandler()
    ada.fails(1)
    left = AccessAttempt.objects.count()
    assert handler.clean_expired_user_attempts(ada.request()) == left - 1
    assert AccessAttempt.objects.get().username == "ada"


def test_nothing_is_purged_where_nothing_is_forgotten(settings: Any, ada: Visitor) -> None:
    ada.fails(1)
    assert AxesDatabaseHandler().clean_expired_user_attempts() == 0
    assert AccessAttempt.objects.count() == 1


def test_what_still_has_a_permit_in_flight_is_not_purged(
    keeps: Any, ada: Visitor, clock: FakeClock
) -> None:
    handler = AxesDatabaseHandler()
    request = ada.request()
    request._axes_middleware = True  # type: ignore[attr-defined]
    handler.admit(request, {"username": "ada"})
    assert handler.clean_expired_user_attempts() == 0
    assert Tally.objects.count() == 1
    assert engine().peek(handler.connection(), handler._attempt(request, None), {})[0] == 0


def test_helpers_tell_the_times(settings: Any, ada: Visitor, clock: FakeClock) -> None:
    request: Any = ada.request()
    for helper in [get_attempt_expiration, get_cool_off_threshold]:
        with pytest.raises(TypeError, match="AXES_COOLOFF_TIME is not set"):
            helper(request)
    settings.AXES_COOLOFF_TIME = 2
    assert get_attempt_expiration() == clock.now() + timedelta(hours=2)
    request.axes_attempt_time = clock.now() - timedelta(minutes=1)
    assert get_cool_off_threshold(request) == clock.now() - timedelta(hours=2, minutes=1)


def test_what_expired_in_this_moment_is_purged(keeps: Any, settings: Any) -> None:
    # Its time is finer than the engine's.
    attempt = AccessAttempt.objects.create(
        username="ada", ip_address="192.0.2.9", failures_since_start=1
    )
    AccessAttemptExpiration.objects.create(
        access_attempt=attempt, expires_at=timezone.now() - timedelta(days=1)
    )
    assert AxesDatabaseHandler().clean_expired_user_attempts() == 1
    assert not AccessAttemptExpiration.objects.exists()
