from __future__ import annotations

from argparse import ArgumentParser

from axes.management.commands.axes_reset import Command as ResetCommand


class Command(ResetCommand):
    help = "Forgets the failed logins from the given addresses and lifts their lockouts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ip", nargs="+", help="the addresses")
