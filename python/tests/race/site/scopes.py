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
    return SCOPES[request.resolver_match.kwargs["scopes"]]
