from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from getpass import getuser
from typing import Any

from django.utils import timezone

from axes.handlers.proxy import AxesProxyHandler
from axes.management.base import AxesCommand


class Command(AxesCommand):
    help = "Refuses addresses, networks or usernames, from now on and in every process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", nargs="*", help="addresses, and networks as 192.0.2.0/24")
        parser.add_argument("--username", action="append", default=[], help="a username")
        parser.add_argument("--reason", default="", help="why, for other operators")
        parser.add_argument(
            "--author", default="", help="who bans; otherwise who is logged in here"
        )
        parser.add_argument(
            "--hours", type=float, help="for how long; otherwise until it is lifted"
        )

    def handle(
        self,
        *args: Any,
        network: list[str],
        username: list[str],
        reason: str,
        author: str,
        hours: float | None,
        **options: Any,
    ) -> None:
        if not network and not username:
            raise ValueError("nothing to ban: name a network or a --username")
        until = None if hours is None else timezone.now() + timedelta(hours=hours)
        for target in targets(network, username):
            AxesProxyHandler.ban(**target, reason=reason, author=author or operator(), until=until)
        self.stdout.write(f"{len(network) + len(username)} banned.")


def targets(networks: list[str], usernames: list[str]) -> list[dict[str, str]]:
    """Whom the arguments name. All are looked at before anything is done to the first of them."""
    from axes._axes import banned

    found = [{"network": network} for network in networks]
    found += [{"username": username} for username in usernames]
    for target in found:
        banned(**{"username": None, "network": None, **target})
    return found


def operator() -> str:
    """Who is logged in on this machine, as far as that can be told."""
    try:
        return getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
