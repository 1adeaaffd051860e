"""Switching from the older package and back: its tables, its records and its migrations."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from axes.adoption import adopt_records
from axes.models import AccessAttempt, Tally

from .visitor import Visitor, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def older_record(
    username: str | None = "ada",
    address: str | None = "192.0.2.1",
    failures: int = 3,
    agent: str = "Old",
) -> None:
    """A record as the older package writes it: it knows none of our columns."""
    columns = (
        "username, ip_address, user_agent, http_accept, path_info, attempt_time, get_data, "
        "post_data, failures_since_start"
    )
    values = [
        username,
        address,
        agent,
        "*/*",
        "/login/",
        connection.ops.adapt_datetimefield_value(timezone.now()),
        "",
        "",
        failures,
    ]
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO axes_accessattempt ({columns}) VALUES ({places})", values)


def after_migrate() -> None:
    adopt_records(apps.get_app_config("axes"))


@pytest.mark.parametrize(
    "parameters", [["ip_address"], ["username"], [["username", "ip_address"]]], ids=str
)
def test_older_records_count_after_migrate(
    ada: Visitor, settings: Any, parameters: list[Any]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    older_record()
    after_migrate()
    assert ada.is_locked_out


@pytest.mark.parametrize("typed", ["ADA", "Ada", " ada"])
def test_older_records_of_other_forms_of_a_username_count(
    ada: Visitor, settings: Any, typed: str
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username"]
    older_record(username=typed, failures=2)
    older_record(username="ada", failures=1, agent="Other")
    after_migrate()
    assert ada.is_locked_out


def test_older_records_with_composed_and_decomposed_accents_are_one_account(
    ada: Visitor, settings: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username"]
    make_user("jos\N{LATIN SMALL LETTER E WITH ACUTE}")
    older_record(username="jose\N{COMBINING ACUTE ACCENT}")
    after_migrate()
    assert ada.but(username="JOS\N{LATIN CAPITAL LETTER E WITH ACUTE}").is_locked_out


def test_a_half_way_count_goes_on(ada: Visitor) -> None:
    older_record(failures=2)
    after_migrate()
    assert ada.fails().status_code == 429


def test_an_older_record_goes_on_growing(ada: Visitor) -> None:
    older_record(failures=1, agent="Firefox")
    after_migrate()
    ada.fails()
    assert AccessAttempt.objects.get().failures_since_start == 2


def test_a_record_that_the_older_package_writes_beside_us_grows_too(ada: Visitor) -> None:
    """Before `migrate` has run again: it has the same username, address and user agent."""
    older_record(failures=1, agent="Firefox")
    assert ada.fails().status_code == 200
    assert AccessAttempt.objects.get().failures_since_start == 2


def test_records_without_username_and_address_are_adopted(ada: Visitor) -> None:
    older_record(username=None, failures=1)
    older_record(username=None, failures=1)
    older_record(address=None, failures=1)
    after_migrate()
    assert ada.fails().status_code == 429
    assert AccessAttempt.objects.filter(agent_key__isnull=True).count() == 0


def test_more_records_than_one_batch_are_adopted(
    ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("axes.adoption.BATCH", 2)
    for number in range(5):
        older_record(username=f"user{number}", failures=1)
    after_migrate()
    assert AccessAttempt.objects.filter(agent_key__isnull=True).count() == 0
    assert ada.is_locked_out


def test_adoption_makes_tallies_anew(ada: Visitor) -> None:
    ada.fails()
    older_record(username="bob", failures=2)
    assert Tally.objects.exists()
    after_migrate()
    assert ada.is_locked_out


def test_a_reset_removes_older_records(ada: Visitor) -> None:
    older_record()
    after_migrate()
    output = StringIO()
    call_command("axes_reset_username", "ada", stdout=output)
    assert output.getvalue() == "1 attempts removed.\n"
    assert not ada.is_locked_out


def migrate(target: str | None = None) -> None:
    call_command("migrate", *(["axes", target] if target else ["axes"]), verbosity=0)


@pytest.fixture
def migrations(transactional_db: None) -> Iterator[None]:
    yield
    migrate()


@pytest.mark.django_db(transaction=True)
def test_going_back_and_forward_again_keeps_the_records(
    migrations: None, transactional_db: None
) -> None:
    make_user()
    ada = Visitor()
    ada.fails(2)
    migrate("0010")
    columns = columns_of("axes_accessattempt")
    assert "record_key" not in columns
    older_record(agent="while going back", failures=1)
    migrate()
    assert sorted(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == [1, 2]
    assert ada.is_locked_out


@pytest.mark.django_db(transaction=True)
def test_the_tables_can_be_made_from_nothing(migrations: None, transactional_db: None) -> None:
    migrate("zero")
    assert not [table for table in tables() if table.startswith("axes_")]
    migrate()
    make_user()
    assert Visitor().fails(3).status_code == 429


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def columns_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(cursor, table)
    return {column.name for column in description}


def test_there_is_nothing_to_migrate() -> None:
    output = StringIO()
    call_command("makemigrations", "--check", "--dry-run", "axes", stdout=output)
    assert "No changes detected" in output.getvalue()


OLDER = {
    "axes_accessattempt": {
        "id",
        "user_agent",
        "ip_address",
        "username",
        "http_accept",
        "path_info",
        "attempt_time",
        "get_data",
        "post_data",
        "failures_since_start",
    },
    "axes_accesslog": {"id", "logout_time", "session_hash", "username", "attempt_time"},
    "axes_accessfailurelog": {"id", "locked_out", "username", "attempt_time"},
    "axes_accessattemptexpiration": {"access_attempt_id", "expires_at"},
}


@pytest.mark.parametrize("table", OLDER)
def test_tables_and_columns_keep_their_names(table: str) -> None:
    assert columns_of(table) >= OLDER[table]
