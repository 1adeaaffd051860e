"""A cache that is restarted in the middle of a burst: Redis forgets nothing, Memcached all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cache.conftest import EXACT, HANDLER
from tests.servers import MemcachedServer, RedisServer, Server

from .restarts import (
    LEASE,
    LIMIT,
    WAYS,
    burst_while,
    checks_of,
    scopes,
    shuffled,
    uses_up,
    works,
)
from .servers import Site, sqlite

LIVES = {"redis": 1, "pymemcache": 2}
"""How often a scope may use its limit: a server that forgets all begins a second life."""


@pytest.fixture(scope="module", params=LIVES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(kind: str) -> Iterator[Server]:
    """One that no other test uses."""
    with RedisServer() if kind == "redis" else MemcachedServer() as server:
        yield server


@pytest.fixture(scope="module")
def site(kind: str, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("restarts")
    address = f"{server.host}:{server.port}"
    location = f"redis://{address}/0" if kind == "redis" else address
    settings = {
        "AXES_HANDLER": HANDLER,
        "AXES_PERMIT_LEASE": LEASE,
        "CACHES": {"default": {"BACKEND": EXACT[kind], "LOCATION": location}},
        # The database only knows users here.
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    }
    with Site(sqlite(folder, timeout=30), **settings) as site:
        yield site


@pytest.mark.parametrize("way", WAYS)
def test_no_scope_gets_more_than_its_limit_in_each_life_of_the_server(
    site: Site, server: Server, kind: str, way: str
) -> None:
    most = LIMIT * LIVES[kind]
    guesses = scopes()
    answers = burst_while(site, shuffled(guesses), lambda: WAYS[way](server))
    # Redis may be back within a moment: those who noticed were told so, nobody got an error.
    assert set(answers.count) <= {401, 429, 503}
    assert all(count <= most for count in checks_of(site, guesses).values())
    works(site)
    uses_up(site, guesses)
    assert all(count <= most for count in checks_of(site, guesses).values())
