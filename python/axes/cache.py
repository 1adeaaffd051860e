"""The cache that spares the database, where all processes share one."""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import transaction

from axes.conf import values
from axes.entries import Entries, entries_of

# What another process does not see, what is kept nowhere, and what is the database again.
USELESS = (LocMemCache, DummyCache, DatabaseCache)


def shared_cache(using: str) -> SharedCache | None:
    """The cache that ``AXES_CACHE`` names, if every process sees the same entries in it."""
    alias = values().AXES_CACHE
    if not isinstance(alias, str) or not is_shared(alias):
        return None
    return SharedCache(entries_of(caches[alias]), using)


def is_shared(alias: str) -> bool:
    """Whether ``alias`` names a cache in which every process sees the same."""
    global _known
    # Django makes them anew when the settings of caches change. Making a cache takes longer.
    configured = caches.settings
    known, answers = _known
    if known is not configured:
        answers = {}
        _known = (configured, answers)
    if alias not in answers:
        answers[alias] = alias in configured and not isinstance(caches[alias], USELESS)
    return answers[alias]


# What was found out, and about which settings of caches.
_known: tuple[Any, dict[str, bool]] = (None, {})


class SharedCache:
    """What the engine's store of tables needs of a cache."""

    def __init__(self, entries: Entries, using: str) -> None:
        self.entries = entries
        self.using = using

    def get(self, keys: list[str]) -> list[str | None]:
        return [None if found is None else found[0] for found in self.entries.get(keys)]

    def set(self, key: str, value: str, milliseconds: int) -> None:
        # What a transaction wrote may yet be rolled back: then there never was a lockout.
        if not self._in_transaction():
            self.entries.set(key, value, milliseconds)

    def replace(self, key: str, value: str) -> None:
        self.entries.set(key, value, None)
        # What was done inside a transaction is seen by others only after it: from then on nothing
        # that they read before may hold.
        if self._in_transaction():
            transaction.on_commit(lambda: self.entries.set(key, value + "+", None), self.using)

    def _in_transaction(self) -> bool:
        return bool(transaction.get_connection(self.using).in_atomic_block)
