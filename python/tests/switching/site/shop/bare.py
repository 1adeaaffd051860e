"""The shop's settings without backend and middleware of the guard."""

from __future__ import annotations

from shop import settings

globals().update({name: getattr(settings, name) for name in dir(settings) if name.isupper()})

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("axes.")]
