"""Resets, for a site's own code."""

from __future__ import annotations

from django.http import HttpRequest

from axes.handlers.proxy import AxesProxyHandler


def reset(ip: str | None = None, username: str | None = None, ip_or_username: bool = False) -> int:
    """Forgets failures: all of them, or those from ``ip`` and (or: or) on ``username``.

    Returns how many records were deleted. When it returns, nothing refuses because of them, in any
    process.
    """
    return AxesProxyHandler.reset_attempts(
        ip_address=ip, username=username, ip_or_username=ip_or_username
    )


def reset_request(request: HttpRequest) -> int:
    """Forgets the failures that keep this request's client out.

    The username is that of the query string's ``username`` field.
    """
    from axes.helpers import get_client_ip_address

    parameters = {name for scope in AxesProxyHandler.scopes(request) for name in scope}
    ip_address = get_client_ip_address(request) if "ip_address" in parameters else None
    username = request.GET.get("username") if "username" in parameters else None
    if ip_address is None and username is None:
        return 0
    together = [["ip_address", "username"], ["username", "ip_address"]]
    joined = any(scope[:2] in together for scope in AxesProxyHandler.scopes(request))
    return reset(ip=ip_address, username=username, ip_or_username=not joined)
