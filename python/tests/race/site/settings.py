"""Settings of the site that is raced; what differs between races comes from the environment."""

from __future__ import annotations

import json
import os

globals().update(json.loads(os.environ.get("RACE_SETTINGS", "{}")))

DATABASES = {"default": json.loads(os.environ["RACE_DATABASE"])}
CHECKS_FILE = os.environ["RACE_CHECKS_FILE"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "axes",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
AUTHENTICATION_BACKENDS = ["tests.race.site.backends.SlowBackend"]
ROOT_URLCONF = "tests.race.site.urls"
WSGI_APPLICATION = "tests.race.site.wsgi.application"
SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["127.0.0.1"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"log": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["log"], "level": "WARNING"},
}

AXES_FAILURE_LIMIT = 3
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = "tests.race.site.scopes.of_path"
AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR"]
AXES_IPWARE_PROXY_TRUSTED_IPS = ["127.0.0.1"]
