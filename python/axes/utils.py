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
    """Forgets the failures that keep this request's client out, and returns how many records were
    deleted.

    The username is that of the query string's ``username`` field.
    """
    from axes.helpers import get_client_ip_address, get_credentials
    from axes.parameters import get_lockout_parameters

    username = request.GET.get("username")
    ip_address = get_client_ip_address(request)
    credentials = None if username is None else get_credentials(username)
    resets: list[tuple[str | None, str | None]] = []
    for parameter in get_lockout_parameters(request, credentials):
        names = [parameter] if isinstance(parameter, str) else parameter
        chosen = (
            ip_address if "ip_address" in names else None,
            username if "username" in names else None,
        )
        # With nothing chosen, everybody would be let in.
        if chosen != (None, None) and chosen not in resets:
            resets.append(chosen)
    return sum(reset(*chosen) for chosen in resets)
