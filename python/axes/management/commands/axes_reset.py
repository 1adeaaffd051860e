from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from axes.management.commands._output import removed
from axes.utils import reset


class Command(BaseCommand):
    help = "Forgets all failed logins, or those from the given addresses, and lifts the lockouts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ip", nargs="*", help="only these addresses")

    def handle(self, *args: Any, ip: list[str], **options: Any) -> None:
        try:
            count = sum(reset(ip=address) for address in ip) if ip else reset()
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(removed(count))
