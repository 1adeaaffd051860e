"""A database that is restarted in the middle of a burst forgets nothing that it acknowledged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import MariaDBServer, PostgresServer, SqlServer

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
from .servers import Site, on_server

# Races that look into no table are run here too, on the site below.
from .test_lost_permits import (  # noqa: F401
    test_a_client_that_hangs_up_has_failed_all_the_same,
    test_a_killed_worker_gives_no_permit_back,
    test_a_worker_killed_in_the_middle_of_a_burst_grants_no_more,
    test_checks_that_take_longer_than_their_lease_make_no_room,
)

SERVERS: dict[str, type[SqlServer]] = {"postgres": PostgresServer, "mariadb": MariaDBServer}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[SqlServer]:
    """One that no other test uses."""
    with SERVERS[request.param]() as server:
        assert isinstance(server, SqlServer)
        yield server


@pytest.fixture(scope="module")
def site(server: SqlServer) -> Iterator[Site]:
    database = on_server(server, "restarts")
    # Connections that outlive a request, and so a restart.
    database.settings |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    with Site(database, AXES_PERMIT_LEASE=LEASE) as site:
        yield site


@pytest.mark.parametrize("way", WAYS)
def test_no_scope_gets_more_than_its_limit(site: Site, server: SqlServer, way: str) -> None:
    guesses = scopes()
    answers = burst_while(site, shuffled(guesses), lambda: WAYS[way](server))
    assert set(answers.count) <= {401, 429, 503}
    assert answers.count[503] > 0
    assert all(count <= LIMIT for count in checks_of(site, guesses).values())
    works(site)
    uses_up(site, guesses)
    assert all(count <= LIMIT for count in checks_of(site, guesses).values())
