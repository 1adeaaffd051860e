"""Where log lines go."""

from __future__ import annotations

import logging
import re
from typing import Any

from axes.conf import settings

# How SQLite, PostgreSQL and MySQL say that a table or a column is not there.
MISSING = re.compile(
    r"no such (table|column)|(relation|column) .* does not exist|[Tt]able .* doesn't exist"
    r"|Unknown column|has no column named"
)


class ChosenLogger:
    """The logger that ``AXES_LOGGER`` names at the moment."""

    def __getattr__(self, name: str) -> Any:
        return getattr(logging.getLogger(settings.AXES_LOGGER), name)


log = ChosenLogger()


def advice(error: str) -> str:
    """What to do about the store's ``error``, where that is known."""
    return " until `python manage.py migrate` has run" if MISSING.search(error) else ""
