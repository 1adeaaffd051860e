"""Memcached: the server knows of each entry how often it was written."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from axes.entries.base import Entries, Found, text_of


class MemcachedEntries(Entries):
    """By pymemcache.

    Each entry has one server, whatever happens to it. Left to itself the client finds nothing, or
    asks another server, while that one does not answer: then nobody would be locked out.
    """

    def __init__(self, cache: Any) -> None:
        super().__init__(cache)
        self.servers: dict[Any, Any] = cache._cache.clients

    def place(self, key: str) -> Any:
        """The server of ``key``: one more, or one less, moves few of the others."""
        return max(self.servers, key=lambda server: sha256(f"{server} {key}".encode()).digest())

    def get(self, names: list[str]) -> list[Found]:
        keys = [self.key(name) for name in names]
        by_server: dict[Any, list[str]] = {}
        for key in keys:
            by_server.setdefault(self.place(key), []).append(key)
        found: dict[str, tuple[Any, Any]] = {}
        for server, wanted in by_server.items():
            found.update(self.servers[server].gets_many(wanted))
        return [(text_of(found[key][0]), found[key][1]) if key in found else None for key in keys]

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        key, expire = self.key(name), self.expire(milliseconds)
        server = self.servers[self.place(key)]
        if token is None:
            return bool(server.add(key, value, expire, noreply=False))
        return bool(server.cas(key, value, token, expire, noreply=False))

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        key = self.key(name)
        self.servers[self.place(key)].set(key, value, self.expire(milliseconds), noreply=False)

    def expire(self, milliseconds: int | None) -> int:
        expire: int = self.cache.get_backend_timeout(self.seconds(milliseconds))
        return expire


class PylibmcEntries(Entries):
    """By pylibmc, which asks for one entry at a time."""

    def __init__(self, cache: Any) -> None:
        super().__init__(cache)
        # The site's own connection does not ask how often entries were written.
        self.client: Any = cache._cache.clone()
        self.client.behaviors = {"cas": True}

    def get(self, names: list[str]) -> list[Found]:
        found = (self.client.gets(self.key(name)) for name in names)
        return [None if value is None else (text_of(value), token) for value, token in found]

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        key, expire = self.key(name), self.expire(milliseconds)
        if token is None:
            return bool(self.client.add(key, value, time=expire))
        try:
            return bool(self.client.cas(key, value, token, time=expire))
        except self.cache.LibraryValueNotFoundException:
            return False

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        self.client.set(self.key(name), value, time=self.expire(milliseconds))

    def expire(self, milliseconds: int | None) -> int:
        expire: int = self.cache.get_backend_timeout(self.seconds(milliseconds))
        return expire
