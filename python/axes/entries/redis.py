"""Redis: the server compares and sets in one step."""

from __future__ import annotations

from hashlib import sha1
from typing import Any

from django.core.cache.backends.redis import RedisCache

from axes._axes import COMPARE_AND_SET
from axes.entries.base import Entries, Expected, Found, Put, text_of

# By this name a server knows the script once it has run it.
DIGEST = sha1(COMPARE_AND_SET.encode(), usedforsecurity=False).hexdigest()


def is_django_redis(cache: type) -> bool:
    """Whether it is the cache of the package django-redis, with one server that is written to."""
    return any(base.__module__ == "django_redis.cache" for base in cache.__mro__)


class RedisEntries(Entries):
    """By Django's own cache or that of django-redis.

    All is read where it is written: a replica may be late.
    """

    swaps = True

    def __init__(self, cache: Any) -> None:
        super().__init__(cache)
        # Django makes a client for each command; the connections are the pool's.
        self._ours = isinstance(cache, RedisCache)
        self._client: Any = None

    @property
    def client(self) -> Any:
        if not self._ours:
            return self.cache.client.get_client(write=True)
        if self._client is None:
            self._client = self.cache._cache.get_client(write=True)
        return self._client

    def get(self, names: list[str]) -> list[Found]:
        found = self.client.mget([self.key(name) for name in names])
        return [None if value is None else (text_of(value), value) for value in found]

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        return self.swap([], [(name, value, token, milliseconds)], []) is None

    def swap(
        self, expected: list[Expected], puts: list[Put], told: list[str]
    ) -> list[str | None] | None:
        keys = [self.key(name) for name, _token in expected]
        # None of the lines and sets that the script could write as well.
        arguments: list[Any] = [len(expected), len(puts), 0, 0, 0]
        for _name, token in expected:
            arguments += ("nothing", "") if token is None else ("this", token)
        for name, value, token, milliseconds in puts:
            keys.append(self.key(name))
            arguments += ("nothing", "") if token is None else ("this", token)
            arguments += (value, "" if milliseconds is None else max(1, milliseconds))
        keys += (self.key(name) for name in told)
        found = self.run(len(keys), *keys, *arguments)
        if found == 0:
            return None
        return [None if value is None else text_of(value) for value in found]

    def run(self, *arguments: Any) -> Any:
        # Not by the client's class for scripts: that is the same everywhere.
        from redis.exceptions import NoScriptError

        try:
            return self.client.evalsha(DIGEST, *arguments)
        except NoScriptError:
            # Nothing was done. The server forgets scripts when it restarts.
            return self.client.eval(COMPARE_AND_SET, *arguments)

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        keep = None if milliseconds is None else max(1, milliseconds)
        self.client.set(self.key(name), value, px=keep)
