"""How many tries somebody has left, as Axes counts them."""

from __future__ import annotations

from django.http import HttpRequest

from axes.helpers import get_failure_limit


def tries_left(request: HttpRequest, username: str) -> int | None:
    """The tries left after a failed login, or ``None`` when ``request`` was not counted."""
    failures = getattr(request, "axes_failures_since_start", None)
    if not failures:
        return None
    return max(get_failure_limit(request, {"username": username}) - failures, 0)
