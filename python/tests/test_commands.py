"""The commands, and what they print."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from axes.utils import reset, reset_request

from .visitor import FakeClock, Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


RESETS = [
    # The command; what it prints when Ada failed at 192.0.2.1; whether she gets in again.
    (["axes_reset"], "1 attempts removed.\n", True),
    (["axes_reset", "192.0.2.1"], "1 attempts removed.\n", True),
    (["axes_reset", "192.0.2.9", "192.0.2.1"], "1 attempts removed.\n", True),
    (["axes_reset", "192.0.2.9"], "No attempts found.\n", False),
    (["axes_reset_ip", "192.0.2.1"], "1 attempts removed.\n", True),
    (["axes_reset_ip", "::ffff:192.0.2.1"], "1 attempts removed.\n", True),
    (["axes_reset_ip", "192.0.2.9"], "No attempts found.\n", False),
    (["axes_reset_username", "ada"], "1 attempts removed.\n", True),
    (["axes_reset_username", "ADA"], "1 attempts removed.\n", True),
    (["axes_reset_username", "bob", "ada"], "1 attempts removed.\n", True),
    (["axes_reset_username", "bob"], "No attempts found.\n", False),
    (["axes_reset_user", "ada"], "1 attempts removed.\n", True),
    (["axes_reset_ip_username", "192.0.2.1", "ada"], "1 attempts removed.\n", True),
    (["axes_reset_ip_username", "192.0.2.1", "bob"], "No attempts found.\n", False),
    (["axes_reset_ip_username", "192.0.2.9", "ada"], "No attempts found.\n", False),
]


@pytest.mark.parametrize(("command", "output", "lifted"), RESETS)
def test_a_reset_says_what_it_removed_and_lifts_the_lockout(
    ada: Visitor, command: list[str], output: str, lifted: bool
) -> None:
    ada.fails(3)
    assert run(*command) == output
    assert ada.is_locked_out is not lifted


def test_a_reset_counts_records(ada: Visitor) -> None:
    for number in range(3):
        ada.but(address=f"192.0.2.{number}").fails()
    assert run("axes_reset") == "3 attempts removed.\n"
    assert run("axes_reset") == "No attempts found.\n"


@pytest.mark.parametrize(
    "command",
    [
        ["axes_reset", "192.0.2.999"],
        ["axes_reset_ip", "localhost"],
        ["axes_reset_ip", ""],
        ["axes_reset_ip_username", "ada", "192.0.2.1"],
    ],
)
def test_an_address_that_is_none_is_one_clear_line(ada: Visitor, command: list[str]) -> None:
    ada.fails()
    with pytest.raises(CommandError, match=r"^not an IP address: ") as raised:
        run(*command)
    assert len(str(raised.value).splitlines()) == 1
    assert AccessAttempt.objects.exists()


@pytest.mark.parametrize("command", ["axes_reset_ip", "axes_reset_username"])
def test_a_reset_of_nobody_is_not_a_reset_of_everybody(ada: Visitor, command: str) -> None:
    ada.fails()
    with pytest.raises(CommandError, match="required"):
        run(command)
    assert AccessAttempt.objects.exists()


def test_an_empty_username_resets_nobody_else(ada: Visitor) -> None:
    ada.fails(3)
    run("axes_reset_username", "")
    assert ada.is_locked_out


def test_the_list_shows_address_username_and_failures(ada: Visitor) -> None:
    ada.fails(2)
    ada.but(username="bob", address="2001:db8::1").fails()
    assert run("axes_list_attempts") == "192.0.2.1\tada\t2\n2001:db8::1\tbob\t1\n"


def test_the_list_of_nothing_is_empty(db: None) -> None:
    assert run("axes_list_attempts") == ""


def test_a_username_cannot_add_lines_to_the_list(ada: Visitor) -> None:
    ada.but(path="/check/", username="a\n6.6.6.6\troot\t9\x1b[2J").fails()
    output = run("axes_list_attempts")
    assert output.count("\n") == 1
    assert output.count("\t") == 2
    assert "\x1b" not in output


AGES = [([], 1), (["--age", "30"], 1), (["--age", "10"], 2), (["--age", "0"], 3)]


@pytest.mark.parametrize(("arguments", "removed"), AGES)
def test_old_entries_of_the_access_log_are_deleted(
    ada: Visitor, clock: FakeClock, arguments: list[str], removed: int
) -> None:
    for days in [25, 20, 0]:
        ada.succeeds()
        clock.passes(days=days)
    assert run("axes_reset_logs", *arguments) == f"{removed} logs removed.\n"
    assert AccessLog.objects.count() == 3 - removed


def test_old_entries_of_the_failure_log_are_deleted(
    ada: Visitor, clock: FakeClock, settings: Any
) -> None:
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    ada.fails()
    clock.passes(timedelta(days=31).total_seconds())
    ada.fails()
    assert run("axes_reset_failure_logs") == "1 logs removed.\n"
    assert AccessFailureLog.objects.count() == 1


@pytest.mark.parametrize("command", ["axes_reset_logs", "axes_reset_failure_logs"])
def test_where_there_is_nothing_old_nothing_is_found(ada: Visitor, command: str) -> None:
    ada.succeeds()
    assert run(command) == "No logs found.\n"
    assert AccessLog.objects.count() == 1


FUNCTION = [
    ({}, 3),
    ({"ip": "192.0.2.1"}, 2),
    ({"username": "ada"}, 2),
    ({"username": "Ada", "ip": "192.0.2.1"}, 1),
    ({"username": "ada", "ip": "192.0.2.1", "ip_or_username": True}, 3),
    ({"username": "nobody"}, 0),
]


@pytest.mark.parametrize(("arguments", "removed"), FUNCTION)
def test_the_function_resets_what_matches(
    ada: Visitor, arguments: dict[str, Any], removed: int
) -> None:
    for username, address in [("ada", 1), ("ada", 2), ("bob", 1)]:
        ada.but(username=username, address=f"192.0.2.{address}").fails()
    assert reset(**arguments) == removed
    assert AccessAttempt.objects.count() == 3 - removed


REQUESTS = [
    (["ip_address"], "192.0.2.1", "", True),
    (["ip_address"], "192.0.2.2", "ada", False),
    (["username"], "192.0.2.2", "ada", True),
    (["username"], "192.0.2.1", "bob", False),
    (["username"], "192.0.2.1", "", False),
    ([["username", "ip_address"]], "192.0.2.1", "ada", True),
    ([["username", "ip_address"]], "192.0.2.1", "bob", False),
    ([["username", "ip_address"]], "192.0.2.2", "ada", False),
    ([["username", "user_agent", "ip_address"]], "192.0.2.1", "ada", True),
    ([["username", "user_agent", "ip_address"]], "192.0.2.2", "ada", False),
    (["ip_address", ["username", "user_agent"]], "192.0.2.1", "ada", True),
    (["user_agent"], "192.0.2.1", "ada", False),
    (lambda _request, _credentials: ["username"], "192.0.2.2", "ada", True),
    (lambda _request, _credentials: [["username", "ip_address"]], "192.0.2.2", "ada", False),
]


@pytest.mark.parametrize(("parameters", "address", "username", "lifted"), REQUESTS)
def test_a_request_can_reset_its_own_client(
    ada: Visitor, settings: Any, parameters: Any, address: str, username: str, lifted: bool
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    make_user("bob")
    ada.fails(3)
    request = ada.but(address=address).request("GET")
    request.GET = {"username": username} if username else {}  # type: ignore[assignment]
    assert bool(reset_request(request)) is lifted
    assert ada.is_locked_out is not lifted
