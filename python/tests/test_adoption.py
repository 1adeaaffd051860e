"""Adopting what another program wrote. The whole way from django-axes and back: `switching`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
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


def by_another_program(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def a_moment_later() -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now() + timedelta(seconds=1))


def test_failures_that_were_added_to_a_record_of_ours_count(ada: Visitor) -> None:
    ada.fails()
    sql = "UPDATE axes_accessattempt SET failures_since_start = 2, attempt_time = %s"
    by_another_program(sql, a_moment_later())
    after_migrate()
    assert ada.fails().status_code == 429


def test_refused_attempts_are_no_work_of_another_program(ada: Visitor) -> None:
    ada.fails(4)
    before = Tally.objects.get()
    sql = "UPDATE axes_accessattempt SET attempt_time = %s"
    by_another_program(sql, a_moment_later())
    after_migrate()
    assert Tally.objects.get().failures == before.failures


@pytest.mark.parametrize(
    "parameters",
    [["ip_address"], ["username"], ["user_agent"], [["username", "ip_address", "user_agent"]]],
    ids=str,
)
def test_tallies_of_records_that_were_deleted_are_forgotten(
    ada: Visitor, settings: Any, parameters: list[Any]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    ada.fails(3)
    assert ada.is_locked_out
    by_another_program("DELETE FROM axes_accessattempt")
    after_migrate()
    assert not ada.is_locked_out


def test_tallies_of_records_that_are_there_are_kept(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username", "ip_address", ["user_agent", "username"]]
    ada.fails(2)
    ada.but(username="bob").fails()
    before = set(Tally.objects.values_list("scope_key", "version"))
    assert len(before) == 5
    after_migrate()
    assert set(Tally.objects.values_list("scope_key", "version")) == before


def migrate(target: str | None = None) -> None:
    call_command("migrate", *(["axes", target] if target else ["axes"]), verbosity=0)


@pytest.fixture
def migrations(transactional_db: None) -> Iterator[None]:
    yield
    migrate()


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
