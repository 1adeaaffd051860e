from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from axes.management.base import AxesCommand, removed
from axes.utils import reset


class Command(AxesCommand):
    help = "Forgets the failed logins on one username from one address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ip", help="the address")
        parser.add_argument("username", help="the username, in any case")

    def handle(self, *args: Any, ip: str, username: str, **options: Any) -> None:
        self.stdout.write(removed(reset(ip=ip, username=username)))
