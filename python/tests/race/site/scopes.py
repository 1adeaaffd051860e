"""What failures are counted on: the path of the login says it, so that one site runs all races."""

from __future__ import annotations

from typing import Any

SCOPES: dict[str, list[Any]] = {
    "address": ["ip_address"],
    "username": ["username"],
    "both": [["username", "ip_address"]],
    "either": ["username", "ip_address"],
}


def of_path(request: Any, credentials: Any) -> list[Any]:
    page = request.resolver_match
    # A login that no page made, such as that of a test's browser.
    return SCOPES[page.kwargs["scopes"] if page else "address"]
