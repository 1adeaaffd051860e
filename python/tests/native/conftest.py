"""Sites whose handler leaves everything to a store outside Django, on real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from axes._axes import close_stores
from tests.servers import PostgresServer, RedisServer
from tests.visitor import Visitor, make_user

from .sites import HANDLER, new_tables
from .stores import in_file, in_memory, in_redis, in_tables

KINDS = ["sqlite", "postgres", "redis", "memory"]


@pytest.fixture(scope="session")
def store_in_file() -> Iterator[Callable[[], str]]:
    with in_file() as store:
        yield store


@pytest.fixture(scope="session")
def store_in_tables(postgres_server: PostgresServer) -> Iterator[Callable[[], str]]:
    with in_tables(new_tables(postgres_server, "native")) as store:
        yield store


@pytest.fixture(scope="session")
def own_redis_server() -> Iterator[RedisServer]:
    """One that is emptied again and again."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def store_in_redis(own_redis_server: RedisServer) -> Iterator[Callable[[], str]]:
    with in_redis(own_redis_server) as store:
        yield store


@pytest.fixture(scope="session")
def store_in_memory() -> Iterator[Callable[[], str]]:
    with in_memory() as store:
        yield store


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of store; a test of a few kinds has parameters of its own."""
    return str(request.param)


@pytest.fixture
def native_store(
    request: pytest.FixtureRequest, kind: str, settings: Any, db: None
) -> Iterator[str]:
    """The URL of an empty store of that kind, which the site uses."""
    places = {"sqlite": "file", "postgres": "tables", "redis": "redis", "memory": "memory"}
    empty: Callable[[], str] = request.getfixturevalue(f"store_in_{places[kind]}")
    settings.AXES_HANDLER = HANDLER
    settings.AXES_STORE = empty()
    yield settings.AXES_STORE
    close_stores()


@pytest.fixture
def ada(native_store: str) -> Visitor:
    """A visitor with an account at that site."""
    make_user()
    return Visitor()
