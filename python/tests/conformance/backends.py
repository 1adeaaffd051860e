"""What the rules of every store are checked on: see ``python/conformance``."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

from django.core.cache import caches
from django.db import connections

from axes.entries import entries_of
from axes.entries.redis import RedisEntries
from axes.handlers.proxy import AxesProxyHandler
from axes.models import Tally


class Backend:
    """The handler that the settings choose. Use it as a context manager.

    Each thread of the rules has a thread here, with the connections that Django makes for it.
    """

    def __init__(self, tallies_can_be_lost: bool) -> None:
        self._tallies_can_be_lost = tallies_can_be_lost
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._lock = Lock()

    def __enter__(self) -> Backend:
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads.values():
            thread.submit(close_all).result()
            thread.shutdown()

    def run(self, name: str, work: Callable[[Any], None]) -> None:
        """Does ``work`` in the thread ``name``, on a connection as a handler opens one."""
        with self._lock:
            thread = self._threads.setdefault(name, ThreadPoolExecutor(1))
        thread.submit(self._work, work).result()

    def lose_tallies(self) -> bool:
        """Loses all tallies but no records, where that can happen; whether it did."""
        if self._tallies_can_be_lost:
            Tally.objects.all().delete()
        return self._tallies_can_be_lost

    def _work(self, work: Callable[[Any], None]) -> None:
        work(AxesProxyHandler.get_implementation().connection())


def close_all() -> None:
    """Closes what this thread has opened. Django leaves that of a Redis cache to the collector."""
    connections.close_all()
    for cache in caches.all(initialized_only=True):
        cache.close()
        entries = entries_of(cache)
        if isinstance(entries, RedisEntries):
            entries.client.connection_pool.disconnect()
