"""A project that counts by account and by browser, with tiers, and wires Axes itself."""

from __future__ import annotations

from datetime import timedelta

from axes.conf import LockoutTier
from tests.settings import MIDDLEWARE

from .base import *  # noqa: F403

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
MIDDLEWARE = [*MIDDLEWARE, "axes.middleware.AxesMiddleware"]

AXES_AUTO_WIRE = False
AXES_LOCKOUT_TIERS = [LockoutTier(3, timedelta(minutes=1)), LockoutTier(5, 1)]
AXES_LOCKOUT_PARAMETERS = ["username", ["ip_address", "user_agent"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_CACHE = "shared"
AXES_PASSWORD_FORM_FIELD = "secret"
AXES_HTTP_RESPONSE_CODE = 403
AXES_ENABLE_RETRY_AFTER_HEADER = False
AXES_COOLOFF_MESSAGE = "Come back later."
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT = 2
AXES_DISABLE_SUCCESS_ACCESS_LOG = True
AXES_LOGGER = "security.logins"
AXES_SENSITIVE_PARAMETERS = ["ip_address", "token"]
AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]
AXES_IPWARE_PROXY_ORDER = "right-most"
AXES_IPV6_PREFIX = 128
AXES_PERMIT_LEASE = 0.4
AXES_PERMIT_WAIT = timedelta(seconds=0.2)
AXES_ON_STORE_ERROR = "allow"
