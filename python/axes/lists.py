"""Whether somebody is on the allowlist or the denylist."""

from __future__ import annotations

from typing import Any

from axes.callables import call_setting
from axes.conf import engine, settings


def is_ip_address_in_whitelist(ip_address: str | None) -> bool:
    return engine().is_allowlisted(ip_address)


def is_ip_address_in_blacklist(ip_address: str | None) -> bool:
    return engine().is_denylisted(ip_address)


def is_client_ip_address_whitelisted(request: Any) -> bool:
    """Whether the allowlist is in use and has the client's address."""
    return engine().heeds_allowlist_for(address_of(request))


def is_client_ip_address_blacklisted(request: Any) -> bool:
    """Whether the client's address is refused: denied, or not among the only ones that may."""
    return engine().denies(address_of(request))


def is_client_method_whitelisted(request: Any) -> bool:
    return bool(settings.AXES_NEVER_LOCKOUT_GET) and request.method == "GET"


def is_user_attempt_whitelisted(request: Any, credentials: dict[str, Any] | None = None) -> bool:
    """What ``AXES_WHITELIST_CALLABLE`` says."""
    if not settings.AXES_WHITELIST_CALLABLE:
        return False
    return bool(call_setting("AXES_WHITELIST_CALLABLE", request, credentials))


def address_of(request: Any) -> str | None:
    from axes.helpers import get_client_ip_address

    if getattr(request, "axes_updated", False):
        known: str | None = request.axes_ip_address
        return known
    return get_client_ip_address(request)
