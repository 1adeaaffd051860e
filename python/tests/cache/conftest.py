"""Sites whose handler keeps everything in a cache, on real servers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches

from tests.servers import MemcachedServer, RedisServer
from tests.visitor import Visitor, make_user

HANDLER = "axes.handlers.cache.AxesCacheHandler"

EXACT = {
    "redis": "django.core.cache.backends.redis.RedisCache",
    "django-redis": "django_redis.cache.RedisCache",
    "pymemcache": "django.core.cache.backends.memcached.PyMemcacheCache",
}
"""The caches that keep the failure limit exact."""

THIRD_PARTY = "tests.cache.third_party.ThirdPartyCache"

_numbers = itertools.count(1)


def configured(request: pytest.FixtureRequest, kind: str) -> dict[str, Any]:
    """What ``CACHES`` has for a cache of that kind, with no entries, on a private server."""
    is_redis = "redis" in kind
    server = request.getfixturevalue("redis_server" if is_redis else "memcached_server")
    address = f"{server.host}:{server.port}"
    location = f"redis://{address}/0" if is_redis else address
    backend = EXACT.get(kind, THIRD_PARTY)
    return {"BACKEND": backend, "LOCATION": location, "KEY_PREFIX": f"test-{next(_numbers)}"}


@pytest.fixture(params=EXACT)
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of cache; a test of a few kinds has parameters of its own."""
    return str(request.param)


@pytest.fixture
def cache_handler(request: pytest.FixtureRequest, kind: str, settings: Any, db: None) -> Any:
    """A site whose handler uses an empty cache of that kind."""
    settings.CACHES = {"default": configured(request, kind)}
    settings.AXES_HANDLER = HANDLER
    return caches["default"]


@pytest.fixture
def ada(cache_handler: Any) -> Visitor:
    """A visitor with an account at that site."""
    make_user()
    return Visitor()


@pytest.fixture
def second_memcached_server() -> Iterator[MemcachedServer]:
    """One more, which a test may kill."""
    with MemcachedServer() as server:
        yield server


@pytest.fixture
def second_redis_server() -> Iterator[RedisServer]:
    """One more, which a test may kill."""
    with RedisServer() as server:
        yield server
