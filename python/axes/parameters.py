"""Lockout parameters as sites look them up."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.core.cache import BaseCache, caches

from axes.callables import call_setting, resolve
from axes.conf import engine, lists_of, settings, was_set

Credentials = dict[str, Any] | None
Filter = dict[str, str | None]


def get_lockout_parameters(
    request_or_attempt: Any, credentials: Credentials = None
) -> list[str | list[str]]:
    """What failures are counted on for this request: a list whose inner lists are combined."""
    if resolve("AXES_LOCKOUT_PARAMETERS") is not None:
        parameters: list[str | list[str]] = call_setting(
            "AXES_LOCKOUT_PARAMETERS", request_or_attempt, credentials
        )
        return parameters
    if was_set("AXES_LOCKOUT_PARAMETERS") and settings.AXES_LOCKOUT_PARAMETERS is not None:
        return list(settings.AXES_LOCKOUT_PARAMETERS)
    return lists_of(engine().scopes)


def get_client_parameters(
    username: str | None,
    ip_address: str | None,
    user_agent: str | None,
    request_or_attempt: Any = None,
    credentials: Credentials = None,
) -> list[Filter]:
    """What the records of this client have in common: a filter for each lockout parameter.

    Raises ``ValueError`` for a parameter that there is not.
    """
    values = {"username": username, "ip_address": ip_address, "user_agent": user_agent}
    filters = []
    for parameter in get_lockout_parameters(request_or_attempt, credentials):
        names = [parameter] if isinstance(parameter, str) else parameter
        unknown = [name for name in names if name not in values]
        if unknown:
            raise ValueError(
                f"unknown lockout parameter {unknown[0]!r}: use one of {', '.join(values)}"
            )
        filters.append({name: values[name] for name in names})
    return filters


def get_client_cache_keys(request_or_attempt: Any, credentials: Credentials = None) -> list[str]:
    """A key for each of the client's parameters, for sites that keep something of their own by it.

    The keys of the cache handler are its own business.
    """
    from axes.helpers import get_client_user_agent, get_client_username
    from axes.lists import address_of
    from axes.models import AccessBase

    if isinstance(request_or_attempt, AccessBase):
        attempt = request_or_attempt
        client = (attempt.username, attempt.ip_address, attempt.user_agent)
    else:
        request = request_or_attempt
        username = get_client_username(request, credentials)
        client = (username, address_of(request), get_client_user_agent(request))
    return make_cache_key_list(get_client_parameters(*client, request_or_attempt, credentials))


def make_cache_key_list(filter_kwargs_list: list[Filter]) -> list[str]:
    return [make_cache_key(values) for values in filter_kwargs_list]


def make_cache_key(values: Filter) -> str:
    """The key that sites know. Values run together in it, so ours are counted by other ones."""
    text = "".join(value or "" for value in values.values())
    return "axes-" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def get_cache() -> BaseCache:
    """The cache that ``AXES_CACHE`` names."""
    return caches[settings.AXES_CACHE]


def get_cache_timeout(request: Any = None) -> int | None:
    """The cool-off in seconds, as caches take it; ``None``: for ever."""
    from axes.helpers import get_cool_off

    cool_off = get_cool_off(request)
    return None if cool_off is None else int(cool_off.total_seconds())
