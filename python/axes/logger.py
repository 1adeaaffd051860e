"""Where log lines go."""

from __future__ import annotations

import logging
import re
from typing import Any

from axes.conf import values

# How SQLite, PostgreSQL and MySQL say that a table or a column is not there.
MISSING = re.compile(
    r"no such (table|column)|(relation|column) .* does not exist|[Tt]able .* doesn't exist"
    r"|Unknown column|has no column named"
)


def chosen_logger() -> logging.Logger:
    """The logger that ``AXES_LOGGER`` names at the moment."""
    return logging.getLogger(values().AXES_LOGGER)


class ChosenLogger:
    """The same, for whoever writes one line."""

    def __getattr__(self, name: str) -> Any:
        return getattr(chosen_logger(), name)


log = ChosenLogger()


def advice(error: str) -> str:
    """What to do about the store's ``error``, where that is known."""
    return " until `python manage.py migrate` has run" if MISSING.search(error) else ""


def one_line(error: str, longest: int = 500) -> str:
    """The first line of the store's ``error``, and nothing in it that forges another.

    Databases quote what they were given, so what visitors sent may be in it; most of it stands
    below the first line.
    """
    first, *more = error.splitlines() or [""]
    shown = "".join(
        character if character.isprintable() else ascii(character)[1:-1]
        for character in first[:longest]
    )
    return f"{shown} …" if more or len(first) > longest else shown
