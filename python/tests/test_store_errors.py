"""What happens while the database does not answer, or is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from axes.exceptions import AxesStoreError
from axes.models import AccessAttempt
from axes.utils import reset

from .conftest import LogLines
from .visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@contextmanager
def database_down(only: str = "axes_", says: str = "the server has gone away") -> Iterator[None]:
    """The database does not answer questions about these tables."""

    def fail(execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        if only in str(sql):
            raise OperationalError(says)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.parametrize("path", ["/login/", "/check/", "/check-and-login-async/"])
def test_while_the_database_is_down_attempts_are_refused(ada: Visitor, path: str) -> None:
    ada = ada.but(path=path)
    with database_down():
        response = ada.succeeds()
    assert response.status_code == 503
    assert response["Retry-After"] == "1"
    assert response.content == b"Logging in is not possible at the moment. Please try again later."


def test_the_log_has_one_error_for_a_refused_attempt(ada: Visitor, lines: LogLines) -> None:
    with database_down():
        ada.succeeds()
    (line,) = lines.errors
    assert "the server has gone away" in line
    assert line.endswith("attempts are refused")
    assert "Traceback" not in lines.all


def test_a_script_gets_json_while_the_database_is_down(ada: Visitor) -> None:
    with database_down():
        response = ada.but(headers={"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}).succeeds()
    assert (response.status_code, response.json()["retry_after"]) == (503, 1)


def test_nobody_is_told_to_be_locked_out_while_the_database_is_down(ada: Visitor) -> None:
    context: dict[str, str] = {}
    with database_down():
        authenticate(ada.request(), username="ada", password=PASSWORD, response_context=context)
    assert context["error"].startswith("Logging in is not possible at the moment.")


def test_the_guarded_page_is_refused_too(ada: Visitor) -> None:
    with database_down():
        assert ada.but(path="/dispatched/").looks().status_code == 503


def test_the_site_can_choose_to_let_attempts_through(
    ada: Visitor, settings: Any, lines: LogLines
) -> None:
    settings.AXES_ON_STORE_ERROR = "allow"
    ada = ada.but(path="/check/")
    with database_down():
        assert [ada.fails().status_code for _ in range(4)] == [401] * 4
        assert ada.succeeds().status_code == 200
    assert lines.errors
    assert all(line.endswith("attempts are let through") for line in lines.errors)


def test_afterwards_all_is_as_before(ada: Visitor) -> None:
    ada.fails(2)
    with database_down():
        ada.fails(5)
    assert AccessAttempt.objects.get().failures_since_start == 2
    assert not ada.is_locked_out
    assert ada.fails().status_code == 429


def test_a_failure_that_cannot_be_counted_is_an_error_and_no_success(
    ada: Visitor, lines: LogLines
) -> None:
    with database_down(only="axes_accessattempt"):
        response = ada.fails()
    assert response.status_code == 503
    assert lines.errors


def test_a_success_that_cannot_be_logged_is_an_error(ada: Visitor, lines: LogLines) -> None:
    with database_down(only="INSERT INTO axes_accesslog"):
        ada.succeeds()
    assert len(lines.errors) == 1


def test_a_reset_that_cannot_be_done_says_so(ada: Visitor) -> None:
    with database_down(), pytest.raises(AxesStoreError) as raised:
        reset()
    assert isinstance(raised.value.__cause__, OperationalError)


MISSING = [
    "no such table: axes_tally",
    'relation "axes_tally" does not exist',
    "(1146, \"Table 'site.axes_tally' doesn't exist\")",
    "no such column: refused",
    'column "refused" of relation "axes_accessattempt" does not exist',
    "(1054, \"Unknown column 'refused' in 'field list'\")",
]


@pytest.mark.parametrize("text", MISSING)
def test_a_table_that_is_missing_asks_for_a_migration(
    ada: Visitor, lines: LogLines, text: str
) -> None:
    def fail(execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        if "axes_" in str(sql):
            raise OperationalError(text)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(fail):
        assert ada.succeeds().status_code == 503
    assert lines.errors[0].endswith("refused until `python manage.py migrate` has run")


def test_another_error_does_not_ask_for_a_migration(ada: Visitor, lines: LogLines) -> None:
    with database_down():
        ada.succeeds()
    assert "migrate" not in lines.errors[0]


def test_it_works_without_time_zones(ada: Visitor, settings: Any, clock: Any) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = "Asia/Kolkata"
    settings.AXES_COOLOFF_TIME = 1
    assert ada.fails(3)["Retry-After"] == "3600"
    assert AccessAttempt.objects.get().attempt_time == clock.now()
    clock.passes(hours=1)
    assert ada.succeeds().status_code == 302


def test_a_lockout_is_made_from_records_without_time_zones(
    ada: Visitor, settings: Any, clock: Any
) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = "America/New_York"
    settings.AXES_COOLOFF_TIME = 1
    AccessAttempt.objects.create(
        username="ada", ip_address="192.0.2.1", user_agent="x", failures_since_start=3
    )
    assert ada.succeeds()["Retry-After"] == "3600"


@pytest.mark.parametrize(
    "command",
    [["axes_reset"], ["axes_reset_ip", "192.0.2.1"], ["axes_list_attempts"], ["axes_reset_logs"]],
)
def test_commands_say_in_one_line_what_is_wrong(ada: Visitor, command: list[str]) -> None:
    with database_down(), pytest.raises(CommandError) as raised:
        call_command(*command)
    (line,) = str(raised.value).splitlines()
    assert "the server has gone away" in line
    assert line.endswith("; nothing is done")


def test_commands_say_that_nobody_has_migrated(ada: Visitor) -> None:
    missing = "no such table: axes_tally\nLINE 1: SELECT"
    with database_down(says=missing), pytest.raises(CommandError) as raised:
        call_command("axes_reset")
    assert str(raised.value).endswith(
        ": no such table: axes_tally; nothing is done until `python manage.py migrate` has run"
    )
