"""Putting the backend and the middleware in their places."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string

from axes.conf import engine, settings

BACKEND = "axes.backends.AxesStandaloneBackend"
MIDDLEWARE = "axes.middleware.AxesMiddleware"


def names_class(paths: Any, base: type) -> bool:
    """Whether one of the dotted ``paths`` names ``base`` or a subclass of it."""
    for path in paths:
        try:
            named = import_string(path)
        except ImportError:
            # Django itself says so, where it is used.
            continue
        if isinstance(named, type) and issubclass(named, base):
            return True
    return False


def has_backend() -> bool:
    from axes.backends import AxesStandaloneBackend

    return names_class(settings.AUTHENTICATION_BACKENDS, AxesStandaloneBackend)


def has_middleware() -> bool:
    from axes.middleware import AxesMiddleware

    return names_class(settings.MIDDLEWARE, AxesMiddleware)


def wire() -> list[str]:
    """Adds the backend (first) and the middleware (last) where the settings name none."""
    wired: list[str] = []
    if not settings.AXES_ENABLED or settings.AXES_AUTO_WIRE is not True:
        return wired
    if not has_backend():
        settings.AUTHENTICATION_BACKENDS = [BACKEND, *settings.AUTHENTICATION_BACKENDS]
        wired.append("authentication backend")
    if not has_middleware():
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, MIDDLEWARE]
        wired.append("middleware")
    return wired


def announcement() -> str:
    """What is counted on, in words."""
    scopes = engine().scopes
    parts = ["combination of " + " and ".join(s) if len(s) > 1 else s[0] for s in scopes]
    return "blocking by " + " or ".join(parts)
