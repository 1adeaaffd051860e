"""A site on whose database of Axes something may happen: two processes, and a way to break it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from tests.race.servers import Database, Site
from tests.servers import MariaDBServer, PostgresServer, SqlServer

TIMEOUTS: dict[type[SqlServer], dict[str, Any]] = {
    PostgresServer: {"options": "-c statement_timeout=300"},
    MariaDBServer: {"init_command": "SET max_statement_time = 0.3"},
}
"""``OPTIONS`` that let statements end where the server is slow."""


class OutageSite(Site):
    """Users live in SQLite, and stay there while the database of Axes is away."""

    settings: ClassVar[str] = "tests.promises.site.settings"
    size: ClassVar[int] = 2

    def __init__(self, database: Database, folder: Path, **settings: Any) -> None:
        users = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "users.sqlite3"),
            "OPTIONS": {"timeout": 30},
        }
        super().__init__(database, USERS_DATABASE=users, **settings)

    def __enter__(self) -> OutageSite:
        super().__enter__()
        return self

    def fill(self) -> None:
        """In both databases."""
        self.make()

    def errors(self) -> list[str]:
        """The lines of the log that tell of the database."""
        return [line for line in self.log().splitlines() if "; attempts are " in line]


@contextlib.contextmanager
def tallies_locked(server: SqlServer, name: str) -> Iterator[None]:
    """Another session holds the tables, so that every statement waits."""
    assert isinstance(server, PostgresServer | MariaDBServer)
    if isinstance(server, PostgresServer):
        with contextlib.closing(server.connect(name)) as holder:
            holder.execute("BEGIN")
            holder.execute("LOCK TABLE axes_tally, axes_accessattempt IN ACCESS EXCLUSIVE MODE")
            yield
            holder.execute("ROLLBACK")
        return
    with contextlib.closing(server.connect()) as holder:
        cursor = holder.cursor()
        cursor.execute(f"LOCK TABLES {name}.axes_tally WRITE, {name}.axes_accessattempt WRITE")
        yield
        cursor.execute("UNLOCK TABLES")


@contextlib.contextmanager
def file_locked(path: str) -> Iterator[None]:
    """Another program writes to the file of SQLite, and takes its time."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")
