"""The helpers that sites call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.http import QueryDict

from axes import helpers
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, AccessFailureLog

from .visitor import FakeClock, Visitor

MASK = "*" * 20


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def test_sensitive_parameters_and_the_password_are_masked(settings: Any) -> None:
    given = {"username": "ada", "password": "secret", "city": "Ur"}
    masked = {"username": MASK, "password": MASK, "city": "Ur"}
    assert helpers.cleanse_parameters(given) == masked
    settings.AXES_SENSITIVE_PARAMETERS = ["city"]
    assert helpers.cleanse_parameters(given) == {"username": "ada", "password": MASK, "city": MASK}


def test_a_query_is_written_as_it_is_recorded() -> None:
    query = QueryDict("username=ada&password=secret&a=1&b=%00")
    assert helpers.get_query_str(query) == f"username={MASK}\npassword={MASK}\na=1\nb=0x00"
    assert helpers.get_query_str({"a": "123"}, max_length=3) == "a=1"


def test_the_cache_and_its_timeout(settings: Any, visitor: Visitor) -> None:
    assert helpers.get_cache() is caches["default"]
    assert helpers.get_cache_timeout() is None
    settings.AXES_COOLOFF_TIME = timedelta(minutes=2, milliseconds=700)
    assert helpers.get_cache_timeout(visitor.request()) == 120


@pytest.mark.parametrize(
    ("parameters", "filters"),
    [
        (None, [{"ip_address": "192.0.2.1"}]),
        (["username"], [{"username": "ada"}]),
        (["username", "ip_address"], [{"username": "ada"}, {"ip_address": "192.0.2.1"}]),
        ([["username", "user_agent"]], [{"username": "ada", "user_agent": "Firefox"}]),
        (lambda request, credentials: ["user_agent"], [{"user_agent": "Firefox"}]),
        ("tests.test_helpers.by_username", [{"username": "ada"}]),
    ],
)
def test_filters_follow_the_lockout_parameters(
    settings: Any, visitor: Visitor, parameters: Any, filters: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    request = visitor.request()
    known = ("ada", "192.0.2.1", "Firefox")
    assert helpers.get_client_parameters(*known, request, {"username": "ada"}) == filters
    assert len(helpers.get_client_cache_keys(request, {"username": "ada"})) == len(filters)
    attempt = AccessAttempt(username="ada", ip_address="192.0.2.1", user_agent="Firefox")
    keys = helpers.get_client_cache_keys(attempt)
    assert keys == helpers.get_client_cache_keys(request, {"username": "ada"})


def by_username(request: Any, credentials: Any) -> list[str]:
    return ["username"]


def test_the_old_flags_show_in_the_lockout_parameters(settings: Any, visitor: Visitor) -> None:
    request = visitor.request()
    assert helpers.get_lockout_parameters(request) == ["ip_address"]
    settings.AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP = True
    assert helpers.get_lockout_parameters(request) == [["username", "ip_address"]]


@pytest.mark.parametrize("parameters", [["ip"], [["username", "ip"]]])
def test_a_parameter_that_there_is_not_is_a_value_error(
    settings: Any, visitor: Visitor, parameters: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    with pytest.raises(ValueError, match="unknown lockout parameter 'ip'"):
        helpers.get_client_parameters("ada", "192.0.2.1", "Firefox", visitor.request())


def test_older_code_hands_over_a_path_in_a_tuple() -> None:
    shown = helpers.get_client_str("ada", "192.0.2.1", "Firefox", ("/login/", "x"))  # type: ignore[arg-type]
    assert shown.endswith('path_info: "/login/"}')


def test_cache_keys_are_those_that_sites_know() -> None:
    filters: list[dict[str, str | None]] = [
        {"ip_address": "127.0.0.1"},
        {"username": "ada", "ip_address": None},
        {"username": None},
    ]
    # The SHA-256 of "127.0.0.1", "ada" and nothing.
    assert [key[:17] for key in helpers.make_cache_key_list(filters)] == [
        "axes-12ca17b49af2",
        "axes-fdee430d40bd",
        "axes-e3b0c44298fc",
    ]


def test_who_is_on_which_list(settings: Any, visitor: Visitor) -> None:
    request = visitor.request()
    settings.AXES_IP_WHITELIST = ["192.0.2.0/24"]
    assert helpers.is_ip_address_in_whitelist("192.0.2.1")
    assert not helpers.is_ip_address_in_whitelist(None)
    assert not helpers.is_ip_address_in_whitelist("no address")
    assert not helpers.is_client_ip_address_whitelisted(request)
    settings.AXES_ONLY_WHITELIST = True
    assert helpers.is_client_ip_address_whitelisted(request)
    settings.AXES_ONLY_WHITELIST = False
    settings.AXES_NEVER_LOCKOUT_WHITELIST = True
    assert helpers.is_client_ip_address_whitelisted(request)
    assert not helpers.is_client_ip_address_blacklisted(request)
    settings.AXES_IP_BLACKLIST = ["::ffff:192.0.2.1"]
    assert helpers.is_ip_address_in_blacklist("192.0.2.1")
    assert helpers.is_client_ip_address_blacklisted(request)


def test_only_the_listed_are_not_denied(settings: Any, visitor: Visitor) -> None:
    settings.AXES_ONLY_WHITELIST = True
    assert helpers.is_client_ip_address_blacklisted(visitor.request())
    settings.AXES_IP_WHITELIST = ["192.0.2.1"]
    assert not helpers.is_client_ip_address_blacklisted(visitor.request())


def test_the_method_and_the_callable_may_exempt(settings: Any, visitor: Visitor) -> None:
    get = visitor.request("GET")
    assert not helpers.is_client_method_whitelisted(get)
    assert not helpers.is_user_attempt_whitelisted(get)
    settings.AXES_NEVER_LOCKOUT_GET = True
    settings.AXES_WHITELIST_CALLABLE = lambda request, credentials: credentials["username"] == "ada"
    assert helpers.is_client_method_whitelisted(get)
    assert not helpers.is_client_method_whitelisted(visitor.request())
    assert helpers.is_user_attempt_whitelisted(get, {"username": "ada"})
    assert not helpers.is_user_attempt_whitelisted(get, {"username": "bob"})


def test_a_request_is_told_of_its_client_once(visitor: Visitor, clock: FakeClock) -> None:
    request: Any = visitor.request()
    AxesProxyHandler.update_request(request)
    first = request.axes_attempt_time
    assert (request.axes_ip_address, request.axes_user_agent) == ("192.0.2.1", "Firefox")
    assert (request.axes_path_info, request.axes_http_accept) == ("/login/", "<unknown>")
    assert (request.axes_locked_out, request.axes_failures_since_start) == (False, None)
    clock.passes(seconds=5)
    AxesProxyHandler.update_request(request)
    assert request.axes_attempt_time == first


@pytest.mark.django_db
def test_what_a_site_writes_on_the_request_is_believed(ada: Visitor) -> None:
    request: Any = ada.request()
    AxesProxyHandler.update_request(request)
    request.axes_ip_address = "203.0.113.9"
    AxesProxyHandler.user_login_failed(None, {"username": "ada"}, request)
    assert AccessAttempt.objects.get().ip_address == "203.0.113.9"


@pytest.mark.django_db
@pytest.mark.database
def test_the_attempts_of_a_user(ada: Visitor, settings: Any, clock: FakeClock) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["ip_address", ["username", "user_agent"]]
    settings.AXES_COOLOFF_TIME = 1
    ada.fails(1)
    ada.but(username="bob").fails(1)
    ada.but(address="198.51.100.7").fails(1)
    handler = AxesDatabaseHandler()
    credentials = {"username": "ADA"}
    request = ada.request()
    by_address, by_both = handler.filter_user_attempts(request, credentials)
    assert sorted(by_address.values_list("username", flat=True)) == ["ada", "bob"]
    assert sorted(by_both.values_list("ip_address", flat=True)) == ["192.0.2.1", "198.51.100.7"]
    assert handler.reset_user_attempts(request, credentials) == 3
    ada.fails(1)
    clock.passes(hours=2)
    assert [len(found) for found in handler.get_user_attempts(request, credentials)] == [0, 0]


@pytest.mark.django_db
@pytest.mark.database
def test_failure_logs_beyond_the_limit_are_removed(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    for number in range(3):
        clock.passes(seconds=1)
        ada.but(agent=f"agent {number}").fails(1)
    ada.but(username="bob").fails(1)
    remove = AxesProxyHandler.remove_out_of_limit_failure_logs
    settings.AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT = None
    assert remove(username="ada") == 0
    settings.AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT = 2
    assert remove(username="ada") == 1
    assert remove(username="ada", limit=1) == 1
    left = AccessFailureLog.objects.values_list("username", "user_agent")
    assert sorted(left) == [("ada", "agent 2"), ("bob", "Firefox")]
