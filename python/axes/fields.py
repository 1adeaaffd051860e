"""Columns that Rust and Django both read and write."""

from __future__ import annotations

from typing import Any

from django.db import models

from axes.clock import milliseconds, moment


class MillisecondsField(models.DateTimeField):  # type: ignore[type-arg]
    """A point in time, in milliseconds since 1970: without a time zone to be wrong about."""

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> int | None:
        time = value if prepared else self.get_prep_value(value)
        return None if time is None else milliseconds(time)

    def from_db_value(self, value: int | None, _expression: Any, _connection: Any) -> Any:
        return None if value is None else moment(value)


class TargetField(models.CharField):  # type: ignore[type-arg]
    """The text by which a ban is found, made of its username or its network, whoever saves it.

    These become what attempts are compared with.
    """

    def pre_save(self, model_instance: Any, add: bool) -> str:
        model_instance.set_target()
        return str(model_instance.target)
