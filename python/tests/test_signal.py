"""What a site's own code is told: the signal and the attributes of the request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from axes.exceptions import (
    AxesBackendPermissionDenied,
    AxesBackendRequestParameterRequired,
    AxesError,
)
from axes.models import AccessAttempt
from axes.signals import user_locked_out

from .conftest import LogLines
from .visitor import PASSWORD, WRONG, FakeClock, Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """What `user_locked_out` was sent with."""
    received: list[dict[str, Any]] = []

    def receive(sender: Any, **arguments: Any) -> None:
        received.append(arguments)

    user_locked_out.connect(receive)
    yield received
    user_locked_out.disconnect(receive)


def test_the_signal_is_sent_for_every_attempt_that_is_locked_out(
    ada: Visitor, sent: list[dict[str, Any]]
) -> None:
    ada.fails(2)
    assert sent == []
    ada.fails(2)
    ada.succeeds()
    assert len(sent) == 3


def test_a_lockout_is_new_once(ada: Visitor, sent: list[dict[str, Any]]) -> None:
    ada.fails(5)
    assert [arguments["newly_locked"] for arguments in sent] == [True, False, False]


def test_a_lockout_after_a_cool_off_is_new_again(
    ada: Visitor, sent: list[dict[str, Any]], settings: Any, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = 1
    ada.fails(4)
    clock.passes(hours=2)
    ada.fails(4)
    assert [arguments["newly_locked"] for arguments in sent] == [True, False, True, False]


def test_the_signal_names_username_address_and_request(
    ada: Visitor, sent: list[dict[str, Any]]
) -> None:
    ada.fails(3)
    assert sent[0]["username"] == "ada"
    assert sent[0]["ip_address"] == "192.0.2.1"
    assert sent[0]["request"].path == "/login/"


def test_the_request_shows_what_axes_knows_of_it(
    ada: Visitor, sent: list[dict[str, Any]], clock: FakeClock
) -> None:
    ada.but(headers={"HTTP_ACCEPT": "text/html"}).fails(3)
    request = sent[0]["request"]
    assert isinstance(request.axes_attempt_time, datetime)
    shown = {
        name: getattr(request, f"axes_{name}")
        for name in [
            "ip_address",
            "user_agent",
            "path_info",
            "http_accept",
            "failures_since_start",
            "locked_out",
            "updated",
        ]
    }
    assert shown == {
        "ip_address": "192.0.2.1",
        "user_agent": "Firefox",
        "path_info": "/login/",
        "http_accept": "text/html",
        "failures_since_start": 3,
        "locked_out": True,
        "updated": True,
    }
    assert request.axes_credentials["username"] == "ada"


def test_headers_that_are_not_sent_are_unknown(ada: Visitor, sent: list[dict[str, Any]]) -> None:
    ada.but(agent=None).fails(3)
    assert sent[0]["request"].axes_user_agent == "<unknown>"
    assert sent[0]["request"].axes_http_accept == "<unknown>"


def test_failures_before_a_lockout_are_told_on_the_request(ada: Visitor) -> None:
    request = ada.request()
    for number in [1, 2]:
        authenticate(request, username="ada", password=WRONG)
        assert request.axes_failures_since_start == number
        assert request.axes_locked_out is False


def test_no_request_is_an_error_that_says_what_to_do(ada: Visitor) -> None:
    with pytest.raises(AxesBackendRequestParameterRequired, match=r"authenticate\(request, "):
        authenticate(None, username="ada", password=PASSWORD)


def test_the_errors_have_one_base_class() -> None:
    assert issubclass(AxesBackendRequestParameterRequired, (AxesError, ValueError))
    assert issubclass(AxesBackendPermissionDenied, AxesError)
    assert issubclass(AxesBackendPermissionDenied, PermissionDenied)


def test_a_failure_without_a_request_is_one_error_line(ada: Visitor, lines: LogLines) -> None:
    user_login_failed.send(sender="tests", credentials={"username": "ada"}, request=None)
    assert lines.errors == ["AXES: a login failed without a request: pass it to authenticate()"]
    assert not AccessAttempt.objects.exists()


def test_a_failure_that_only_a_signal_tells_of_counts(ada: Visitor) -> None:
    for _ in range(3):
        user_login_failed.send(
            sender="tests", credentials={"username": "ada"}, request=ada.request()
        )
    assert AccessAttempt.objects.get().failures_since_start == 3
    assert ada.is_locked_out


def test_the_response_context_gets_the_text(ada: Visitor) -> None:
    ada = ada.but(path="/check-with-context/")
    assert ada.succeeds().content == b""
    ada.fails(3)
    context: dict[str, str] = {}
    authenticate(ada.request(), username="ada", password=PASSWORD, response_context=context)
    assert context["error"].startswith("Account locked: too many login attempts.")


def test_an_attribute_is_there_on_a_wrapped_request_too(ada: Visitor) -> None:
    """As REST frameworks wrap it."""

    class Wrapped:
        def __init__(self, request: HttpRequest) -> None:
            self._request = request
            self.data = {"username": "ada"}

        def __getattr__(self, name: str) -> Any:
            return getattr(self._request, name)

    inner = ada.request()
    wrapped: Any = Wrapped(inner)
    for _ in range(3):
        authenticate(wrapped, username="ada", password=WRONG)
    assert inner.axes_locked_out is True
    assert wrapped.__dict__["axes_locked_out"] is True
