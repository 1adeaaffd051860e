from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from axes.management.base import AxesCommand, removed
from axes.utils import reset


class Command(AxesCommand):
    help = "Forgets the failed logins on the given usernames and lifts their lockouts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="+", help="the usernames, in any case")

    def handle(self, *args: Any, username: list[str], **options: Any) -> None:
        self.stdout.write(removed(sum(reset(username=name) for name in username)))
