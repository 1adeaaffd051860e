"""Whether somebody is to be answered with a page or with JSON."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# `application/json` and whatever is JSON underneath, such as `application/problem+json`.
JSON = re.compile(r"application/(?:[\w.-]+\+)?json")
QUALITY = re.compile(r"q\s*=\s*([01](?:\.\d*)?)")

# More than this is nobody's list of media types.
MAX_ACCEPT = 2048


def wants_json(request: Any, response: Any = None) -> bool:
    """Whether a script or an API asked: it says so itself, it sent JSON, it prefers JSON to HTML,
    or JSON is what it would have got."""
    meta = request.META
    return (
        meta.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest"
        or is_json((getattr(response, "headers", None) or {}).get("Content-Type"))
        or is_json(meta.get("CONTENT_TYPE"))
        or prefers_json((meta.get("HTTP_ACCEPT") or "")[:MAX_ACCEPT])
    )


def is_json(content_type: Any) -> bool:
    media_type = str(content_type or "").partition(";")[0].strip().lower()
    return JSON.fullmatch(media_type) is not None


# Browsers send the same each time, and so does whoever attacks.
@lru_cache(maxsize=128)
def prefers_json(accept: str) -> bool:
    """Whether an ``Accept`` header likes JSON better than HTML (RFC 9110, 12.5.1), or as well but
    names only JSON."""
    json = html = (-1, 0.0)
    for entry in accept.lower().split(","):
        media_type, *parameters = map(str.strip, entry.split(";"))
        found = [match for match in map(QUALITY.fullmatch, parameters) if match]
        quality = float(found[0][1]) if found else 1.0
        # The most specific range that fits a type holds for it.
        if JSON.fullmatch(media_type):
            json = max(json, (2, quality))
        elif media_type == "text/html":
            html = max(html, (2, quality))
        elif media_type == "application/*":
            json = max(json, (1, quality))
        elif media_type == "text/*":
            html = max(html, (1, quality))
        elif media_type == "*/*":
            json, html = max(json, (0, quality)), max(html, (0, quality))
    return json[1] > 0 and (json[1], json[0]) > (html[1], html[0])
