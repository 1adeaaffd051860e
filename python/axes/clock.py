"""The time, as Django tells it."""

from __future__ import annotations

import time

from django.utils import timezone


def now_in_milliseconds() -> int:
    return int(timezone.now().timestamp() * 1000)


def sleep(seconds: float) -> None:
    """Lets time pass while an attempt waits for others' permits."""
    from axes.handlers.proxy import AxesProxyHandler

    time.sleep(seconds)
    # What is waited for may be a request that is gone, of which nobody else will tell.
    AxesProxyHandler.give_back_dropped()
