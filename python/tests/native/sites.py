"""Sites of several processes whose native handlers share one store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.race.servers import Database, Process, Site, on_server, sqlite
from tests.servers import PostgresServer, RedisServer, children

from .stores import make_file

HANDLER = "axes.handlers.native.AxesNativeHandler"
LIMIT = 3
WORKERS = 2
FORKED_AT = "192.0.2.77"
"""Where somebody has failed once before the server forks."""


class NativeSite(Site):
    """A site whose tests look into the store, where Axes keeps what they look for."""

    def __init__(self, users: Database, store: Database, url: str, **settings: Any) -> None:
        super().__init__(users, AXES_HANDLER=HANDLER, AXES_STORE=url, **settings)
        self._users, self._store = users, store

    def fill(self) -> None:
        super().fill()
        self.database = self._store


@dataclass
class Preforking(Process):
    """One gunicorn that loads the site, and lets it admit somebody, before it forks its workers."""

    name: ClassVar[str] = "Preforking"

    def command(self) -> list[str]:
        command = super().command()
        command[command.index("--workers=1")] = f"--workers={WORKERS}"
        return [*command[:-1], "--preload", "tests.native.preforking"]

    @property
    def workers(self) -> list[int]:
        return children(self.pid)


class PreforkingSite(NativeSite):
    process = Preforking
    size = 1

    @property
    def server(self) -> Preforking:
        (process,) = self.processes
        assert isinstance(process, Preforking)
        return process


def new_tables(server: PostgresServer, name: str) -> str:
    """A new database that has the tables, as ``user:password@host:port/database``."""
    database = on_server(server, name)
    site = NativeSite(database, database, "memory:")
    try:
        site.make()
    finally:
        site.__exit__()
    return f"{server.user}:{server.password}@{server.host}:{server.port}/{name}"


@contextmanager
def site_on(
    server: PostgresServer | RedisServer | None,
    folder: Path,
    site: type[NativeSite] = NativeSite,
    database: dict[str, Any] | None = None,
    **settings: Any,
) -> Iterator[NativeSite]:
    """A site whose users are in a database of Django's, and all else in a store: the same database
    in PostgreSQL, a Redis, or a file of its own. ``database`` is what Django's settings add."""
    with ExitStack() as stack:
        if isinstance(server, PostgresServer):
            users = on_server(server, folder.name.replace("-", "_"))
            place = f"{server.user}:{server.password}@{server.host}:{server.port}"
            store, url = users, f"postgres://{place}/{users.settings['NAME']}"
        else:
            users = sqlite(folder, timeout=30)
            file = folder / "axes.sqlite3"
            make_file(file)
            store = Database({}, lambda: sqlite3.connect(file), "?")
            url = server.url if isinstance(server, RedisServer) else f"sqlite:{file}"
        users.settings |= database or {}
        if store is not users:
            # Then the database only knows users.
            settings["SESSION_ENGINE"] = "django.contrib.sessions.backends.signed_cookies"
        yield stack.enter_context(site(users, store, url, **settings))
