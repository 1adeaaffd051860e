"""Failures stay counted whatever becomes of the request's own transaction, and across threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections, transaction

from axes.models import AccessAttempt, AccessLog
from axes.signals import user_locked_out
from axes.utils import reset

from .visitor import LOCKED_OUT, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def breaking_receiver() -> Iterator[None]:
    def receive(**kwargs: Any) -> None:
        User.objects.create_user("written by the receiver")
        raise RuntimeError("in the receiver")

    user_locked_out.connect(receive)
    yield
    user_locked_out.disconnect(receive)


def failures() -> int:
    return sum(attempt.failures_since_start for attempt in AccessAttempt.objects.all())


@pytest.mark.usefixtures("atomic_requests")
def test_failures_survive_an_exception_in_the_view(ada: Visitor) -> None:
    ada = ada.but(path="/check-and-raise/")
    statuses = [ada.fails().status_code for _ in range(3)]
    assert statuses == [500, 500, LOCKED_OUT]
    assert failures() == 3
    assert ada.but(path="/check/").is_locked_out


@pytest.mark.usefixtures("atomic_requests", "breaking_receiver")
def test_failures_survive_an_exception_in_a_receiver(ada: Visitor) -> None:
    ada = ada.but(path="/check/")
    ada.fails(3)
    assert not User.objects.filter(username="written by the receiver").exists()
    assert failures() == 3
    user_locked_out.receivers.clear()
    user_locked_out.sender_receivers_cache.clear()
    assert ada.is_locked_out


@pytest.mark.usefixtures("atomic_requests")
@pytest.mark.parametrize("path", ["/check/", "/login/", "/check-and-login/"])
def test_the_limit_is_the_same_with_atomic_requests(ada: Visitor, path: str) -> None:
    ada = ada.but(path=path)
    statuses = [ada.fails().status_code for _ in range(4)]
    assert statuses[1:] == [statuses[0], LOCKED_OUT, LOCKED_OUT]
    assert failures() == 4


@pytest.mark.usefixtures("atomic_requests")
def test_successes_are_logged_with_atomic_requests(ada: Visitor) -> None:
    for _ in range(4):
        assert ada.succeeds().status_code == 302
    assert AccessLog.objects.count() == 4
    assert failures() == 0


@pytest.mark.usefixtures("atomic_requests")
def test_a_reset_in_a_transaction_holds_when_it_is_committed(ada: Visitor) -> None:
    ada.fails(3)
    with transaction.atomic():
        assert reset() == 1
    assert not ada.is_locked_out


@pytest.mark.usefixtures("atomic_requests")
def test_right_passwords_in_views_that_break_stay_open_for_their_lease(ada: Visitor) -> None:
    ada = ada.but(path="/check-and-raise/")
    assert [ada.succeeds().status_code for _ in range(2)] == [500, 500]
    assert failures() == 0


def in_threads(count: int, visit: Any) -> list[Any]:
    """What `visit(number)` returns in so many threads that begin together."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        try:
            barrier.wait()
            results[number] = visit(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.parametrize("parameters", [["ip_address"], ["username", "ip_address"]])
def test_parallel_guesses_get_as_many_passwords_checked_as_the_limit(
    ada: Visitor, settings: Any, parameters: list[str]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    checked: list[int] = []
    count = threading.Lock()

    def note(*args: Any, **kwargs: Any) -> None:
        with count:
            checked.append(1)

    from django.contrib.auth.backends import ModelBackend

    original = ModelBackend.authenticate
    ModelBackend.authenticate = note  # type: ignore[method-assign, assignment]
    try:
        statuses = in_threads(8, lambda number: Visitor(path="/check/").fails().status_code)
    finally:
        ModelBackend.authenticate = original  # type: ignore[method-assign]
    assert len(checked) == 3
    assert Counter(statuses) == {401: 2, LOCKED_OUT: 6}


def test_parallel_right_passwords_all_get_in(ada: Visitor) -> None:
    statuses = in_threads(8, lambda number: Visitor(path="/check/").succeeds().status_code)
    assert statuses == [200] * 8


def test_parallel_failures_of_many_clients_are_all_counted(ada: Visitor, settings: Any) -> None:
    """Scopes that overlap crosswise are where databases find deadlocks."""
    settings.AXES_LOCKOUT_PARAMETERS = ["username", "ip_address", "user_agent"]
    settings.AXES_FAILURE_LIMIT = 1000

    def visit(number: int) -> int:
        for turn in range(4):
            Visitor(
                path="/check/",
                username=f"user{(number + turn) % 2}",
                address=f"192.0.2.{(number * turn) % 3}",
            ).fails()
        return number

    assert in_threads(6, visit) == list(range(6))
    assert failures() == 24
