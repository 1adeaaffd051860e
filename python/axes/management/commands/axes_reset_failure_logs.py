from __future__ import annotations

from axes.handlers.proxy import AxesProxyHandler
from axes.management.commands.axes_reset_logs import Command as ResetLogsCommand


class Command(ResetLogsCommand):
    help = "Deletes old entries of the failure log."

    def delete(self, age: int) -> int:
        return AxesProxyHandler.reset_failure_logs(age_days=age)
