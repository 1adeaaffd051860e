"""What the commands have in common."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from axes.exceptions import AxesStoreError
from axes.logger import advice


class AxesCommand(BaseCommand):
    """A command that says in one line what is wrong with its arguments or with the store."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except ValueError as error:
            raise CommandError(str(error)) from error
        except (AxesStoreError, DatabaseError) as error:
            cause = error.__cause__ if isinstance(error, AxesStoreError) else None
            # PostgreSQL goes on with the statement.
            text = ": ".join(str(told).partition("\n")[0] for told in (error, cause) if told)
            raise CommandError(f"{text}; nothing is done{advice(text)}") from error


def printable(value: Any) -> str:
    """``value`` as a part of a line: a username must not be able to add lines or columns."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def removed(count: int, what: str = "attempts") -> str:
    """The sentence for ``count`` deleted records."""
    return f"{count} {what} removed." if count else f"No {what} found."
