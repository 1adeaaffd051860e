"""Settings of a site whose users live in one database, and what Axes counts in another.

So the database of Axes can go away alone, and what the site does then is Axes' doing.
"""

from __future__ import annotations

import json
import os

from tests.race.site.settings import *  # noqa: F403

DATABASES = {
    "default": json.loads(os.environ["RACE_SETTINGS"])["USERS_DATABASE"],
    "axes": json.loads(os.environ["RACE_DATABASE"]),
}
DATABASE_ROUTERS = ["tests.promises.site.routers.AxesRouter"]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = True
