"""Memcached: the server knows of each entry which write it was."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from axes.entries.base import Entries, Found, text_of


class MemcachedEntries(Entries):
    """What the two clients have in common.

    Each entry has one server, whatever happens to it. Left to themselves the clients find nothing,
    or ask another server, while that one does not answer: then nobody would be locked out.
    """

    def __init__(self, cache: Any) -> None:
        super().__init__(cache)
        self.servers: dict[str, Any] = self.clients()

    def clients(self) -> dict[str, Any]:
        """A client for each server alone."""
        raise NotImplementedError

    def place(self, key: str) -> str:
        """The server of ``key``: one more, or one less, moves few of the others."""
        return max(self.servers, key=lambda server: sha256(f"{server} {key}".encode()).digest())

    def at(self, key: str) -> Any:
        return self.servers[self.place(key)]

    def by_server(self, keys: list[str]) -> dict[str, list[str]]:
        by_server: dict[str, list[str]] = {}
        for key in keys:
            by_server.setdefault(self.place(key), []).append(key)
        return by_server

    def expire(self, milliseconds: int | None) -> int:
        """When an entry expires, as Memcached takes it."""
        expire: int = self.cache.get_backend_timeout(self.seconds(milliseconds))
        return expire


class PymemcacheEntries(MemcachedEntries):
    """By pymemcache."""

    def clients(self) -> dict[str, Any]:
        clients: dict[str, Any] = self.cache._cache.clients
        return clients

    def get(self, names: list[str]) -> list[Found]:
        keys = [self.key(name) for name in names]
        found: dict[str, tuple[Any, Any]] = {}
        for server, wanted in self.by_server(keys).items():
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


class PylibmcEntries(MemcachedEntries):
    """By pylibmc, which asks for the states of one entry at a time, and now and then, while other
    threads ask too, does not get an answer: then it says that there is no such entry."""

    # The site's own connections do not ask which write an entry was.
    BEHAVIORS = {"cas": True, "auto_eject": False, "retry_timeout": 1}
    QUESTIONS = 50

    def clients(self) -> dict[str, Any]:
        make, options = self.cache._class, self.cache._options
        clients = {server: make([server], **options) for server in self.cache.client_servers}
        for client in clients.values():
            client.behaviors = self.BEHAVIORS
        return clients

    def get(self, names: list[str]) -> list[Found]:
        keys = [self.key(name) for name in names]
        there: set[str] = set()
        for server, wanted in self.by_server(keys).items():
            there.update(self.servers[server].get_multi(wanted))
        return [self.found(key) if key in there else None for key in keys]

    def found(self, key: str) -> Found:
        """An entry that was there a moment ago."""
        for _ in range(self.QUESTIONS):
            value, token = self.at(key).gets(key)
            if value is not None:
                return text_of(value), token
            if self.at(key).get(key) is None:
                return None
        raise ConnectionError("pylibmc does not tell the state of an entry")

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        key, expire = self.key(name), self.expire(milliseconds)
        if token is None:
            return bool(self.at(key).add(key, value, time=expire))
        try:
            return bool(self.at(key).cas(key, value, token, time=expire))
        except self.cache.LibraryValueNotFoundException:
            return False

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        key = self.key(name)
        self.at(key).set(key, value, time=self.expire(milliseconds))
