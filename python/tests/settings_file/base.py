"""The settings file of a project, without a word about Axes but that it is there."""

from __future__ import annotations

import atexit
import tempfile

from tests.settings import *  # noqa: F403
from tests.settings import TEMPLATES

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHE_FOLDER = tempfile.TemporaryDirectory(prefix="axes-")
atexit.register(CACHE_FOLDER.cleanup)
CACHES = {
    name: {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": f"{CACHE_FOLDER.name}/{name}",
    }
    for name in ("default", "shared")
}
(TEMPLATE_ENGINE,) = TEMPLATES
TEMPLATES = [
    {
        "BACKEND": TEMPLATE_ENGINE["BACKEND"],
        "OPTIONS": {
            **TEMPLATE_ENGINE["OPTIONS"],
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {"lockout.html": "Locked: {{ username }}, {{ failure_limit }} tries"},
                ),
                "django.template.loaders.app_directories.Loader",
            ],
        },
    }
]
