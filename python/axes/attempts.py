"""From when on attempts are remembered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import now

from axes.helpers import get_cool_off


def get_cool_off_threshold(request: Any = None) -> datetime:
    """The time before which failures are forgotten.

    Raises ``TypeError`` when there is no cool-off: then none are.
    """
    cool_off = get_cool_off(request)
    if cool_off is None:
        raise TypeError("there is no cool-off threshold: AXES_COOLOFF_TIME is not set")
    moment: datetime = getattr(request, "axes_attempt_time", None) or now()
    return moment - cool_off
