"""The resets that race with attempts, for whatever process does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset

USERNAMES = ["ada", "bob"]
ADDRESSES = ["198.51.100.1", "198.51.100.2"]
USERNAME, ADDRESS = USERNAMES[0], ADDRESSES[0]


def unlock_all() -> None:
    """Lifts what is locked out in this moment, as the page of the admin site does."""
    for lockout in AxesProxyHandler.lockouts()[0]:
        AxesProxyHandler.unlock(lockout.scope_key, by="root", reason="racing")


def delete_one_by_one() -> None:
    for attempt in AccessAttempt.objects.filter(username=USERNAME):
        attempt.delete()


WAYS: dict[str, Callable[[], Any]] = {
    "all": reset,
    "address": lambda: reset(ip=ADDRESS),
    "username": lambda: reset(username=USERNAME),
    "both": lambda: reset(ip=ADDRESS, username=USERNAME),
    "unlock": unlock_all,
}

# Rows that the cache handler does not write.
WAYS_OF_ROWS: dict[str, Callable[[], Any]] = {
    "queryset.delete": lambda: AccessAttempt.objects.filter(username=USERNAME).delete(),
    "attempt.delete": delete_one_by_one,
}
