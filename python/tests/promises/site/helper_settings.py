"""Settings of the other process: those of the tests, with what the configuration changes."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403

globals().update(json.loads(os.environ["PROMISE_SETTINGS"]))

ROOT_URLCONF = "tests.promises.site.urls"
LOGGING_CONFIG = None
