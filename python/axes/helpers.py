"""From requests to what the engine knows, and from its answers to responses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.utils import timezone

from axes._axes import Attempt
from axes.callables import call_setting, resolve
from axes.conf import engine, settings, values
from axes.lists import (
    is_client_ip_address_blacklisted,
    is_client_ip_address_whitelisted,
    is_client_method_whitelisted,
    is_ip_address_in_blacklist,
    is_ip_address_in_whitelist,
    is_user_attempt_whitelisted,
)
from axes.parameters import (
    get_cache,
    get_cache_timeout,
    get_client_cache_keys,
    get_client_parameters,
    get_lockout_parameters,
    make_cache_key_list,
)
from axes.responses import (
    get_cool_off_iso8601,
    get_lockout_message,
    get_lockout_response,
    get_refusal_message,
    get_unavailable_response,
)

__all__ = [
    "build_attempt",
    "cleanse_parameters",
    "get_attempt_expiration",
    "get_cache",
    "get_cache_timeout",
    "get_client_cache_keys",
    "get_client_http_accept",
    "get_client_ip_address",
    "get_client_parameters",
    "get_client_path_info",
    "get_client_session_hash",
    "get_client_str",
    "get_client_user_agent",
    "get_client_username",
    "get_cool_off",
    "get_cool_off_iso8601",
    "get_credentials",
    "get_failure_limit",
    "get_lockout_message",
    "get_lockout_parameters",
    "get_lockout_response",
    "get_overrides",
    "get_query_str",
    "get_refusal_message",
    "get_unavailable_response",
    "is_client_ip_address_blacklisted",
    "is_client_ip_address_whitelisted",
    "is_client_method_whitelisted",
    "is_ip_address_in_blacklist",
    "is_ip_address_in_whitelist",
    "is_user_attempt_whitelisted",
    "make_cache_key_list",
    "toggleable",
    "update_request",
]

UNKNOWN = "<unknown>"
MASK = "*" * 20
# What packages call it that log in by something else as well (allauth).
OTHER_NAMES = ("email", "phone", "login")

Credentials = dict[str, Any] | None
Function = TypeVar("Function", bound=Callable[..., Any])


def toggleable(func: Function) -> Function:
    """Does nothing while ``AXES_ENABLED`` is off."""

    @wraps(func)
    def toggled(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs) if values().AXES_ENABLED else None

    return toggled  # type: ignore[return-value]


def get_credentials(username: str | None = None, **kwargs: Any) -> dict[str, Any]:
    """Credentials that name their username as the settings do."""
    credentials: dict[str, Any] = {values().AXES_USERNAME_FORM_FIELD: username}
    credentials.update(kwargs)
    return credentials


def get_client_username(request: Any, credentials: Credentials = None) -> str | None:
    """The username that was tried: from the callable, the credentials or the form."""
    site = values()
    if site.AXES_USERNAME_CALLABLE:
        named: str | None = call_setting("AXES_USERNAME_CALLABLE", request, credentials)
        return named
    field = site.AXES_USERNAME_FORM_FIELD
    if credentials:
        # What most logins have.
        given: str | None = credentials.get(field)
        if given is not None:
            return given
    names = (field, "username", get_user_model().USERNAME_FIELD, *OTHER_NAMES)
    sources: list[Any] = [credentials]
    if not credentials:
        sources = [data_of(request), form_of(request)]
    for source in sources:
        for name in names:
            value: str | None = source.get(name) if source is not None else None
            if value is not None:
                return value
    return None


def get_client_ip_address(request: Any, use_ipware: bool | None = None) -> str | None:
    """The client's address: from the callable, or as the proxy settings say.

    ``use_ipware`` is accepted from older code: no other package is needed for it, or used.
    """
    if values().AXES_CLIENT_IP_CALLABLE:
        address: str | None = call_setting("AXES_CLIENT_IP_CALLABLE", request)
        return address
    return engine().client_address(request.META)


def get_client_user_agent(request: Any) -> str:
    return request.META.get("HTTP_USER_AGENT") or UNKNOWN


def get_client_path_info(request: Any) -> str:
    return request.META.get("PATH_INFO") or UNKNOWN


def get_client_http_accept(request: Any) -> str:
    return request.META.get("HTTP_ACCEPT") or UNKNOWN


def get_client_session_hash(request: Any) -> str:
    """The SHA-256 of the session's key, which the access log knows a session by."""
    session = getattr(request, "session", None)
    if session is None:
        return ""
    if session.session_key is None:
        # The login will save it anyway; its key is needed now.
        session.save()
    key = session.session_key
    return sha256(key.encode()).hexdigest() if key else ""


def get_client_str(
    username: str | None,
    ip_address: str | None,
    user_agent: str | None,
    path_info: str | None,
    request: Any = None,
) -> str:
    """The client as log lines show it: sensitive values masked, nothing that forges a line."""
    if settings.AXES_CLIENT_STR_CALLABLE:
        shown: str = call_setting(
            "AXES_CLIENT_STR_CALLABLE", username, ip_address, user_agent, path_info, request
        )
        return shown
    attempt = engine().attempt(
        username=username,
        ip_address=ip_address,
        user_agent=user_agent,
        path_info=path_info[0] if isinstance(path_info, tuple) else path_info,
        method=None,
        http_accept=None,
        get_data=[],
        post_data=[],
    )
    return engine().client_string(attempt)


