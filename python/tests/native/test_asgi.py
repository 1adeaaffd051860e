"""An event loop goes on while the store is asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from tests.asgi.servers import AsgiProcess, AsgiSite
from tests.asgi.test_asgi import (  # noqa: F401
    test_no_more_than_the_limit_are_checked_of_wrong_passwords_at_once,
    test_others_are_answered_while_somebody_waits_for_a_permit,
    test_right_passwords_at_once_all_get_in,
    test_who_hangs_up_during_the_check_has_used_up_the_tries,
    test_who_is_locked_out_is_told_so_and_not_checked,
)
from tests.race.burst import burst, new_address, new_user, wrong
from tests.servers import RedisServer

from .sites import NativeSite, site_on

pytestmark = pytest.mark.alone

SILENT = 2000
"""For how many milliseconds Redis says nothing."""


class NativeAsgiSite(NativeSite, AsgiSite):
    """Two uvicorns that share one store."""


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer | None]:
    if request.param == "sqlite":
        yield None
    else:
        with RedisServer() as server:
            assert isinstance(server, RedisServer)
            yield server


@pytest.fixture(scope="module")
def site(
    server: RedisServer | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NativeSite]:
    folder = tmp_path_factory.mktemp("asgi")
    with site_on(server, folder, NativeAsgiSite, AXES_PERMIT_LEASE=5) as site:
        yield site


@pytest.mark.parametrize("server", ["redis"], indirect=True)
def test_others_are_answered_while_the_store_is_silent(
    site: NativeSite, server: RedisServer
) -> None:
    process = site.processes[0]
    assert isinstance(process, AsgiProcess)
    with ThreadPoolExecutor() as pool, Redis(server.host, server.port) as beside:
        beside.client_pause(SILENT)
        waiting = pool.submit(burst, site, [wrong(new_address(), new_user(), seconds=0)])
        for _ in range(10):
            process.seconds_to_answer()
        # Somebody else was answered, and the store has not said a word.
        assert not waiting.done()
        assert waiting.result().statuses == [401]
