"""Where sites keep users, sessions and attempts; each site gets a database of its own."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import PostgresServer, RedisServer


@dataclass(frozen=True)
class Store:
    """A way to set up a database."""

    name: str
    engine: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    in_memory: bool = False


SQLITE = Store("SQLite", "sqlite3")
SQLITE_WAL = Store(
    "SQLite, WAL",
    "sqlite3",
    {
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    },
)
SQLITE_MEMORY = Store("SQLite, in memory", "sqlite3", in_memory=True)
POSTGRESQL = Store("PostgreSQL", "postgresql", {"CONN_MAX_AGE": None})
POSTGRESQL_ASYNC = Store(
    "PostgreSQL, asynchronous commit",
    "postgresql",
    {"CONN_MAX_AGE": None, "OPTIONS": {"options": "-c synchronous_commit=off"}},
)


def store_url(kind: str, folder: Path, database: Mapping[str, Any], redis: str | None) -> str:
    """The URL of what a native handler uses. A file of SQLite is made by ``migrate``."""
    if kind == "file":
        return f"sqlite:{folder / 'axes.sqlite3'}"
    if kind == "tables":
        place = "{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
        return f"postgres://{place}"
    if redis is None:
        raise ValueError("there is no Redis for this contestant")
    return redis


class Servers:
    """Private servers and a folder for the time of a run. Use it as a context manager."""

    def __init__(self) -> None:
        # A commit waits for the disk, as it does on the servers of sites.
        self._postgres = PostgresServer(fast=False)
        # Writes its log without waiting for the disk, which Debian's leaves out altogether.
        self.redis = RedisServer()
        self.folder = Path()
        self._numbers = itertools.count(1)
        self._redis_numbers = itertools.count()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Servers:
        with contextlib.ExitStack() as stack:
            self.folder = Path(tempfile.mkdtemp(prefix="axes-bench-"))
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            stack.enter_context(self._postgres)
            stack.enter_context(self.redis)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def new_folder(self) -> Path:
        """An empty folder for one site."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def new_database(self, store: Store, folder: Path) -> dict[str, Any]:
        """What Django's settings say of a database that nobody has used."""
        settings = {"ENGINE": f"django.db.backends.{store.engine}", **store.settings}
        if store.engine == "sqlite3":
            name = ":memory:" if store.in_memory else str(folder / "db.sqlite3")
            return {**settings, "NAME": name}
        name = f"bench_{folder.name}"
        with self._postgres.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return {
            **settings,
            "HOST": self._postgres.host,
            "PORT": self._postgres.port,
            "USER": self._postgres.user,
            "PASSWORD": self._postgres.password,
            "NAME": name,
        }

    def new_redis(self) -> str:
        """The URL of an empty database in Redis, which has sixteen."""
        return self.redis.url.rpartition("/")[0] + f"/{next(self._redis_numbers)}"

    def redis_version(self) -> str:
        """As the server tells it."""
        lines = self.redis.query("INFO server", lines=4)
        return next(line.partition(":")[2] for line in lines if line.startswith("redis_version:"))
