"""The cache that spares the database, where all processes share one."""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import transaction

from axes.conf import settings

# What another process does not see, what is kept nowhere, and what is the database again.
USELESS = (LocMemCache, DummyCache, DatabaseCache)


def shared_cache(using: str) -> SharedCache | None:
    """The cache that ``AXES_CACHE`` names, if every process sees the same entries in it."""
    alias = settings.AXES_CACHE
    if not isinstance(alias, str) or alias not in settings.CACHES:
        return None
    cache = caches[alias]
    return None if isinstance(cache, USELESS) else SharedCache(cache, using)


class SharedCache:
    """What the engine's store needs of a cache."""

    def __init__(self, cache: Any, using: str) -> None:
        self.cache = cache
        self.using = using

    def get(self, keys: list[str]) -> list[str | None]:
        found = self.cache.get_many(keys)
        return [found.get(key) for key in keys]

    def set(self, key: str, value: str, milliseconds: int) -> None:
        # What a transaction wrote may yet be rolled back: then there never was a lockout.
        if not self._in_transaction():
            self.cache.set(key, value, timeout=max(1, milliseconds // 1000))

    def replace(self, key: str, value: str) -> None:
        self.cache.set(key, value, timeout=None)
        # What was done inside a transaction is seen by others only after it: from then on nothing
        # that they read before may hold.
        if self._in_transaction():
            transaction.on_commit(
                lambda: self.cache.set(key, value + "+", timeout=None), self.using
            )

    def _in_transaction(self) -> bool:
        return bool(transaction.get_connection(self.using).in_atomic_block)
