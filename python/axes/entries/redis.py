"""Redis: the server compares and sets in one step."""

from __future__ import annotations

from hashlib import sha1
from typing import Any

from django.core.cache.backends.redis import RedisCache

from axes.entries.base import Entries, Found, Put, text_of

# Four arguments for each key: whether there has to be something and what, the value, and how long
# it is kept. Stops at the first key where something else is, and tells how many were written.
COMPARE_AND_SET = """
local found = redis.call('MGET', unpack(KEYS))
for i, key in ipairs(KEYS) do
  local at = 4 * i
  if ARGV[at - 3] == 'nothing' then
    if found[i] then return i - 1 end
  elseif found[i] ~= ARGV[at - 2] then
    return i - 1
  end
  if ARGV[at] == '' then
    redis.call('SET', key, ARGV[at - 1])
  else
    redis.call('SET', key, ARGV[at - 1], 'PX', ARGV[at])
  end
end
return #KEYS
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
        return self.put_all([(name, value, token, milliseconds)]) == 1

    def put_all(self, puts: list[Put]) -> int:
        """All in one step: nobody sees a part."""
        keys = [self.key(name) for name, *_ in puts]
        arguments: list[Any] = []
        for _name, value, token, milliseconds in puts:
            arguments += ("nothing", "") if token is None else ("this", token)
            arguments += (value, "" if milliseconds is None else max(1, milliseconds))
        return self.run(len(keys), *keys, *arguments)

    def run(self, *arguments: Any) -> int:
        # Not by the client's class for scripts: that is the same everywhere.
        from redis.exceptions import NoScriptError

        try:
            return int(self.client.evalsha(DIGEST, *arguments))
        except NoScriptError:
            # Nothing was done. The server forgets scripts when it restarts.
            return int(self.client.eval(COMPARE_AND_SET, *arguments))

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        keep = None if milliseconds is None else max(1, milliseconds)
        self.client.set(self.key(name), value, px=keep)
