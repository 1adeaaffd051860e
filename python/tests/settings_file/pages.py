"""A project that guards its admin site and shows a page of its own."""

from __future__ import annotations

from datetime import timedelta

from .base import *  # noqa: F403

AXES_ONLY_ADMIN_SITE = True
AXES_FAILURE_LIMIT = 2
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_TEMPLATE = "lockout.html"
AXES_LOCKOUT_URL = "/locked-out/"
