"""The time, as Django tells it."""

from __future__ import annotations

from django.utils import timezone


def now_in_milliseconds() -> int:
    return int(timezone.now().timestamp() * 1000)
