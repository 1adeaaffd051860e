from __future__ import annotations

from typing import Any

from axes.clock import EPOCH, MILLISECOND
from axes.handlers.proxy import AxesProxyHandler
from axes.management.base import AxesCommand, printable


class Command(AxesCommand):
    help = (
        "Lists the bans that hold, separated by tabs: network or username, since, until, author "
        "and reason. Times are UTC."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for ban in AxesProxyHandler.bans():
            columns = (
                "username" if ban.network is None else "network",
                ban.username if ban.network is None else ban.network,
                shown(ban.since),
                "-" if ban.until is None else shown(ban.until),
                ban.author,
                ban.reason,
            )
            self.stdout.write("\t".join(map(printable, columns)))


def shown(milliseconds: int) -> str:
    time = EPOCH + milliseconds * MILLISECOND
    return time.isoformat(" ", "seconds").removesuffix("+00:00")
