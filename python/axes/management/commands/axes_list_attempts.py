from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.management.base import AxesCommand, printable


class Command(AxesCommand):
    help = "Lists the failed logins: address, username and failures, separated by tabs."

    def handle(self, *args: Any, **options: Any) -> None:
        for columns in AxesProxyHandler.get_implementation().recorded():
            self.stdout.write("\t".join(map(printable, columns)))
