"""A project that only watches, with a handler of its own."""

from __future__ import annotations

from .base import *  # noqa: F403

AXES_LOCK_OUT_AT_FAILURE = False
AXES_VERBOSE = False
AXES_HANDLER = "tests.settings_file.code_of_site.NoticingHandler"
