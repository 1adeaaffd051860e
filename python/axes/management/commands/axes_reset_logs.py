from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.management.base import AxesCommand, removed


class Command(AxesCommand):
    help = "Deletes old entries of the access log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--age", type=int, default=30, help="older than this many days")

    def handle(self, *args: Any, age: int, **options: Any) -> None:
        self.stdout.write(removed(self.delete(age), "logs"))

    def delete(self, age: int) -> int:
        return AxesProxyHandler.reset_logs(age_days=age)
