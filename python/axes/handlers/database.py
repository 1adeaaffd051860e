"""The handler that keeps everything in Django's database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from axes.logger import log
from axes.models import AccessFailureLog, AccessLog


class AxesDatabaseHandler(AxesBaseHandler, AbstractAxesHandler):
    """Keeps tallies, attempts and logs in Django's database."""

    def reset_logs(self, *, age_days: int | None = None) -> int:
        return self._delete(AccessLog, age_days)

    def reset_failure_logs(self, *, age_days: int | None = None) -> int:
        return self._delete(AccessFailureLog, age_days)

    def _delete(self, model: Any, age_days: int | None) -> int:
        entries = model.objects.all()
        if age_days is not None:
            entries = entries.filter(attempt_time__lte=timezone.now() - timedelta(days=age_days))
        removed, _by_model = entries.delete()
        log().info("AXES: deleted %s entries of the %s", removed, model._meta.verbose_name)
        return int(removed)
