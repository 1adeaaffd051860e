"""A project that has switched Axes off."""

from __future__ import annotations

from .base import *  # noqa: F403

AXES_ENABLED = False
