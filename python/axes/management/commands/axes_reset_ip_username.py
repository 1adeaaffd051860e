from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from axes.management.commands._output import removed
from axes.utils import reset


class Command(BaseCommand):
    help = "Forgets the failed logins on one username from one address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ip", help="the address")
        parser.add_argument("username", help="the username, in any case")

    def handle(self, *args: Any, ip: str, username: str, **options: Any) -> None:
        try:
            count = reset(ip=ip, username=username)
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(removed(count))
