"""The settings, and the engine that decides by them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from axes._axes import Engine, Snapshot, defaults, deprecated

__all__ = ["LockoutTier", "engine", "install_defaults", "settings", "values"]

# The settings are read when they are used, so that `override_settings` takes effect at once. Their
# types are the engine's business.
settings: Any = django_settings


def values() -> Any:
    """The settings as they are at the moment, for whoever reads several: each time that Django's
    own object is asked it runs code."""
    return settings._wrapped


DEPRECATED = dict(deprecated())
NAMES = [*defaults(), *DEPRECATED]

_ABSENT = object()
Work = TypeVar("Work", bound=Callable[..., Any])
# What Axes itself put into Django's settings, frozen.
_installed: dict[str, Any] = {}


@dataclass(frozen=True)
class LockoutTier:
    """From ``failures`` failures on, a lockout lasts ``cooloff``."""

    failures: int
    cooloff: timedelta | int | float


def install_defaults() -> None:
    """Makes every default readable from ``django.conf.settings``; what is set stays as it is."""
    # Lists of their own: whoever changes one in place changes the setting, not the default.
    for name, value in defaults().items():
        if not hasattr(settings, name):
            install(name, default_of(name, value))


def install(name: str, value: Any) -> None:
    setattr(settings, name, value)
    _installed[name] = frozen(value)


def was_set(name: str) -> bool:
    """Whether the site set ``name`` itself, as far as its value tells."""
    return name not in _installed or frozen(getattr(settings, name)) != _installed[name]


def install_username_field() -> None:
    """The user model is known only when all models are."""
    if not was_set("AXES_USERNAME_FORM_FIELD"):
        install("AXES_USERNAME_FORM_FIELD", get_user_model().USERNAME_FIELD)


def default_of(name: str, value: Any) -> Any:
    """The default of the setting ``name``, where Django knows better than the engine."""
    if name == "AXES_COOLOFF_MESSAGE":
        return _("Account locked: too many login attempts. Please try again later.")
    if name == "AXES_PERMALOCK_MESSAGE":
        return _(
            "Account locked: too many login attempts. Contact an admin to unlock your account."
        )
    if name == "AXES_IPWARE_META_PRECEDENCE_ORDER" and not hasattr(
        settings, "AXES_META_PRECEDENCE_ORDER"
    ):
        return getattr(settings, "IPWARE_META_PRECEDENCE_ORDER", value)
    if name == "AXES_LOCKOUT_PARAMETERS":
        flags = {flag: getattr(settings, flag) for flag in DEPRECATED if hasattr(settings, flag)}
        return lists_of(Engine(flags).scopes)
    return value


def lists_of(scopes: list[list[str]]) -> list[str | list[str]]:
    """``scopes`` as a site writes them: one that has one parameter is no list."""
    return [scope[0] if len(scope) == 1 else scope for scope in scopes]


class _EngineOfSettings:
    """The engine for the settings as they are now: settings are read when they are used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: tuple[Snapshot, Engine] | None = None
        self._held = threading.local()

    def __call__(self) -> Engine:
        held: Engine | None = vars(self._held).get("engine")
        return self._current() if held is None else held

    def held(self, work: Work) -> Work:
        """Lets ``work`` look at the settings once, however often it asks for the engine."""

        @wraps(work)
        def holding(*arguments: Any, **named: Any) -> Any:
            held = vars(self._held)
            if "engine" in held:
                return work(*arguments, **named)
            held["engine"] = self._current()
            try:
                return work(*arguments, **named)
            finally:
                del held["engine"]

        return holding  # type: ignore[return-value]

    def _current(self) -> Engine:
        latest = self._latest
        if latest is None or not latest[0].holds(settings):
            with self._lock:
                latest = self._latest = self._read()
        return latest[1]

    def _read(self) -> tuple[Snapshot, Engine]:
        # First: what changes meanwhile is noticed by the next that asks.
        snapshot = Snapshot(settings, NAMES)
        current = {}
        for name in NAMES:
            value = getattr(settings, name, _ABSENT)
            if value is not _ABSENT and not gives_way(name):
                current[name] = value
        return snapshot, Engine(current)


def gives_way(name: str) -> bool:
    """Whether the engine may use its own default for the setting ``name``, or a deprecated name,
    where a site has one. What the site set itself gives way to nothing."""
    if was_set(name):
        return False
    return name == "AXES_LOCKOUT_PARAMETERS" or _installed[name] == _DEFAULTS[name]


def frozen(value: Any) -> tuple[Any, ...]:
    """``value`` so that it equals what is the same and nothing else: a list may change in place,
    and ``True`` equals ``1``."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return (type(value), *map(frozen, value))
    return (type(value), value)


_DEFAULTS = {name: frozen(value) for name, value in defaults().items()}

engine = _EngineOfSettings()
