"""What is wrong, or risky, with the settings."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from axes import wiring
from axes._axes import lockouts_of, wrong_url
from axes.callables import ALWAYS_CODE, MAY_BE_CODE, code_of
from axes.conf import DEPRECATED, engine, settings, was_set
from axes.entries.lacks import lack_of
from axes.exceptions import AxesStoreError
from axes.logger import MISSING, one_line
from axes.stores import USE_ANOTHER, database_at, shared_file

# Caches that another process does not see, with what they are.
PER_PROCESS = {
    "django.core.cache.backends.locmem.LocMemCache": "keeps its entries in each process alone",
    "django.core.cache.backends.dummy.DummyCache": "keeps nothing",
}


class Messages:
    """What the checks that sites may know by name say."""

    CACHE_INVALID = (
        "AXES_CACHE names a cache that cannot keep the failure limit exact in every process."
    )
    MIDDLEWARE_INVALID = (
        "MIDDLEWARE has no AxesMiddleware: nobody is told that they are locked out."
    )
    BACKEND_INVALID = "AUTHENTICATION_BACKENDS has no AxesStandaloneBackend: nobody is locked out."
    SETTING_DEPRECATED = "{deprecated_setting} is deprecated."
    CALLABLE_INVALID = "{callable_setting} names something that cannot be imported."
    LOCKOUT_PARAMETERS_INVALID = (
        "AXES_LOCKOUT_PARAMETERS never counts by ip_address: whoever knows a username can lock its "
        "owner out from anywhere."
    )


class Hints:
    """What to do about it."""

    CACHE_INVALID = "Name a cache on Redis or Memcached, or use the database handler."
    MIDDLEWARE_INVALID = f"Add {wiring.MIDDLEWARE!r} as the last, or remove AXES_AUTO_WIRE = False."
    BACKEND_INVALID = f"Add {wiring.BACKEND!r} as the first, or remove AXES_AUTO_WIRE = False."
    SETTING_DEPRECATED = (
        "It still works. The settings reference (docs/reference/settings.md) says what replaces it."
    )
    CALLABLE_INVALID = "Use a callable, or the dotted path of one in a module that can be imported."
    LOCKOUT_PARAMETERS_INVALID = (
        "Combine it, as in [['username', 'ip_address']], or silence this check where that is what "
        "you want."
    )


class Codes:
    """By which they are silenced."""

    CACHE_INVALID = "axes.W001"
    MIDDLEWARE_INVALID = "axes.W002"
    BACKEND_INVALID = "axes.W003"
    SETTING_DEPRECATED = "axes.W004"
    CALLABLE_INVALID = "axes.W005"
    LOCKOUT_PARAMETERS_INVALID = "axes.W006"
    LOCKOUT_TIERS_CONFLICT = "axes.W007"


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
def axes_conf_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Settings that name code which cannot be imported."""
    messages: list[CheckMessage] = []
    for name in (*ALWAYS_CODE, *MAY_BE_CODE, "AXES_HANDLER"):
        if not is_valid_callable(getattr(settings, name), is_code=name not in MAY_BE_CODE):
            text = Messages.CALLABLE_INVALID.format(callable_setting=name)
            messages.append(
                checks.Warning(text, hint=Hints.CALLABLE_INVALID, id=Codes.CALLABLE_INVALID)
            )
    return messages


def is_valid_callable(value: Any, is_code: bool = True) -> bool:
    """Whether ``value`` is no code, or code that can be imported. A text is code where the setting
    ``is_code`` in any case, or where it looks like a dotted path."""
    try:
        code_of(value, is_code)
    except ImportError:
        return False
    return True


@register(Tags.security, Tags.compatibility)
def axes_lockout_params_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Lockouts of an account that need no more than its name."""
    name = "AXES_LOCKOUT_PARAMETERS"
    value = getattr(settings, name)
    # What code says is known only with a request, and the deprecated flags have a check already.
    if not was_set(name) or value is None or isinstance(value, str) or callable(value):
        return []
    if any("ip_address" in scope for scope in engine().scopes):
        return []
    return [
        checks.Warning(
            Messages.LOCKOUT_PARAMETERS_INVALID,
            hint=Hints.LOCKOUT_PARAMETERS_INVALID,
            id=Codes.LOCKOUT_PARAMETERS_INVALID,
        )
    ]


@register(Tags.security, Tags.compatibility)
def axes_lockout_tiers_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Settings that tiers stand for."""
    replaced = [name for name in ("AXES_FAILURE_LIMIT", "AXES_COOLOFF_TIME") if was_set(name)]
    if not settings.AXES_LOCKOUT_TIERS or not replaced:
        return []
    hint = "The tiers say how many failures lock out, and for how long."
    verb = "has" if len(replaced) == 1 else "have"
    text = f"{' and '.join(replaced)} {verb} no effect while AXES_LOCKOUT_TIERS is set."
    return [checks.Warning(text, hint=hint, id=Codes.LOCKOUT_TIERS_CONFLICT)]


