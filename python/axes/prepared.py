"""Statements that PostgreSQL parses and plans once for a connection, not for each login."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

# How often a connection is asked before it is worth it. Most sites close theirs after each request.
PLAINLY = 8

# How many times a connection was asked, and whether it prepares since.
USES, PREPARES = "_axes_uses", "_axes_prepares"


def preparing_cursor(connection: Any) -> Any:
    """A cursor of the driver's ``connection`` that prepares, or ``None`` where none should.

    Not behind a pooler, which may have the next statement run on another connection to the
    server, and only with psycopg 3.
    """
    if getattr(connection, PREPARES, True) is False or not hasattr(connection, "prepare_threshold"):
        return None
    if not hasattr(connection, PREPARES):
        uses = getattr(connection, USES, 0) + 1
        setattr(connection, USES, uses)
        if uses <= PLAINLY or not connection.autocommit:
            return None
        setattr(connection, PREPARES, is_direct(connection))
        return preparing_cursor(connection)
    if connection.prepare_threshold is None:
        # So Django switches it off. From now on what asks for it prepares: nothing of the site.
        connection.prepare_threshold = sys.maxsize
    return preparing()(connection)


def is_direct(connection: Any) -> bool:
    """Whether the server itself is at the other end: poolers tell a number of their own."""
    (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    return bool(process == connection.info.backend_pid)


@cache
def preparing() -> Any:
    """The class of such cursors."""
    from psycopg import Cursor, pq
    from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName

    class PreparingCursor(Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            connection = self.connection
            status = connection.info.transaction_status
            # An error would break what else is in a transaction.
            is_alone = connection.autocommit and status == pq.TransactionStatus.IDLE
            try:
                return super().execute(query, params, prepare=is_alone, **options)
            except (FeatureNotSupported, InvalidSqlStatementName):
                # A table has changed since, or somebody has deallocated it. Nothing was done.
                if not is_alone:
                    raise
                setattr(connection, PREPARES, False)
                return super().execute(query, params, prepare=False, **options)

    return PreparingCursor
