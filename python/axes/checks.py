"""What is wrong, or risky, with the settings."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register

from axes import wiring
from axes.callables import ALWAYS_CODE, MAY_BE_CODE, resolve
from axes.conf import DEPRECATED, settings, was_set

# Caches that another process does not see, with what they are.
PER_PROCESS = {
    "django.core.cache.backends.locmem.LocMemCache": "keeps its entries in each process alone",
    "django.core.cache.backends.dummy.DummyCache": "keeps nothing",
}


@register(Tags.security, Tags.compatibility)
def axes_settings_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every setting that is wrong, all at once."""
    messages: list[CheckMessage] = []
    # Settings whose names nobody reads are looked for in all that is set.
    values = {name: getattr(settings, name) for name in dir(settings) if name.startswith("AXES_")}
    from axes._axes import Engine

    for name, unknown, wrong, right in Engine(values).problems:
        if unknown:
            text = f"{name} {wrong}: it has no effect."
            messages.append(checks.Warning(text, hint=sentence(right), id="axes.W010"))
        else:
            messages.append(Error(f"{name} {wrong}.", hint=sentence(right), id="axes.E001"))
    return messages


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith("?") else ".")


@register(Tags.security, Tags.compatibility)
def axes_code_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Settings that name code which cannot be imported."""
    messages: list[CheckMessage] = []
    for name in (*ALWAYS_CODE, *MAY_BE_CODE, "AXES_HANDLER"):
        try:
            resolve(name)
        except ImportError as error:
            hint = f"Use the dotted path of something that can be imported ({error})."
            text = f"{name} is {getattr(settings, name)!r}, which cannot be imported."
            messages.append(checks.Warning(text, hint=hint, id="axes.W005"))
    return messages


@register(Tags.security, Tags.compatibility)
def axes_wiring_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A backend or a middleware that is missing."""
    messages: list[CheckMessage] = []
    if not settings.AXES_ENABLED:
        return messages
    if not wiring.has_middleware():
        hint = f"Add {wiring.MIDDLEWARE!r} as the last, or remove AXES_AUTO_WIRE = False."
        text = "MIDDLEWARE has no AxesMiddleware: nobody is told that they are locked out."
        messages.append(checks.Warning(text, hint=hint, id="axes.W002"))
    if not wiring.has_backend():
        hint = f"Add {wiring.BACKEND!r} as the first, or remove AXES_AUTO_WIRE = False."
        text = "AUTHENTICATION_BACKENDS has no AxesStandaloneBackend: nobody is locked out."
        messages.append(checks.Warning(text, hint=hint, id="axes.W003"))
    return messages


@register(Tags.security, Tags.compatibility)
def axes_deprecation_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Settings of older versions, which still work."""
    return [
        checks.Warning(f"{name} is deprecated.", hint=about, id="axes.W004")
        for name, about in DEPRECATED.items()
        if hasattr(settings, name)
    ]


@register(Tags.caches)
def axes_cache_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A cache that does not exist, or that a site chose and other processes do not see."""
    chosen = was_set("AXES_CACHE") or settings.is_overridden("CACHES")
    return [message for message in cache_messages() if chosen or message.is_serious()]


@register(Tags.caches, deploy=True)
def axes_default_cache_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The same for the cache that Django has where a site chose none."""
    shown = axes_cache_check()
    return [message for message in cache_messages() if message not in shown]


def cache_messages() -> list[CheckMessage]:
    """What there is to say about the cache that ``AXES_CACHE`` names."""
    alias = settings.AXES_CACHE
    if not isinstance(alias, str):
        return []
    if alias not in settings.CACHES:
        known = ", ".join(sorted(settings.CACHES))
        text = f"AXES_CACHE is {alias!r}, which CACHES does not have."
        return [Error(text, hint=f"Use one of: {known}.", id="axes.E002")]
    backend = settings.CACHES[alias].get("BACKEND")
    if backend not in PER_PROCESS:
        return []
    text = (
        f"The cache {alias!r} {PER_PROCESS[backend]}, so Axes does not use it: every decision is "
        "made in the database, and a reset holds in every process at once."
    )
    hint = (
        "Nothing has to be done. To spare the database during attacks, name a cache that all "
        "processes share (Redis, Memcached) in AXES_CACHE."
    )
    return [Info(text, hint=hint, id="axes.I001")]
