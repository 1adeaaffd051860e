"""Resets in every configuration do what they do with the database."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.test import Client

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from tests.visitor import Visitor, make_user

from .conftest import HANDLER, configured

PARAMETERS = [
    ["ip_address"],
    ["username"],
    ["user_agent"],
    [["username", "ip_address"]],
    [["ip_address", "user_agent"]],
    [["username", "user_agent"]],
    [["username", "ip_address", "user_agent"]],
    ["username", "ip_address"],
    ["username", ["ip_address", "user_agent"]],
    [["username", "ip_address"], "user_agent"],
    ["username", "ip_address", ["username", "ip_address"]],
]

COMMANDS = [
    ("axes_reset",),
    ("axes_reset", "192.0.2.1", "192.0.2.2"),
    ("axes_reset_ip", "192.0.2.1"),
    ("axes_reset_ip", "198.51.100.9"),
    ("axes_reset_username", "ADA"),
    ("axes_reset_username", "nobody"),
    ("axes_reset_ip_username", "192.0.2.1", "ada"),
    ("axes_reset_ip_username", "192.0.2.2", "bob"),
]

CROWD = [
    Visitor("ada", "192.0.2.1"),
    Visitor("bob", "192.0.2.1"),
    Visitor("ada", "192.0.2.2"),
    Visitor("ada", "192.0.2.1", agent="curl"),
    Visitor("Eve", "192.0.2.2", agent="curl"),
]


def story(command: tuple[str, ...]) -> list[Any]:
    """What a crowd meets, what the command says, and what the crowd meets then."""
    met: list[Any] = []
    for visitor in [*CROWD, *CROWD[:3], CROWD[0]]:
        met.append(visitor.but(client=Client()).fails().status_code)
    met.append(listed())
    out = StringIO()
    call_command(*command, stdout=out)
    met += [out.getvalue(), listed()]
    for visitor in CROWD:
        response = visitor.but(client=Client()).fails()
        failures = response.wsgi_request.axes_failures_since_start
        met.append((response.status_code, failures))
    met.append(reset())
    return met


def listed() -> list[str]:
    out = StringIO()
    call_command("axes_list_attempts", stdout=out)
    return sorted(out.getvalue().splitlines())


CASES = [("redis", parameters) for parameters in PARAMETERS]
CASES += [("pymemcache", parameters) for parameters in PARAMETERS[::3]]


@pytest.mark.parametrize(("kind", "parameters"), CASES, ids=str)
def test_every_reset_does_what_it_does_with_the_database(
    request: pytest.FixtureRequest, kind: str, settings: Any, db: None, parameters: list[Any]
) -> None:
    make_user()
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    for command in COMMANDS:
        settings.AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
        expected = story(command)
        assert not AccessAttempt.objects.exists()
        settings.AXES_HANDLER = HANDLER
        settings.CACHES = {"default": configured(request, kind)}
        assert story(command) == expected, command
        assert not AccessAttempt.objects.exists()


def test_an_address_loses_the_failures_of_one_username(ada: Visitor) -> None:
    ada.but(username="bob").fails()
    ada.fails(2)
    assert ada.is_locked_out
    assert reset(username="Ada") == 1
    assert [ada.fails().status_code for _ in range(2)] == [200, 429]


def test_a_success_forgets_what_it_proves(ada: Visitor, settings: Any) -> None:
    settings.AXES_RESET_ON_SUCCESS = True
    ada.but(username="bob").fails()
    ada.fails()
    assert ada.succeeds().status_code == 302
    assert listed() == ["192.0.2.1\tbob\t1"]
    assert [ada.fails().status_code for _ in range(2)] == [200, 429]


def test_a_lockout_is_listed_and_lifted(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username", ["ip_address", "user_agent"]]
    ada.fails(3)
    handler = AxesProxyHandler.get_implementation()
    found, total = handler.lockouts()
    assert total == 2
    assert {lockout.scope for lockout in found} == {"username", "ip_address+user_agent"}
    assert handler.lockouts(search="AD")[1] == 1
    assert handler.lockouts(search="nobody") == ([], 0)
    for lockout in found:
        # Both count the same record, so lifting one lifts the other.
        handler.unlock(lockout.scope_key, by="root", reason="she asked")
    assert handler.lockouts() == ([], 0)
    assert not ada.is_locked_out


def test_two_sites_in_one_cache_do_not_touch_each_other(ada: Visitor, settings: Any) -> None:
    ada.fails(3)
    here = settings.CACHES["default"]
    settings.CACHES = {"default": here | {"KEY_PREFIX": here["KEY_PREFIX"] + "-other"}}
    assert not ada.is_locked_out
    assert reset() == 0
    settings.CACHES = {"default": here | {"VERSION": 2}}
    assert not ada.is_locked_out
    settings.CACHES = {"default": here}
    assert ada.is_locked_out


@pytest.mark.parametrize("prefix", ["x" * 240, "with blanks\n", "é"])
def test_no_prefix_makes_a_key_that_is_refused(
    ada: Visitor, settings: Any, kind: str, prefix: str
) -> None:
    here = settings.CACHES["default"]
    settings.CACHES = {"default": here | {"KEY_PREFIX": here["KEY_PREFIX"] + prefix}}
    assert ada.fails(3).status_code == 429
    assert ada.is_locked_out
    assert reset(ip="192.0.2.1") == 1
    assert not ada.is_locked_out


def test_a_flush_forgets_all_and_is_no_error(ada: Visitor) -> None:
    ada.fails(3)
    caches["default"].clear()
    assert [ada.fails().status_code for _ in range(3)] == [200, 200, 429]
    assert reset() == 1
