"""Fixtures for all tests. The servers are started by the first test that asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .servers import MariaDBServer, MemcachedServer, PostgresServer, RedisServer


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
