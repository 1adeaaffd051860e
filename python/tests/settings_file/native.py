"""A project whose handler leaves everything to a file of SQLite."""

from __future__ import annotations

import atexit
import tempfile
from datetime import timedelta

from .base import *  # noqa: F403

STORE_FOLDER = tempfile.TemporaryDirectory(prefix="axes-")
atexit.register(STORE_FOLDER.cleanup)

AXES_HANDLER = "axes.handlers.native.AxesNativeHandler"
AXES_STORE = f"sqlite:{STORE_FOLDER.name}/axes.sqlite3"
AXES_STORE_CONNECTIONS = 4
AXES_STORE_TIMEOUT = timedelta(seconds=2)
