from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.management.base import AxesCommand
from axes.management.commands.axes_ban import operator, targets


class Command(AxesCommand):
    help = "Lifts the bans of addresses, networks or usernames, at once and in every process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "network", nargs="*", help="addresses, and networks as they were banned"
        )
        parser.add_argument("--username", action="append", default=[], help="a username")

    def handle(self, *args: Any, network: list[str], username: list[str], **options: Any) -> None:
        if not network and not username:
            raise ValueError("nothing to lift: name a network or a --username")
        found = targets(network, username)
        lifted = sum(AxesProxyHandler.unban(**target, by=operator()) for target in found)
        self.stdout.write(f"{lifted} bans lifted." if lifted else "No bans found.")
