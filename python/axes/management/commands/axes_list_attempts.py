from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.management.base import AxesCommand


class Command(AxesCommand):
    help = "Lists the failed logins: address, username and failures, separated by tabs."

    def handle(self, *args: Any, **options: Any) -> None:
        for columns in AxesProxyHandler.get_implementation().recorded():
            # A username must not be able to add lines or columns.
            shown = (
                "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(x))
                for x in columns
            )
            self.stdout.write("\t".join(shown))
