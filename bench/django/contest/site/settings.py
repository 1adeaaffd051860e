"""Settings of the site. What differs between contestants comes from the environment."""

from __future__ import annotations

import json
import os
from typing import Any

SITE: dict[str, Any] = json.loads(os.environ["BENCH_SITE"])

DATABASES = {"default": SITE["database"]}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *SITE["apps"],
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    *SITE["middleware"],
]
AUTHENTICATION_BACKENDS = [*SITE["backends"], "contest.site.backends.CountingBackend"]
# A real one takes long, the same for all; what is measured is the rest.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

ROOT_URLCONF = "contest.site.urls"
WSGI_APPLICATION = "contest.site.wsgi.application"
SECRET_KEY = "only-for-benchmarks"
ALLOWED_HOSTS = ["*"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

if SITE["redis"]:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": SITE["redis"],
        }
    }
    DEFENDER_REDIS_URL = SITE["redis"]

# Warnings are written to a file, as on a site that is watched.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": SITE["log"]}},
    "root": {"handlers": ["file"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "propagate": True}},
}

globals().update(SITE["settings"])
