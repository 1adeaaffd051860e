"""Redis: the server compares and sets in one step."""

from __future__ import annotations

from hashlib import sha1
from typing import Any

from django.core.cache.backends.redis import RedisCache

from axes.entries.base import Entries, Expected, Found, Put, text_of

# First the keys that only have to be in their state, as many as the first argument says, each with
# whether there has to be something, and what. Then those to write, as many as the second says, each
# with a value too, and how long it is kept. Where something is not in its state, nothing is
# written: the answer is what there is, also under all further keys.
COMPARE_AND_SET = """
local expected, last = tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2])
local found = redis.call('MGET', unpack(KEYS, 1, last))
local at = 3
for i = 1, last do
  local same = found[i] == ARGV[at + 1]
  if ARGV[at] == 'nothing' then same = not found[i] end
  if not same then return redis.call('MGET', unpack(KEYS)) end
  at = at + (i > expected and 4 or 2)
end
at = 2 * expected + 3
for i = expected + 1, last do
  if ARGV[at + 3] == '' then
    redis.call('SET', KEYS[i], ARGV[at + 2])
  else
    redis.call('SET', KEYS[i], ARGV[at + 2], 'PX', ARGV[at + 3])
  end
  at = at + 4
end
return 0
"""

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
        arguments: list[Any] = [len(expected), len(puts)]
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
