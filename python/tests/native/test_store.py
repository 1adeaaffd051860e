"""The store that the settings name: which, by how many connections, and for how long."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis import Redis

from axes._axes import close_stores
from axes.handlers.native import AxesNativeHandler
from axes.models import AccessAttempt
from axes.utils import reset
from tests.conftest import LogLines
from tests.servers import RedisServer
from tests.visitor import Visitor

THREADS = 6


def test_the_store_can_be_chosen(ada: Visitor, settings: Any) -> None:
    before = settings.AXES_STORE
    assert ada.fails(3).status_code == 429
    settings.AXES_STORE = "memory:another"
    assert ada.succeeds().status_code == 302
    settings.AXES_STORE = before
    assert ada.is_locked_out
    assert not AccessAttempt.objects.exists()


def failures_seen_by_threads(ada: Visitor) -> list[int]:
    """What threads are told that ask in the same moment."""
    ready = threading.Barrier(THREADS)

    def ask(_number: int) -> int:
        ready.wait()
        return AxesNativeHandler().get_failures(ada.request(), {"username": ada.username})

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, range(THREADS)))


@pytest.mark.parametrize("kind", ["redis"])
@pytest.mark.parametrize(("most", "opened"), [(1, 1), (16, THREADS)])
def test_a_process_opens_as_many_connections_as_it_may(
    ada: Visitor, own_redis_server: RedisServer, settings: Any, most: int, opened: int
) -> None:
    ada.fails()
    close_stores()
    settings.AXES_STORE_CONNECTIONS = most
    with Redis(own_redis_server.host, own_redis_server.port) as beside:
        before = len(beside.client_list())
        # Nobody is done before all have asked.
        beside.client_pause(500)
        assert failures_seen_by_threads(ada) == [1] * THREADS
        assert len(beside.client_list()) - before == opened


@pytest.mark.parametrize("kind", ["memory"])
@pytest.mark.parametrize("scheme", ["redis", "postgres"])
def test_a_store_that_is_silent_is_not_waited_for_any_longer(
    ada: Visitor, settings: Any, scheme: str, lines: LogLines
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings.AXES_STORE = f"{scheme}://axes:secret@127.0.0.1:{port}/0"
        settings.AXES_STORE_TIMEOUT = 0.05
        start = time.monotonic()
        assert ada.succeeds().status_code == 503
        # As long as it would be by default.
        assert time.monotonic() - start < 5
    assert len(lines.errors) == 1
    assert "secret" not in lines.all


@pytest.mark.parametrize("kind", ["redis"])
def test_other_threads_go_on_while_a_store_is_waited_for(
    ada: Visitor, own_redis_server: RedisServer
) -> None:
    ada.fails()
    with Redis(own_redis_server.host, own_redis_server.port) as beside:
        beside.client_pause(1000)
        waiting = threading.Thread(target=failures_seen_by_threads, args=[ada])
        waiting.start()
        # This is Python code: it would not get any further before they have their answers.
        turns = 0
        while waiting.is_alive() and turns < 1000:
            turns += 1
            time.sleep(0)
        assert turns == 1000
        waiting.join()


@pytest.mark.parametrize("kind", ["sqlite", "memory"])
def test_a_test_of_a_site_begins_anew_with_a_reset(ada: Visitor) -> None:
    ada.fails(3)
    reset()
    assert [ada.fails().status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_that_is_gone_refuses_until_it_is_there(
    ada: Visitor, settings: Any, lines: LogLines, tmp_path: Any
) -> None:
    settings.AXES_STORE = f"sqlite:{tmp_path}/axes.sqlite3"
    assert ada.succeeds().status_code == 503
    assert len(lines.errors) == 1
