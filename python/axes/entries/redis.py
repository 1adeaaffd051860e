"""Redis: the server compares and sets in one step."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from typing import Any

from django.core.cache.backends.redis import RedisCache

from axes._axes import COMPARE_AND_SET, TAKE_OUT
from axes.entries.base import Entries, Expected, Found, Gone, Join, Put, text_of

# By these names a server knows the scripts once it has run them.
DIGESTS = {
    script: sha1(script.encode(), usedforsecurity=False).hexdigest()
    for script in (COMPARE_AND_SET, TAKE_OUT)
}

# About how many members of a set are read at once.
MEMBERS = 1000


def is_django_redis(cache: type) -> bool:
    """Whether it is the cache of the package django-redis, with one server that is written to."""
    return any(base.__module__ == "django_redis.cache" for base in cache.__mro__)


class RedisEntries(Entries):
    """By Django's own cache or that of django-redis.

    All is read where it is written: a replica may be late.
    """

    swaps = True
    keeps_sets = True

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
        self,
        expected: list[Expected],
        puts: list[Put],
        told: list[str],
        empty: Sequence[str] = (),
        joins: Sequence[Join] = (),
        now: int = 0,
    ) -> list[str | None] | None:
        keys = [self.key(name) for name, _token in expected]
        # None of the lines that the script could add to logs.
        arguments: list[Any] = [len(expected), len(puts), 0, len(empty), len(joins)]
        for _name, token in expected:
            arguments += ("nothing", "") if token is None else ("this", token)
        for name, value, token, milliseconds in puts:
            keys.append(self.key(name))
            arguments += ("nothing", "") if token is None else ("this", token)
            arguments += (value, kept(milliseconds))
        keys += (self.key(name) for name in (*told, *empty))
        arguments += [now] * len(empty)
        for name, member, until, milliseconds in joins:
            keys.append(self.key(name))
            arguments += (now, until, member, kept(milliseconds))
        found = self.run(COMPARE_AND_SET, keys, arguments)
        if found == 0:
            return None
        return [None if value is None else text_of(value) for value in found]

    def members(self, name: str, cursor: int) -> tuple[int, list[tuple[str, float]]]:
        cursor, found = self.client.zscan(self.key(name), cursor, count=MEMBERS)
        return int(cursor), [(text_of(member), until) for member, until in found]

    def take_out(self, name: str, gone: list[Gone]) -> int:
        keys = [self.key(name), *(self.key(entry) for _member, entry, _left in gone)]
        arguments = [argument for member, _entry, left in gone for argument in (member, left)]
        return int(self.run(TAKE_OUT, keys, arguments))

    def run(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        # Not by the client's class for scripts: that is the same everywhere.
        from redis.exceptions import NoScriptError

        try:
            return self.client.evalsha(DIGESTS[script], len(keys), *keys, *arguments)
        except NoScriptError:
            # Nothing was done. The server forgets scripts when it restarts.
            return self.client.eval(script, len(keys), *keys, *arguments)

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        self.client.set(self.key(name), value, px=kept(milliseconds) or None)


def kept(milliseconds: int | None) -> int | str:
    """How long something is kept, as the script takes it."""
    return "" if milliseconds is None else max(1, milliseconds)
