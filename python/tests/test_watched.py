"""Axes asks the driver itself, unless somebody watches, forbids or times what Django asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from axes.models import AccessAttempt

from .visitor import LOCKED_OUT, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

# How a database is asked what a commit waits for.
DURABILITY = {
    "postgresql": "SHOW synchronous_commit",
    "mysql": "SELECT @@innodb_flush_log_at_trx_commit",
    "sqlite": "PRAGMA synchronous",
}


def durability() -> Any:
    with connection.cursor() as cursor:
        cursor.execute(DURABILITY[connection.vendor])
        return cursor.fetchone()


def test_who_captures_queries_sees_those_of_axes(ada: Visitor) -> None:
    with CaptureQueriesContext(connection) as captured:
        ada.fails()
    tables = [query["sql"] for query in captured if "axes_" in query["sql"]]
    assert any("axes_tally" in sql for sql in tables)
    assert any("axes_accessattempt" in sql for sql in tables)


def test_the_same_is_counted_whether_somebody_watches_or_not(ada: Visitor) -> None:
    with CaptureQueriesContext(connection):
        ada.fails()
    assert [ada.fails().status_code for _ in range(2)] == [200, LOCKED_OUT]
    assert [attempt.failures_since_start for attempt in AccessAttempt.objects.all()] == [3]


def test_who_replaces_djangos_cursor_is_asked(ada: Visitor, monkeypatch: Any) -> None:
    def forbid(*_: object, **__: object) -> Any:
        raise OperationalError("no queries here")

    monkeypatch.setattr(connection, "cursor", forbid)
    assert ada.fails().status_code == 503
    monkeypatch.undo()
    assert ada.fails().status_code == 200


def test_the_sites_own_commits_wait_for_the_disk_as_before(ada: Visitor) -> None:
    if connection.vendor == "sqlite":
        # As outside the tests, which wait for no disk.
        connection.connection.execute("PRAGMA synchronous = FULL")
    before = durability()
    assert [ada.fails().status_code for _ in range(5)] == [200, 200, *[LOCKED_OUT] * 3]
    assert durability() == before
