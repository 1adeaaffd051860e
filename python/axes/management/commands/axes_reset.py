from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from axes.management.base import AxesCommand, removed
from axes.utils import reset


class Command(AxesCommand):
    help = "Forgets all failed logins, or those from the given addresses, and lifts the lockouts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ip", nargs="*", help="only these addresses")

    def handle(self, *args: Any, ip: list[str], **options: Any) -> None:
        count = sum(reset(ip=address) for address in ip) if ip else reset()
        self.stdout.write(removed(count))
