"""Where the tables of Axes are."""

from __future__ import annotations

from typing import Any


class AxesRouter:
    """Puts them into a database of their own."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "axes" if model._meta.app_label == "axes" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "axes") is (app_label == "axes")
