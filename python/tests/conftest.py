"""Fixtures for all tests. The servers are started by the first test that asks for them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from axes.state import drop_all, dropped

from .servers import MariaDBServer, MemcachedServer, PostgresServer, RedisServer
from .visitor import FakeClock, Visitor, make_user

LONG = [
    "promises/test_survival.py",
    "promises/test_honest_time.py",
    "cost",
    "package",
    "switching",
    "integrations",
    "native/test_corpus.py",
    "native/test_resets.py",
    "asgi",
    "settings_file",
    "test_installation.py",
    "test_demo_site.py",
    "test_servers.py",
]
"""Files and folders whose tests take long, however few they are; the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where files are given to several processes, none is to begin with a long one when the others
    have nothing left to do. Within a file the order stays random."""
    if not hasattr(config, "workerinput"):
        return
    here = Path(__file__).parent
    tests = Counter(item.path for item in items)

    def turn(item: pytest.Item) -> tuple[int, int, Path]:
        parts = [item.path, *item.path.parents]
        ranks = (rank for rank, name in enumerate(LONG) if here / name in parts)
        return next(ranks, len(LONG)), -tests[item.path], item.path

    items.sort(key=turn)


@receiver(connection_created)
def wait_for_no_disk(connection: Any, **kwargs: Any) -> None:
    """What a power cut would lose is traded for speed, as the private servers do."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """What a test holds, or leaves to the garbage collector, is not given back in a later one."""
    yield
    drop_all()
    list(dropped())


@pytest.fixture
def ada(db: None) -> Visitor:
    """A visitor with an account. Tests that name no other attempt are hers."""
    make_user()
    return Visitor()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> FakeClock:
    """Django's time, which passes only where the test says so."""
    clock = FakeClock(lambda: settings.USE_TZ)
    monkeypatch.setattr("django.utils.timezone.now", clock.now)
    return clock


@pytest.fixture
def atomic_requests(transactional_db: None) -> Iterator[None]:
    """As `ATOMIC_REQUESTS = True` does."""
    before = connection.settings_dict["ATOMIC_REQUESTS"]
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connection.settings_dict["ATOMIC_REQUESTS"] = before


class LogLines:
    """What Axes has logged since the test began."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def at(self, level: int, logger: str = "axes") -> list[str]:
        return [
            record.getMessage()
            for record in self._caplog.records
            if record.levelno == level and record.name.split(".")[0] == logger
        ]

    def forget(self) -> None:
        """As if the test began now."""
        self._caplog.clear()

    @property
    def ours(self) -> list[str]:
        """What Axes has logged at any level."""
        levels = {record.levelno for record in self._caplog.records}
        return [line for level in levels for line in self.at(level)]

    @property
    def all(self) -> str:
        """Every line of every logger, as a handler would write them."""
        return "\n".join(self._caplog.handler.format(record) for record in self._caplog.records)

    @property
    def errors(self) -> list[str]:
        return self.at(logging.ERROR)

    @property
    def warnings(self) -> list[str]:
        return self.at(logging.WARNING)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> LogLines:
    caplog.set_level(logging.DEBUG)
    return LogLines(caplog)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
    with MariaDBServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def memcached_server() -> Iterator[MemcachedServer]:
    with MemcachedServer() as server:
        yield server
