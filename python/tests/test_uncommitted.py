"""What is counted inside somebody else's transaction outlives its rollback, whole or in part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.core.signals import request_finished
from django.db import connection, transaction
from django.db.models import Sum
from django.http import HttpResponse

from axes.middleware import AxesMiddleware
from axes.models import AccessAttempt, Tally

from .visitor import PASSWORD, USERNAME, WRONG, Visitor, make_user

pytestmark = pytest.mark.django_db(transaction=True)


class UndoneError(Exception):
    """Rolls back, and is expected."""


@pytest.fixture(autouse=True)
def written() -> Iterator[None]:
    """The request's transaction is one that has written: elsewhere Axes stays out of it."""
    make_user()
    yield
    assert not connection.in_atomic_block


def handles(view: Any, outside: Any = None) -> None:
    """Lets the view handle a request in a transaction that begins before the middleware."""
    request = Visitor().request()
    with suppress(UndoneError), transaction.atomic():
        Group.objects.create(name="written")
        AxesMiddleware(view)(request)
        if outside is not None:
            outside()
    request_finished.send(sender=None)


def check(request: Any, password: str = WRONG) -> HttpResponse:
    authenticate(request, username=USERNAME, password=password)
    return HttpResponse()


def check_and_undo(request: Any, password: str = WRONG) -> HttpResponse:
    """The view has a transaction of its own, which rolls back."""
    with suppress(UndoneError), transaction.atomic():
        check(request, password)
        raise UndoneError
    return HttpResponse()


def check_rightly(request: Any) -> HttpResponse:
    return check(request, PASSWORD)


def check_rightly_and_undo(request: Any) -> HttpResponse:
    return check_and_undo(request, PASSWORD)


def undo() -> None:
    raise UndoneError


def doom() -> None:
    transaction.set_rollback(True)


def doom_in_view(request: Any) -> HttpResponse:
    response = check_rightly(request)
    doom()
    return response


def counted() -> tuple[int, int]:
    """The failures and the permits in flight."""
    failures = AccessAttempt.objects.aggregate(total=Sum("failures_since_start"))["total"]
    tallies = Tally.objects.aggregate(total=Sum("current_permits") + Sum("previous_permits"))
    return failures or 0, tallies["total"] or 0


@pytest.mark.parametrize("outside", [None, undo, doom])
@pytest.mark.parametrize("view", [check, check_and_undo])
def test_a_failure_is_counted_once(view: Any, outside: Any) -> None:
    handles(view, outside)
    assert counted() == (1, 0)
    assert Group.objects.exists() is (outside is None)


@pytest.mark.parametrize("outside", [None, undo, doom])
@pytest.mark.parametrize("view", [check_rightly, check_rightly_and_undo, doom_in_view])
def test_a_right_password_is_no_failure_and_leaves_no_permit(view: Any, outside: Any) -> None:
    handles(view, outside)
    assert counted() == (0, 0)


def test_two_rollbacks_one_after_the_other_undo_nothing_either() -> None:
    def twice(request: Any) -> HttpResponse:
        check_and_undo(request)
        return check_and_undo(request)

    handles(twice, undo)
    assert counted() == (2, 0)


def test_a_password_that_is_checked_after_a_rollback_has_a_permit_of_its_own() -> None:
    def twice(request: Any) -> HttpResponse:
        check_rightly_and_undo(request)
        return check(request)

    handles(twice)
    assert counted() == (1, 0)
