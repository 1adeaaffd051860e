"""The shop's settings with everything in a cache, in the folder `SHOP_CACHE`."""

from __future__ import annotations

import os

from shop import settings

globals().update({name: getattr(settings, name) for name in dir(settings) if name.isupper()})

AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_USE_ATTEMPT_EXPIRATION = False
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": os.environ["SHOP_CACHE"],
    }
}
