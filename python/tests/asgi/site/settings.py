"""The settings of the site that is raced, for asynchronous views and middleware."""

from __future__ import annotations

from tests.race.site.settings import *  # noqa: F403
from tests.race.site.settings import MIDDLEWARE

MIDDLEWARE = ["tests.asgi.site.middleware.stamp", *MIDDLEWARE]
AUTHENTICATION_BACKENDS = ["tests.asgi.site.backends.SlowAsyncBackend"]
ROOT_URLCONF = "tests.asgi.site.urls"
ASGI_APPLICATION = "tests.asgi.site.asgi.application"
