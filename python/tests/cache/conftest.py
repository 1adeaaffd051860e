"""Sites whose handler keeps everything in a cache, on real servers."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches

from tests.visitor import Visitor, make_user

HANDLER = "axes.handlers.cache.AxesCacheHandler"

REDIS = "django.core.cache.backends.redis.RedisCache"
DJANGO_REDIS = "django_redis.cache.RedisCache"
PYMEMCACHE = "django.core.cache.backends.memcached.PyMemcacheCache"
PYLIBMC = "django.core.cache.backends.memcached.PyLibMCCache"

EXACT = {
    "redis": REDIS,
    "django-redis": DJANGO_REDIS,
    "pymemcache": PYMEMCACHE,
    "pylibmc": PYLIBMC,
}
"""The caches that keep the failure limit exact."""


def cache_settings(request: pytest.FixtureRequest, kind: str) -> dict[str, Any]:
    """What ``CACHES`` has for a cache of that kind, on a private server."""
    is_redis = "redis" in kind
    server = request.getfixturevalue("redis_server" if is_redis else "memcached_server")
    address = f"{server.host}:{server.port}"
    location = f"redis://{address}/0" if is_redis else address
    # Nothing else of this run of the tests is under this prefix.
    prefix = f"{request.node.name}-{kind}"
    return {"BACKEND": EXACT[kind], "LOCATION": location, "KEY_PREFIX": prefix}


@pytest.fixture(params=EXACT)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cached(request: pytest.FixtureRequest, kind: str, settings: Any, db: None) -> Visitor:
    """Ada, at a site whose handler uses a cache of that kind, which is empty."""
    settings.CACHES = {"default": cache_settings(request, kind)}
    settings.AXES_HANDLER = HANDLER
    caches["default"].clear()
    make_user()
    return Visitor()
