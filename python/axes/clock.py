"""The time, as Django tells it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from datetime import timezone as offsets

from django.conf import settings
from django.utils import timezone

EPOCH = datetime(1970, 1, 1, tzinfo=offsets.utc)
MILLISECOND = timedelta(milliseconds=1)


def now_in_milliseconds() -> int:
    return int(timezone.now().timestamp() * 1000)


def moment(milliseconds: int) -> datetime:
    """A point in time as Django takes one."""
    found = EPOCH + milliseconds * MILLISECOND
    return found if settings.USE_TZ else timezone.make_naive(found, timezone.get_default_timezone())


def milliseconds(time: datetime) -> int:
    """A point in time in milliseconds since 1970; one without a time zone is of the site's."""
    if timezone.is_naive(time):
        time = timezone.make_aware(time, timezone.get_default_timezone())
    return (time - EPOCH) // MILLISECOND


def sleep(seconds: float) -> None:
    """Lets time pass while an attempt waits for others' permits."""
    from axes.handlers.proxy import AxesProxyHandler

    time.sleep(seconds)
    # What is waited for may be a request that is gone, of which nobody else will tell.
    AxesProxyHandler.give_back_dropped()
