"""The stores that hosts share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.race.servers import on_server, sqlite
from tests.servers import PostgresServer, RedisServer

from .hosts import Hosts

STORES = ["sqlite", "postgres", "redis"]

_numbers = itertools.count(1)


@pytest.fixture(scope="package", params=STORES)
def hosts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hosts]:
    with made(request, tmp_path_factory.mktemp("shared")) as hosts:
        assert isinstance(hosts, Hosts)
        yield hosts


def made(request: pytest.FixtureRequest, folder: Path) -> Hosts:
    if request.param == "postgres":
        # What a Django site is told in DATABASES, and the service by a URL.
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = f"shared{next(_numbers)}"
        url = f"postgres://{server.user}:{server.password}@{server.host}:{server.port}/{name}"
        return Hosts(on_server(server, name), url)
    if request.param == "redis":
        redis: RedisServer = request.getfixturevalue("redis_server")
        url = f"redis://{redis.host}:{redis.port}/7"
        native = {"AXES_HANDLER": "axes.handlers.native.AxesNativeHandler", "AXES_STORE": url}
        sessions = {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}
        return Hosts(sqlite(folder, timeout=30), url, **native, **sessions)
    return Hosts(sqlite(folder, timeout=30), f"sqlite:{folder / 'db.sqlite3'}")
