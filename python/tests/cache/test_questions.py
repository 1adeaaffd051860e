"""How often a login asks the cache's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymemcache.client.base import Client as Memcached
from redis import Redis

from tests.servers import MemcachedServer, RedisServer
from tests.visitor import Visitor


def of_redis(server: RedisServer) -> Callable[[], int]:
    """Counts what clients have asked so far."""

    def asked() -> int:
        with Redis(server.host, server.port) as client:
            stats: dict[str, Any] = client.info("commandstats")

        def calls(name: str) -> int:
            return int(stats.get(f"cmdstat_{name}", {}).get("calls", 0))

        scripts = calls("evalsha") + calls("eval")
        # Each script reads what it compares, once.
        return scripts + (calls("mget") - scripts) + calls("get") + calls("zscan")

    return asked


def of_memcached(server: MemcachedServer) -> Callable[[], int]:
    """Counts the writes so far."""

    def asked() -> int:
        client = Memcached((server.host, server.port))
        try:
            return int(client.stats()[b"cmd_set"])
        finally:
            client.close()

    return asked


def cost(asked: Callable[[], int], visit: Callable[[], Any]) -> int:
    before = asked()
    visit()
    return asked() - before


@pytest.mark.parametrize("kind", ["redis", "django-redis"])
def test_a_login_asks_redis_twice(
    ada: Visitor, redis_server: RedisServer, settings: Any, kind: str
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
    # This process remembers what it has seen, also of a server that was emptied since.
    network = "192.0.2" if kind == "redis" else "198.51.100"
    eve = ada.but(username=f"eve of {kind}", address=f"{network}.7")
    bob = ada.but(username=f"bob of {kind}", address=f"{network}.8")
    root = ada.but(username="root", address=f"{network}.9")
    asked = of_redis(redis_server)
    # The first one ever also begins to number resets, and hands the script to the server.
    eve.fails()
    root.succeeds()
    assert cost(asked, bob.fails) == 2
    assert cost(asked, bob.fails) == 2
    assert cost(asked, root.succeeds) == 2
    # Somebody else has written there meanwhile.
    delete(redis_server, "*axes:tally*")
    assert cost(asked, bob.fails) <= 6
    assert cost(asked, bob.fails) == 2


@pytest.mark.parametrize("kind", ["redis", "django-redis"])
def test_however_many_addresses_try_one_name_a_login_asks_redis_twice(
    ada: Visitor, redis_server: RedisServer, settings: Any, kind: str
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["ip_address"]
    root = ada.but(username=f"root of {kind}")
    asked = of_redis(redis_server)
    # This process remembers what it has seen, also of a server that was emptied since.
    network = "100.64.1" if kind == "redis" else "100.64.2"
    for number in range(100):
        root.but(address=f"{network}.{number}").fails()
    for number in range(100, 110):
        assert cost(asked, root.but(address=f"{network}.{number}").fails) == 2


def delete(server: RedisServer, pattern: str) -> None:
    with Redis(server.host, server.port) as client:
        client.delete(*client.scan_iter(pattern))


@pytest.mark.parametrize("kind", ["redis", "django-redis"])
def test_a_refusal_that_counts_for_nothing_asks_redis_once(
    ada: Visitor, redis_server: RedisServer, settings: Any
) -> None:
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    # The refusal of the handler, not of the cache that is in front of others.
    ada.fails(3)
    assert cost(of_redis(redis_server), ada.fails) == 1


@pytest.mark.parametrize("kind", ["pymemcache"])
def test_a_login_writes_each_entry_once(ada: Visitor, memcached_server: MemcachedServer) -> None:
    asked = of_memcached(memcached_server)
    ada.but(username="eve", address="192.0.2.9").fails()
    # The permit; then four indexes and the record, the index of tallies and the tally.
    assert cost(asked, ada.fails) == 8
    # The permit; the record, the tally.
    assert cost(asked, ada.fails) == 3
