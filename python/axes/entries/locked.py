"""Any other cache, as well as can be: one writer at a time, by a lock that is an entry itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.core.cache.backends.locmem import LocMemCache

from axes.entries.base import Entries, Found

# How many seconds a lock lasts whose holder died, and how many somebody waits for one.
LOCKED = 10
PATIENCE = 15.0
PAUSE = 0.002

# What only one process sees needs no lock in the cache.
_mutex = threading.Lock()


class LockedEntries(Entries):
    """A cache that cannot compare and set.

    Two may write at once where the cache drops the lock, or adds it for both.
    """

    def get(self, names: list[str]) -> list[Found]:
        found = self.cache.get_many(names)
        values = (found.get(name) for name in names)
        return [(value, value) if isinstance(value, str) else None for value in values]

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        with self.lock(name):
            if self.cache.get(name) != token:
                return False
            self.set(name, value, milliseconds)
        return True

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        self.cache.set(name, value, timeout=self.seconds(milliseconds))

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        if isinstance(self.cache, LocMemCache):
            with _mutex:
                yield
            return
        lock, mine = f"{name}:lock", uuid4().hex
        deadline = time.monotonic() + PATIENCE
        while not self.cache.add(lock, mine, timeout=LOCKED):
            if time.monotonic() > deadline:
                raise TimeoutError("an entry of the cache stays locked")
            time.sleep(PAUSE)
        try:
            yield
        finally:
            if self.cache.get(lock) == mine:
                self.cache.delete(lock)
