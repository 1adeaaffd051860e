"""What an attempt asks of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

Statement = tuple[str, tuple[Any, ...]]


@dataclass
class Statements:
    """Statements on the tables of Axes, with their parameters."""

    seen: list[Statement] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.seen)

    def __str__(self) -> str:
        return "\n".join(sql for sql, _ in self.seen)

    def note(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """A wrapper of Django's: see ``execute_wrapper``."""
        if "axes_" in sql:
            # SQLite gets question marks where the others get Django's marks.
            self.seen.append((sql.replace("?", "%s"), tuple(params or ())))
        return execute(sql, params, many, context)


@contextmanager
def statements() -> Iterator[Statements]:
    """Those that are executed inside."""
    found = Statements()
    with connection.execute_wrapper(found.note):
        yield found