def get_failure_limit(request: Any, credentials: Credentials = None) -> int:
    """The failure limit of this request."""
    if not settings.AXES_LOCKOUT_TIERS and resolve("AXES_FAILURE_LIMIT") is not None:
        limit: int = call_setting("AXES_FAILURE_LIMIT", request, credentials)
        return limit
    return engine().limit


def get_cool_off(request: Any = None) -> timedelta | None:
    """The cool-off of this request; ``None`` when failures are never forgotten."""
    if not settings.AXES_LOCKOUT_TIERS and resolve("AXES_COOLOFF_TIME") is not None:
        cool_off = call_setting("AXES_COOLOFF_TIME", request)
        return timedelta(hours=cool_off) if isinstance(cool_off, (int, float)) else cool_off
    seconds = engine().cool_off(engine().limit)
    return None if seconds is None else timedelta(seconds=seconds)


def get_attempt_expiration(request: Any = None) -> datetime:
    """When a failure of this request is forgotten. Raises ``TypeError`` when it never is."""
    cool_off = get_cool_off(request)
    if cool_off is None:
        raise TypeError("no attempt expires: AXES_COOLOFF_TIME is not set")
    moment: datetime = getattr(request, "axes_attempt_time", None) or timezone.now()
    return moment + cool_off


def cleanse_parameters(params: dict[str, Any]) -> dict[str, Any]:
    """``params`` with what is sensitive masked."""
    return {name: MASK if engine().hides(str(name)) else value for name, value in params.items()}


def get_query_str(query: Any, max_length: int = 1024) -> str:
    """The fields of ``query`` as they are recorded: one ``name=value`` a line, masked, cut."""
    return engine().form_lines(fields_of(query))[:max_length]


def get_overrides(request: Any, credentials: Credentials = None) -> dict[str, Any]:
    """What the site's own callables say about this attempt; the engine decides by it."""
    overrides: dict[str, Any] = {}
    if not engine().asks_site:
        return overrides
    if settings.AXES_WHITELIST_CALLABLE:
        overrides["exempt"] = is_user_attempt_whitelisted(request, credentials)
    if not settings.AXES_LOCKOUT_TIERS:
        if resolve("AXES_FAILURE_LIMIT") is not None:
            overrides["limit"] = call_setting("AXES_FAILURE_LIMIT", request, credentials)
        if resolve("AXES_COOLOFF_TIME") is not None:
            overrides["cool_off"] = call_setting("AXES_COOLOFF_TIME", request)
    if resolve("AXES_LOCKOUT_PARAMETERS") is not None:
        overrides["scopes"] = call_setting("AXES_LOCKOUT_PARAMETERS", request, credentials)
    return overrides


def update_request(request: Any, handler: Any = None) -> None:
    """Sets the attributes that sites read from requests, once for each request."""
    from axes.handlers.proxy import AxesProxyHandler
    from axes.state import state_of

    if getattr(request, "axes_updated", False):
        return
    handler = handler or AxesProxyHandler.get_implementation()
    later = {"axes_locked_out": False, "axes_failures_since_start": None, "axes_credentials": None}
    missing = {name: value for name, value in later.items() if not hasattr(request, name)}
    state_of(request).public(
        request,
        **missing,
        axes_attempt_time=timezone.now(),
        axes_ip_address=handler.get_client_ip_address(request),
        axes_user_agent=handler.get_client_user_agent(request),
        axes_path_info=handler.get_client_path_info(request),
        axes_http_accept=handler.get_client_http_accept(request),
        axes_updated=True,
    )


def build_attempt(request: Any, credentials: Credentials, handler: Any) -> Attempt:
    """The attempt that this request is, as ``handler`` sees its client."""
    known = getattr(request, "axes_updated", False)

    def client(name: str) -> str | None:
        value = getattr(request, f"axes_{name}", None)
        if not known:
            value = getattr(handler, f"get_client_{name}")(request)
        return None if value == UNKNOWN else value

    return engine().attempt(
        username=handler.get_client_username(request, credentials),
        ip_address=client("ip_address"),
        user_agent=client("user_agent"),
        path_info=client("path_info"),
        method=request.method,
        http_accept=client("http_accept"),
        get_data=fields_of(request.GET),
        post_data=fields_of(form_of(request)),
    )


def data_of(request: Any) -> Any:
    """The fields that REST framework reads from the body, whatever its format, or nothing."""
    try:
        data = getattr(request, "data", None)
    except Exception:  # noqa: BLE001  (parsers are anybody's, and so is what they raise)
        return None
    return data if hasattr(data, "get") else None


def form_of(request: Any) -> QueryDict:
    """The form that the request carries; an empty one where its body is none, or broken.

    Where the credentials came with the headers, a body that nobody has read stays unread: the view
    may want it in another way, or it is an upload.
    """
    request = getattr(request, "_request", request)
    if not isinstance(request, HttpRequest):
        return QueryDict()
    is_read = hasattr(request, "_post") or "POST" in vars(request)
    if not is_read and "HTTP_AUTHORIZATION" in request.META:
        return QueryDict()
    try:
        form: QueryDict = request.POST
    except (SuspiciousOperation, UnreadablePostError, RawPostDataException, MultiPartParserError):
        return QueryDict()
    return form


def fields_of(form: Any) -> list[tuple[Any, Any]]:
    """The fields of a form, one for each value."""
    if isinstance(form, QueryDict):
        return [(name, value) for name, values in form.lists() for value in values]
    return list(form.items()) if hasattr(form, "items") else []
