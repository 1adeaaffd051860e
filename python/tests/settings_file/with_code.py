"""A project whose own code decides."""

from __future__ import annotations

from .base import *  # noqa: F403

CODE = "tests.settings_file.code_of_site"

AXES_FAILURE_LIMIT = f"{CODE}.limit"
AXES_COOLOFF_TIME = f"{CODE}.cool_off"
AXES_USE_ATTEMPT_EXPIRATION = True
AXES_USERNAME_CALLABLE = f"{CODE}.username"
AXES_WHITELIST_CALLABLE = f"{CODE}.exempt"
AXES_CLIENT_IP_CALLABLE = f"{CODE}.address"
AXES_CLIENT_STR_CALLABLE = f"{CODE}.describe"
AXES_LOCKOUT_CALLABLE = f"{CODE}.answer"
