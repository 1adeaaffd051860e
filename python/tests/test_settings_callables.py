"""Settings that are code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from axes.helpers import get_client_str
from axes.models import AccessAttempt

from .conftest import LogLines
from .visitor import LOCKED_OUT, FakeClock, Visitor

pytestmark = pytest.mark.django_db

HERE = "tests.test_settings_callables."


def limit_of_one(*arguments: Any) -> int:
    return 1


def bob(request: Any, credentials: Any) -> str:
    return "bob"


def no_arguments() -> int:
    return 1


LIMITS = [
    lambda request, credentials: 1,
    lambda request: 1,
    no_arguments,
    limit_of_one,
    HERE + "limit_of_one",
]


@pytest.mark.parametrize("limit", LIMITS)
def test_the_failure_limit_can_be_code_with_any_signature(
    ada: Visitor, settings: Any, limit: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = limit
    assert ada.fails().status_code == LOCKED_OUT


def test_the_failure_limit_gets_request_and_credentials(ada: Visitor, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = lambda request, credentials: (
        1 if request.path == "/check/" and credentials["username"] == "ada" else 9
    )
    assert ada.fails().status_code == 200
    assert ada.but(path="/check/").fails().status_code == LOCKED_OUT


@pytest.mark.parametrize("code", [lambda request: 1, lambda: timedelta(hours=1)])
def test_the_cool_off_can_be_code_with_any_signature(
    ada: Visitor, settings: Any, clock: FakeClock, code: Any
) -> None:
    settings.AXES_COOLOFF_TIME = code
    assert ada.fails(3)["Retry-After"] == "3600"


@pytest.mark.parametrize("setting", [bob, HERE + "bob", lambda request: "bob", lambda: "bob"])
def test_the_username_can_come_from_code(ada: Visitor, settings: Any, setting: Any) -> None:
    settings.AXES_USERNAME_CALLABLE = setting
    ada.fails()
    assert AccessAttempt.objects.get().username == "bob"


def test_the_address_can_come_from_code(ada: Visitor, settings: Any) -> None:
    settings.AXES_CLIENT_IP_CALLABLE = lambda request: request.META["HTTP_X_REAL"]
    ada.but(headers={"HTTP_X_REAL": "198.51.100.9"}).fails()
    assert AccessAttempt.objects.get().ip_address == "198.51.100.9"


@pytest.mark.parametrize("returned", [None, "", "no address"])
def test_an_address_that_is_none_is_recorded_as_none(
    ada: Visitor, settings: Any, returned: Any
) -> None:
    settings.AXES_CLIENT_IP_CALLABLE = lambda request: returned
    settings.AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
    assert ada.fails(3).status_code == LOCKED_OUT
    assert {attempt.ip_address for attempt in AccessAttempt.objects.all()} == {None}


def test_whoever_code_lets_through_is_never_locked_out(ada: Visitor, settings: Any) -> None:
    settings.AXES_WHITELIST_CALLABLE = lambda request, credentials: credentials["username"] == "ada"
    assert ada.fails(5).status_code == 200
    assert not AccessAttempt.objects.exists()
    assert ada.but(username="bob").fails(3).status_code == LOCKED_OUT


def two(request: Any, credentials: Any) -> HttpResponse:
    return HttpResponse(credentials["username"], status=418)


def three(request: Any, response: Any, credentials: Any) -> HttpResponse:
    return HttpResponse(credentials["username"], status=418)


def test_the_lockout_response_can_come_from_code(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_CALLABLE = three
    response = ada.fails(3)
    assert (response.status_code, response.content) == (418, b"ada")


def test_code_for_the_lockout_response_may_take_request_and_credentials(
    ada: Visitor, settings: Any
) -> None:
    settings.AXES_LOCKOUT_CALLABLE = two
    response = ada.fails(3)
    assert (response.status_code, response.content) == (418, b"ada")


def test_code_can_say_how_log_lines_show_a_client(
    ada: Visitor, settings: Any, lines: LogLines
) -> None:
    settings.AXES_CLIENT_STR_CALLABLE = lambda username, ip_address, user_agent, path_info, r: (
        f"<{username} {ip_address} {user_agent} {path_info} {r.method}>"
    )
    ada.fails()
    assert lines.warnings[0].endswith("by <ada 192.0.2.1 Firefox /login/ POST>")


def test_code_for_log_lines_may_take_fewer_arguments(ada: Visitor, settings: Any) -> None:
    settings.AXES_CLIENT_STR_CALLABLE = lambda username, ip_address: f"{username}@{ip_address}"
    assert get_client_str("ada", "192.0.2.1", "Firefox", "/") == "ada@192.0.2.1"


def broken(*arguments: Any) -> Any:
    raise TypeError("inside")


def broken_with_two(request: Any, credentials: Any) -> Any:
    return broken()


CODE = [
    "AXES_FAILURE_LIMIT",
    "AXES_COOLOFF_TIME",
    "AXES_LOCKOUT_PARAMETERS",
    "AXES_USERNAME_CALLABLE",
    "AXES_WHITELIST_CALLABLE",
    "AXES_CLIENT_IP_CALLABLE",
    "AXES_CLIENT_STR_CALLABLE",
    "AXES_LOCKOUT_CALLABLE",
]


@pytest.mark.parametrize("name", CODE)
def test_a_type_error_inside_code_is_not_masked(ada: Visitor, settings: Any, name: str) -> None:
    ada.fails(2)
    setattr(settings, name, broken)
    ada.client.raise_request_exception = True
    with pytest.raises(TypeError, match="inside"):
        ada.fails()


@pytest.mark.parametrize("name", CODE)
def test_code_is_not_called_again_with_fewer_arguments(
    ada: Visitor, settings: Any, name: str
) -> None:
    calls: list[int] = []

    def count(*arguments: Any) -> Any:
        calls.append(len(arguments))
        raise TypeError("inside")

    ada.fails(2)
    setattr(settings, name, count)
    ada.client.raise_request_exception = True
    with pytest.raises(TypeError, match="inside"):
        ada.fails()
    assert len(calls) == 1


@pytest.mark.parametrize("name", ["AXES_USERNAME_CALLABLE", "AXES_LOCKOUT_CALLABLE"])
def test_a_dotted_path_that_leads_nowhere_is_named(ada: Visitor, settings: Any, name: str) -> None:
    setattr(settings, name, "tests.nowhere.code")
    ada.client.raise_request_exception = True
    with pytest.raises(ImportError, match=r"tests\.nowhere"):
        ada.fails(3)


@pytest.mark.parametrize(
    ("name", "returned"), [("AXES_FAILURE_LIMIT", "many"), ("AXES_COOLOFF_TIME", "long")]
)
def test_code_that_returns_nonsense_is_an_error_that_shows_it(
    ada: Visitor, settings: Any, name: str, returned: str
) -> None:
    setattr(settings, name, lambda: returned)
    ada.client.raise_request_exception = True
    with pytest.raises(ValueError, match=returned):
        ada.fails()
