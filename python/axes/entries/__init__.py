"""Entries of a cache, changed by compare-and-set: what the engine's store in a cache needs.

Which caches do that in one step, and what the others cannot promise, is said here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.memcached import PyMemcacheCache
from django.core.cache.backends.redis import RedisCache

from axes.conf import settings
from axes.entries.base import Entries, Found, Put
from axes.entries.locked import LockedEntries
from axes.entries.memcached import MemcachedEntries
from axes.entries.redis import RedisEntries, is_django_redis

__all__ = ["Entries", "EntriesConnection", "Found", "Put", "entries_of"]

ATTRIBUTE = "_axes_entries"


def entries_of(cache: Any) -> Entries:
    """The entries of ``cache``, which has them made once: like itself, they belong to a thread."""
    known: Entries | None = getattr(cache, ATTRIBUTE, None)
    if known is None:
        known = kind_of(type(cache))(cache)
        setattr(cache, ATTRIBUTE, known)
    return known


def kind_of(cache: type) -> type[Entries]:
    """How entries of such a cache are changed."""
    if issubclass(cache, RedisCache) or is_django_redis(cache):
        return RedisEntries
    if issubclass(cache, PyMemcacheCache):
        return MemcachedEntries
    return LockedEntries


class EntriesConnection:
    """What the cache handler hands to the engine, where others hand a database connection.

    No transaction of the request concerns it: what is written is written.
    """

    alias = ""
    may_be_rolled_back = False
    takes_writes = True

    def __init__(self) -> None:
        self.entries = entries_of(caches[settings.AXES_CACHE])

    @contextmanager
    def apart(self) -> Iterator[EntriesConnection]:
        yield self

    def lock_afterwards(self) -> None:
        """Nothing."""
