"""Redis: the server compares and sets in one step."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.redis import RedisCache

from axes.entries.base import Entries, Found, text_of

COMPARE_AND_SET = """
local found = redis.call('GET', KEYS[1])
if ARGV[1] == 'nothing' then
  if found then return 0 end
elseif found ~= ARGV[2] then
  return 0
end
if ARGV[4] == '' then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
return 1
"""


def is_django_redis(cache: type) -> bool:
    """Whether it is the cache of the package django-redis, with one server that is written to."""
    return any(base.__module__ == "django_redis.cache" for base in cache.__mro__)


class RedisEntries(Entries):
    """By Django's own cache or that of django-redis.

    All is read where it is written: a replica may be late.
    """

    @property
    def client(self) -> Any:
        ours = isinstance(self.cache, RedisCache)
        return (self.cache._cache if ours else self.cache.client).get_client(write=True)

    def get(self, names: list[str]) -> list[Found]:
        found = self.client.mget([self.key(name) for name in names])
        return [None if value is None else (text_of(value), value) for value in found]

    def put(self, name: str, value: str, token: Any, milliseconds: int | None) -> bool:
        wanted = ("nothing", "") if token is None else ("this", token)
        keep = "" if milliseconds is None else max(1, milliseconds)
        return bool(self.client.eval(COMPARE_AND_SET, 1, self.key(name), *wanted, value, keep))

    def set(self, name: str, value: str, milliseconds: int | None) -> None:
        keep = None if milliseconds is None else max(1, milliseconds)
        self.client.set(self.key(name), value, px=keep)
