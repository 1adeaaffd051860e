"""Settings that are code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.utils.module_loading import import_string

from axes.conf import settings

# Settings that are code when they are a callable or a dotted path, and values otherwise.
MAY_BE_CODE = ("AXES_FAILURE_LIMIT", "AXES_COOLOFF_TIME", "AXES_LOCKOUT_PARAMETERS")
DOTTED_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
ALWAYS_CODE = (
    "AXES_USERNAME_CALLABLE",
    "AXES_WHITELIST_CALLABLE",
    "AXES_LOCKOUT_CALLABLE",
    "AXES_CLIENT_IP_CALLABLE",
    "AXES_CLIENT_STR_CALLABLE",
)


def resolve(name: str) -> Callable[..., Any] | None:
    """The code that the setting ``name`` holds or names; ``None`` when it is a value."""
    return code_of(getattr(settings, name), is_code=name not in MAY_BE_CODE)


def code_of(value: Any, is_code: bool) -> Callable[..., Any] | None:
    """The code that ``value`` is or names. Unless it ``is_code`` in any case, a text that is no
    dotted path is a wrong value, which the system check names; the default holds."""
    if isinstance(value, str):
        if not is_code and not DOTTED_PATH.fullmatch(value):
            return None
        value = import_string(value)
    return value if callable(value) else None


def call_setting(name: str, *arguments: Any, older: tuple[Any, ...] | None = None) -> Any:
    """Calls the code of the setting ``name`` with as many of ``arguments`` as it takes; with
    ``older`` instead, where those are given, if it does not take all.

    Older sites have callables with fewer parameters. How many one takes is looked up, not tried: a
    ``TypeError`` inside it is its own.
    """
    code = resolve(name)
    if code is None:
        raise TypeError(f"{name} is {getattr(settings, name)!r}: use a callable or a dotted path")
    count = accepted(code, len(arguments))
    if older is not None and count < len(arguments):
        arguments = older
    return code(*arguments[:count])


@lru_cache(maxsize=256)
def accepted(code: Callable[..., Any], offered: int) -> int:
    """How many of ``offered`` positional arguments ``code`` takes."""
    try:
        parameters = inspect.signature(code).parameters.values()
    except (TypeError, ValueError):
        return offered
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return offered
    positional = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    return min(offered, sum(parameter.kind in positional for parameter in parameters))
