"""A project that has not touched its settings for years: most names are deprecated."""

from __future__ import annotations

from .base import *  # noqa: F403

AXES_ONLY_USER_FAILURES = True
AXES_LOCK_OUT_BY_USER_OR_IP = True
AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP = True
AXES_USE_USER_AGENT = True
AXES_PROXY_ORDER = "right-most"
AXES_PROXY_COUNT = 1
AXES_PROXY_TRUSTED_IPS = ["10.0.0.0/8"]
AXES_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR"]

AXES_NEVER_LOCKOUT_GET = True
AXES_PERMALOCK_MESSAGE = "Ask the help desk."
AXES_ALLOWED_CORS_ORIGINS = "https://app.example.com"
