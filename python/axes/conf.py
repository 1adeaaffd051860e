"""The settings, and the engine that decides by them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from axes._axes import Engine, defaults, deprecated

__all__ = ["LockoutTier", "engine", "install_defaults", "settings"]

# The settings are read when they are used, so that `override_settings` takes effect at once. Their
# types are the engine's business.
settings: Any = django_settings

DEPRECATED = dict(deprecated())
NAMES = (*defaults(), *DEPRECATED)

_ABSENT = object()
_DEFAULTS = defaults()
_defaulted: set[str] = set()


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
            setattr(settings, name, default_of(name, value))
            _defaulted.add(name)


def was_set(name: str) -> bool:
    """Whether the site set ``name`` itself, as far as its value tells."""
    return name not in _defaulted or getattr(settings, name) != _DEFAULTS[name]


def install_username_field() -> None:
    """The user model is known only when all models are."""
    if "AXES_USERNAME_FORM_FIELD" in _defaulted:
        settings.AXES_USERNAME_FORM_FIELD = get_user_model().USERNAME_FIELD


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
    return value


class _EngineOfSettings:
    """The engine for the settings as they are now: settings are read when they are used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: tuple[dict[str, Any], Engine] | None = None

    def __call__(self) -> Engine:
        current = {}
        for name in NAMES:
            value = getattr(settings, name, _ABSENT)
            if value is not _ABSENT:
                current[name] = value
        seen = {name: frozen(value) for name, value in current.items()}
        for name in _defaulted:
            # A default gives way to the deprecated name of its setting; what was set does not.
            if seen.get(name) == _FROZEN_DEFAULTS[name]:
                del seen[name]
        latest = self._latest
        if latest is None or latest[0] != seen:
            with self._lock:
                latest = self._latest = (seen, Engine({name: current[name] for name in seen}))
        return latest[1]


def frozen(value: Any) -> tuple[Any, ...]:
    """``value`` so that it equals what is the same and nothing else: a list may change in place,
    and ``True`` equals ``1``."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return (type(value), *map(frozen, value))
    return (type(value), value)


_FROZEN_DEFAULTS = {name: frozen(value) for name, value in _DEFAULTS.items()}

engine = _EngineOfSettings()
