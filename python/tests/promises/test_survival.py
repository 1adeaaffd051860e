"""What was counted stays counted, wherever the site breaks and whatever it rolls back.

Each test sends 200 wrong passwords, one after the other, to a site with ``ATOMIC_REQUESTS`` that
breaks on each of them. A failure that went away with a request would let a fourth be checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_login_failed
from django.dispatch import Signal
from rest_framework.exceptions import PermissionDenied

from axes.models import AccessAttempt
from axes.signals import user_locked_out
from tests.visitor import LOCKED_OUT, PASSWORD, USERNAME, WRONG, Visitor

from .site.views import BrokenError

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("atomic_requests"),
]

LIMIT = 3
GUESSES = 200
FIRST = ["", "read", "write"]
"""What the request's transaction has done before the password is checked."""

Checked = list[tuple[str | None, str | None]]
Connect = Callable[[Signal, type[Exception]], None]


@pytest.fixture
def breaking() -> Iterator[Connect]:
    """Adds a receiver that writes, and raises."""
    connected: list[tuple[Signal, Any]] = []

    def connect(signal: Signal, error: type[Exception]) -> None:
        def receive(**kwargs: Any) -> None:
            Group.objects.create(name="written by a receiver")
            raise error("in the receiver")

        signal.connect(receive)
        connected.append((signal, receive))

    yield connect
    for signal, receive in connected:
        signal.disconnect(receive)


def guesses(visitor: Visitor, **form: str) -> dict[int, int]:
    """The answers to all guesses."""
    return Counter(visitor.tries(WRONG, **form).status_code for _ in range(GUESSES))


def assert_exact(visitor: Visitor, checked: Checked) -> None:
    """As many passwords were checked as the limit allows, and all guesses are recorded."""
    assert checked == [(USERNAME, WRONG)] * LIMIT
    attempt = AccessAttempt.objects.get()
    assert (attempt.failures_since_start, attempt.refused) == (GUESSES, GUESSES - LIMIT)
    # The requests did roll back.
    assert not Group.objects.exists()
    assert visitor.tries(PASSWORD).status_code == LOCKED_OUT
    assert len(checked) == LIMIT


BROKEN_OFF = {500: LIMIT - 1, LOCKED_OUT: GUESSES - LIMIT + 1}
"""The answers where the site breaks on every password that is checked."""


@pytest.mark.parametrize("first", FIRST)
def test_an_exception_in_the_view(checked: Checked, ada: Visitor, first: str) -> None:
    assert guesses(ada, first=first, then="raise") == BROKEN_OFF
    assert_exact(ada, checked)


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("error", [BrokenError, PermissionDenied])
def test_an_exception_in_a_receiver_of_user_locked_out(
    checked: Checked, ada: Visitor, breaking: Connect, error: type[Exception], first: str
) -> None:
    breaking(user_locked_out, error)
    answers = guesses(ada, first=first, then="raise")
    assert answers == BROKEN_OFF
    assert_exact(ada, checked)


@pytest.mark.parametrize("first", FIRST)
def test_an_exception_in_a_receiver_of_user_login_failed(
    checked: Checked, ada: Visitor, breaking: Connect, first: str
) -> None:
    breaking(user_login_failed, BrokenError)
    assert guesses(ada, first=first) == BROKEN_OFF
    assert_exact(ada, checked)


@pytest.mark.parametrize("first", FIRST)
def test_an_exception_in_the_exception_handler_of_rest_framework(
    checked: Checked, ada: Visitor, settings: Any, first: str
) -> None:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "tests.promises.site.views.broken_handler"}
    assert guesses(ada.but(path="/api/"), first=first) == BROKEN_OFF
    assert_exact(ada, checked)


@pytest.mark.parametrize("first", FIRST)
def test_the_rollback_of_rest_frameworks_own_exception_handler(
    checked: Checked, ada: Visitor, first: str
) -> None:
    answers = guesses(ada.but(path="/api/"), first=first)
    assert answers == {403: LIMIT - 1, LOCKED_OUT: GUESSES - LIMIT + 1}
    assert_exact(ada, checked)


@pytest.mark.parametrize("name", ["Breaking", "BreakingInTransaction"])
def test_an_exception_in_a_middleware_inside_that_of_axes(
    checked: Checked, ada: Visitor, settings: Any, name: str
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"tests.promises.site.middleware.{name}"]
    assert settings.MIDDLEWARE[-2] == "axes.middleware.AxesMiddleware"
    assert guesses(ada) == BROKEN_OFF
    assert_exact(ada, checked)
