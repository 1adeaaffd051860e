"""A cache that is none of Django's own."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.memcached import PyMemcacheCache


class ThirdPartyCache(BaseCache):
    """Memcached, by somebody else's client. It does what every cache does, and no more."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.other = PyMemcacheCache(location, params)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self.other.add(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self.other.get(*args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self.other.set(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self.other.delete(*args, **kwargs)

    def close(self, **kwargs: Any) -> None:
        self.other.close(**kwargs)
