"""A store that is restarted in the middle of a burst forgets nothing that it acknowledged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.race.restarts import (
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
from tests.race.servers import Site
from tests.servers import PostgresServer, RedisServer

from .sites import site_on

pytestmark = pytest.mark.alone

SERVERS = {"postgres": PostgresServer, "redis": RedisServer}
# Connections of Django that outlive a request, and so a restart.
LASTING = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[PostgresServer | RedisServer]:
    """One that no other test uses."""
    with SERVERS[request.param]() as server:
        assert isinstance(server, PostgresServer | RedisServer)
        yield server


@pytest.fixture(scope="module")
def site(
    server: PostgresServer | RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("restarts")
    with site_on(server, folder, database=LASTING, AXES_PERMIT_LEASE=LEASE) as site:
        yield site


@pytest.mark.parametrize("way", WAYS)
def test_no_scope_gets_more_than_its_limit(
    site: Site, server: PostgresServer | RedisServer, way: str
) -> None:
    guesses = scopes()
    answers = burst_while(site, shuffled(guesses), lambda: WAYS[way](server))
    # Those who noticed were told so, nobody got an error.
    assert set(answers.count) <= {401, 429, 503}
    assert all(count <= LIMIT for count in checks_of(site, guesses).values())
    works(site)
    uses_up(site, guesses)
    assert all(count <= LIMIT for count in checks_of(site, guesses).values())
