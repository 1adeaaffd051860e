"""Memcached: the server knows of each entry which write it was."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from axes.entries.base import Entries, Found, text_of


class MemcachedEntries(Entries):
    """By pymemcache.

    Each entry has one server, whatever happens to it. Left to itself the client finds nothing, or
    asks another server, while that one does not answer: then nobody would be locked out.
    """

    @property
    def servers(self) -> dict[str, Any]:
        clients: dict[str, Any] = self.cache._cache.clients
        return clients

    def place(self, key: str) -> str:
        """The server of ``key``: one more, or one less, moves few of the others."""
        return max(self.servers, key=lambda server: sha256(f"{server} {key}".encode()).digest())

    def at(self, key: str) -> Any:
        return self.servers[self.place(key)]

    def get(self, names: list[str]) -> list[Found]:
        keys = [self.key(name) for name in names]
        by_server: dict[str, list[str]] = {}
        for key in keys:
            by_server.setdefault(self.place(key), []).append(key)
        found: dict[str, tuple[Any, Any]] = {}
        for server, wanted in by_server.items():
            found.update(self.servers[server].gets_many(wanted))
        return [(text_of(found[key][0]), found[key][1]) if key in found else None for key in keys]

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        key, expire = self.key(name), self.expire(milliseconds)
        if token is None:
            return bool(self.at(key).add(key, value, expire, noreply=False))
        return bool(self.at(key).cas(key, value, token, expire, noreply=False))

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        key = self.key(name)
        self.at(key).set(key, value, self.expire(milliseconds), noreply=False)

    def expire(self, milliseconds: int | None) -> int:
        """When an entry expires, as Memcached takes it."""
        expire: int = self.cache.get_backend_timeout(self.seconds(milliseconds))
        return expire
