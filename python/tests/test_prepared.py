"""PostgreSQL prepares statements of connections that last, where nobody can mix those up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from axes.prepared import PLAINLY, preparing_cursor

from .servers import PgBouncer, PostgresServer
from .visitor import LOCKED_OUT, Visitor

LOGINS = PLAINLY + 2


def asked(connection: Any) -> list[Any]:
    """What somebody gets who asks for cursors again and again."""
    return [preparing_cursor(connection) for _ in range(LOGINS)]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def test_a_connection_that_lasts_prepares_what_asks_for_it(server: PostgresServer) -> None:
    with server.connect() as direct:
        direct.prepare_threshold = None
        *first, last = asked(direct)
        assert first[:PLAINLY] == [None] * PLAINLY
        for _ in range(10):
            direct.execute("SELECT 1 AS of_the_site")
            assert last.execute("SELECT %s::int", [7]).fetchall() == [(7,)]
        prepared = direct.execute("SELECT statement FROM pg_prepared_statements").fetchall()
        assert prepared == [("SELECT $1::int",)]
        with direct.transaction():
            last.execute("SELECT 3")
        direct.autocommit = False
        last.execute("SELECT 4")
        assert direct.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (1,)


@pytest.mark.parametrize(
    "meanwhile",
    ["DEALLOCATE _pg3_0", "ALTER TABLE numbers ADD COLUMN other int"],
    ids=["deallocated", "altered"],
)
def test_what_is_no_longer_as_it_was_prepared_is_asked_plainly(
    server: PostgresServer, meanwhile: str
) -> None:
    with server.connect() as direct, server.connect() as other:
        direct.execute("DROP TABLE IF EXISTS numbers; CREATE TABLE numbers (number int)")
        cursor = asked(direct)[-1]
        query = "INSERT INTO numbers VALUES (%s) RETURNING *"
        cursor.execute(query, [1])
        (direct if "DEALLOCATE" in meanwhile else other).execute(meanwhile)
        assert cursor.execute(query, [2]).fetchone()[0] == 2
        numbers = direct.execute("SELECT number FROM numbers ORDER BY number").fetchall()
        assert numbers == [(1,), (2,)]
        assert preparing_cursor(direct) is None


def test_nothing_is_prepared_behind_a_pooler(server: PostgresServer) -> None:
    with PgBouncer(server=server) as pooler, pooler.connect() as pooled:
        assert asked(pooled) == [None] * LOGINS
        assert pooled.prepare_threshold is None


def test_nothing_is_prepared_in_a_transaction_or_by_another_driver(server: PostgresServer) -> None:
    with server.connect() as direct:
        direct.autocommit = False
        assert asked(direct) == [None] * LOGINS
    assert asked(object()) == [None] * LOGINS


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_logins_prepare_what_they_ask(ada: Visitor, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = LOGINS
    connection.close()
    answers = [ada.fails().status_code for _ in range(LOGINS)]
    assert answers == [200] * (LOGINS - 1) + [LOCKED_OUT]
    prepared = []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements")
            prepared = cursor.fetchall()
        assert prepared
    assert all("axes_" in statement for (statement,) in prepared)
    assert isinstance(connection.connection, psycopg.Connection) == bool(prepared)