@register(Tags.security, Tags.compatibility)
def axes_middleware_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A middleware that is missing."""
    if not settings.AXES_ENABLED or wiring.has_middleware():
        return []
    text, hint = Messages.MIDDLEWARE_INVALID, Hints.MIDDLEWARE_INVALID
    return [checks.Warning(text, hint=hint, id=Codes.MIDDLEWARE_INVALID)]


@register(Tags.security, Tags.compatibility)
def axes_backend_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A backend that is missing. One that cannot be imported breaks every login: sites expect that
    to be raised, so it is."""
    if not settings.AXES_ENABLED:
        return []
    for path in settings.AUTHENTICATION_BACKENDS:
        try:
            import_string(path)
        except ImportError as error:
            text = f"AUTHENTICATION_BACKENDS names {path!r}, which cannot be imported: {error}"
            raise type(error)(text) from None
    if wiring.has_backend():
        return []
    text, hint = Messages.BACKEND_INVALID, Hints.BACKEND_INVALID
    return [checks.Warning(text, hint=hint, id=Codes.BACKEND_INVALID)]


@register(Tags.security, Tags.compatibility)
def axes_deprecation_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Settings of older versions, which still work."""
    return [
        checks.Warning(
            Messages.SETTING_DEPRECATED.format(deprecated_setting=name),
            hint=Hints.SETTING_DEPRECATED,
            id=Codes.SETTING_DEPRECATED,
        )
        for name in DEPRECATED
        if hasattr(settings, name)
    ]


@register(Tags.caches)
def axes_cache_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A cache that does not exist, one that the cache handler cannot rely on, or one that a site
    chose for Axes and other processes do not see."""
    chosen = was_set("AXES_CACHE")
    return [message for message in cache_messages() if chosen or message.level > checks.INFO]


@register(Tags.caches, deploy=True)
def axes_default_cache_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The same for the cache that is there where a site chose none for Axes."""
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
    if is_cache_handler():
        lack = lack_of(backend, settings.CACHES[alias])
        text = f"{Messages.CACHE_INVALID[:-1]}: {alias!r} {lack}."
        known_lack = checks.Warning(text, hint=Hints.CACHE_INVALID, id=Codes.CACHE_INVALID)
        return [known_lack] if lack else []
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


@register(Tags.security, Tags.compatibility)
def axes_store_check(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A store that the native handler cannot use, or that other processes do not see."""
    url = settings.AXES_STORE
    if not is_native_handler():
        if url is None:
            return []
        text = "AXES_STORE has no effect: AXES_HANDLER is not the native handler."
        hint = f"Set AXES_HANDLER = {NATIVE!r}, or remove AXES_STORE."
        return [checks.Warning(text, hint=hint, id="axes.W008")]
    if url is None:
        text = "AXES_STORE is not set, and the native handler needs it: every login is an error."
        return [Error(text, hint=HOW_URLS_LOOK, id="axes.E003")]
    if not isinstance(url, str):
        # Another check names it.
        return []
    if wrong_url(url) is not None:
        # What it is may be a password.
        return [Error("AXES_STORE is no URL of a store.", hint=HOW_URLS_LOOK, id="axes.E003")]
    alias = database_at(url)
    if alias is not None:
        return [Error(shared_file(alias), hint=USE_ANOTHER, id="axes.E004")]
    if url.startswith("memory:"):
        text = "AXES_STORE keeps everything in the memory of each process alone."
        hint = "Use it for tests and for sites that are one process, and silence this check there."
        return [checks.Warning(text, hint=hint, id="axes.W009")]
    return []


HOW_URLS_LOOK = (
    "Use a URL such as redis://127.0.0.1:6379/0, postgres://user:password@host/database or "
    "sqlite:/var/lib/axes/axes.sqlite3."
)


@register(Tags.database)
def axes_store_answers_check(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A store that does not answer: asked where databases are, by ``migrate`` and on demand."""
    if not databases or not is_native_handler():
        return []
    try:
        lockouts_of(engine(), engine().native_store(), ["0" * 64])
    except ImproperlyConfigured:
        # Another check says so.
        return []
    except AxesStoreError as error:
        cause = str(error.__cause__ or "")
        if MISSING.search(cause):
            # `migrate` has not made them yet.
            return []
        text = f"The store of AXES_STORE does not answer: {one_line(cause or str(error))}."
        hint = "Until it does, nobody can log in, unless AXES_ON_STORE_ERROR is 'allow'."
        return [checks.Warning(text, hint=hint, id="axes.W011")]
    return []


NATIVE = "axes.handlers.native.AxesNativeHandler"


def is_native_handler() -> bool:
    """Whether the handler uses the store of ``AXES_STORE``."""
    from axes.handlers.native import AxesNativeHandler

    return is_handler(AxesNativeHandler)


def is_cache_handler() -> bool:
    """Whether the handler keeps everything in the cache."""
    from axes.handlers.cache import AxesCacheHandler

    return is_handler(AxesCacheHandler)


def is_handler(kind: type) -> bool:
    """Whether the site's handler is one of that kind."""
    try:
        handler = import_string(settings.AXES_HANDLER)
    except ImportError:
        # Another check names it.
        return False
    return isinstance(handler, type) and issubclass(handler, kind)
