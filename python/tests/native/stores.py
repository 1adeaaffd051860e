"""Stores outside Django for tests, each with a way to empty it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from redis import Redis

from axes._axes import Engine, close_stores
from tests.servers import RedisServer

TABLES = [
    "accessattemptexpiration",
    "accessattempt",
    "accesslog",
    "accessfailurelog",
    "ban",
    "tally",
]
EMPTY = ";".join(f"DELETE FROM axes_{table}" for table in TABLES)


@contextmanager
def in_tables(place: str) -> Iterator[Callable[[], str]]:
    """The tables in PostgreSQL at ``user:password@host:port/database``."""
    with psycopg.connect(f"postgresql://{place}", autocommit=True) as beside:
        yield store(f"postgres://{place}", lambda: beside.execute(EMPTY))


@contextmanager
def in_file() -> Iterator[Callable[[], str]]:
    """A file of SQLite. Nobody else in this process opens it while Axes has it open."""
    folder = Path(tempfile.mkdtemp(prefix="axes-native-"))
    new, file = folder / "new.sqlite3", folder / "axes.sqlite3"
    make_file(new)

    def empty() -> None:
        close_stores()
        for left in ("-journal", "-wal", "-shm"):
            file.with_name(file.name + left).unlink(missing_ok=True)
        shutil.copyfile(new, file)

    yield store(f"sqlite:{file}", empty)
    shutil.rmtree(folder)


@contextmanager
def in_redis(server: RedisServer) -> Iterator[Callable[[], str]]:
    """A server that nobody else uses."""
    with Redis(server.host, server.port) as beside:
        yield store(server.url, lambda: beside.flushall())


@contextmanager
def in_memory() -> Iterator[Callable[[], str]]:
    """This process."""
    yield store("memory:", close_stores)


def store(url: str, empty: Callable[[], object]) -> Callable[[], str]:
    """What empties the store at ``url`` and tells that."""

    def emptied() -> str:
        empty()
        return url

    return emptied


def make_file(path: Path) -> None:
    """A file of SQLite that has the tables, as ``migrate`` makes it."""
    Engine({"AXES_STORE": f"sqlite:{path}"}).native_store().prepare()
