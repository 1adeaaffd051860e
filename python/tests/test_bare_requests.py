"""Passwords that are checked without a login, and requests that no middleware sees."""

from __future__ import annotations

import gc
import os
import time
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from axes.models import AccessAttempt, AccessLog, Tally
from axes.state import dropped

from .async_auth import aauthenticate
from .visitor import LOCKED_OUT, PASSWORD, WRONG, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def open_permits() -> int:
    return sum(tally.current_permits + tally.previous_permits for tally in Tally.objects.all())


def test_right_passwords_without_a_login_never_lock_out(ada: Visitor) -> None:
    ada = ada.but(path="/check/")
    assert [ada.succeeds().status_code for _ in range(10)] == [200] * 10
    assert open_permits() == 0


def test_a_new_bare_request_each_time_neither_locks_out_nor_waits(
    ada: Visitor, settings: Any
) -> None:
    settings.AXES_PERMIT_WAIT = 5
    start = time.monotonic()
    for _ in range(10):
        assert authenticate(ada.request(), username="ada", password=PASSWORD) is not None
    assert time.monotonic() - start < 2
    gc.collect()
    assert not ada.is_locked_out


def test_one_bare_request_again_and_again_neither_locks_out_nor_waits(
    ada: Visitor, settings: Any
) -> None:
    settings.AXES_PERMIT_WAIT = 5
    request = ada.request()
    start = time.monotonic()
    for _ in range(10):
        assert authenticate(request, username="ada", password=PASSWORD) is not None
    assert time.monotonic() - start < 2


def test_a_request_that_is_dropped_gives_its_permit_back(ada: Visitor) -> None:
    request = ada.request()
    authenticate(request, username="ada", password=PASSWORD)
    assert open_permits() == 1
    del request
    gc.collect()
    assert authenticate(ada.request(), username="ada", password=PASSWORD) is not None
    assert open_permits() <= 1


def test_wrong_passwords_on_bare_requests_count(ada: Visitor) -> None:
    for _ in range(3):
        assert authenticate(ada.request(), username="ada", password=WRONG) is None
    assert authenticate(ada.request(), username="ada", password=PASSWORD) is None
    assert ada.is_locked_out


def test_a_permit_of_a_request_that_ended_in_an_error_is_kept(ada: Visitor) -> None:
    """Nobody knows whether its password was right: it counts when its lease has run out."""
    assert ada.but(path="/check-and-raise/").succeeds().status_code == 500
    gc.collect()
    assert open_permits() == 1


def test_a_failure_before_an_error_counts(ada: Visitor) -> None:
    ada = ada.but(path="/check-and-raise/")
    statuses = [ada.fails().status_code for _ in range(3)]
    assert statuses == [500, 500, LOCKED_OUT]
    assert AccessAttempt.objects.get().failures_since_start == 3


def test_login_and_logout_work_on_an_empty_request(ada: Visitor) -> None:
    request = HttpRequest()
    request.session = SessionStore()
    user = User.objects.get()
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    logout(request)
    assert AccessLog.objects.get().ip_address is None


def test_async_checks_are_guarded_too(ada: Visitor) -> None:
    check = async_to_sync(aauthenticate)
    for _ in range(3):
        check(ada.request(), username="ada", password=WRONG)
    assert check(ada.request(), username="ada", password=PASSWORD) is None
    assert ada.is_locked_out


def test_an_attempt_that_waits_goes_on_when_the_other_request_is_dropped(
    ada: Visitor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [ada.request() for _ in range(3)]
    for request in held:
        assert authenticate(request, username="ada", password=PASSWORD) is not None
    del request
    monkeypatch.setattr("axes.clock.time.sleep", lambda seconds: held.clear())
    assert authenticate(ada.request(), username="ada", password=PASSWORD) is not None


def test_as_many_held_permits_as_the_limit_make_others_wait_not_locked_out(
    ada: Visitor, settings: Any
) -> None:
    settings.AXES_PERMIT_WAIT = 0.2
    held = [ada.request() for _ in range(3)]
    for request in held:
        authenticate(request, username="ada", password=PASSWORD)
    response = ada.succeeds()
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert not AccessAttempt.objects.exists()
    assert len(held) == 3


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("dropped_before", [False, True])
def test_a_copy_in_a_forked_process_has_no_permit_to_give_back(
    ada: Visitor, dropped_before: bool
) -> None:
    request = ada.request()
    authenticate(request, username="ada", password=PASSWORD)
    if dropped_before:
        del request
        gc.collect()
    child = os.fork()
    if child == 0:
        request = None  # type: ignore[assignment]
        gc.collect()
        os._exit(len(list(dropped())))
    assert os.waitpid(child, 0)[1] == 0
    request = None  # type: ignore[assignment]
    gc.collect()
    assert len(list(dropped())) == 1
