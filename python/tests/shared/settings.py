"""Settings of the Django site of these tests: the one that is raced, with an admin site."""

from __future__ import annotations

from tests.race.site.settings import *  # noqa: F403
from tests.race.site.settings import INSTALLED_APPS as RACED_APPS
from tests.race.site.settings import MIDDLEWARE as RACED_MIDDLEWARE

INSTALLED_APPS = [*RACED_APPS, "django.contrib.messages", "django.contrib.admin"]
MIDDLEWARE = [*RACED_MIDDLEWARE, "django.contrib.messages.middleware.MessageMiddleware"]
ROOT_URLCONF = "tests.shared.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
