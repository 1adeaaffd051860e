"""Prints what the modules of the installed ``axes`` offer, as JSON; runs with django-axes and with
Axes."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from typing import Any

import django
from django.conf import settings

APPS = ["contenttypes", "auth", "sessions", "messages", "admin"]


def set_up() -> None:
    settings.configure(
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS), "axes"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SECRET_KEY="only-for-tests",
        USE_TZ=True,
        AXES_VERBOSE=False,
    )
    django.setup()


def modules() -> list[str]:
    import axes

    found = pkgutil.walk_packages(axes.__path__, "axes.")
    return [module.name for module in found if ".migrations" not in module.name]


def offered(module: str) -> dict[str, list[list[Any]] | None]:
    """The public names that ``module`` defines; for what can be called, its parameters."""
    names: dict[str, list[list[Any]] | None] = {}
    content = vars(importlib.import_module(module))
    for name, value in content.items():
        if name.startswith("_") or getattr(value, "__module__", None) != module:
            continue
        names[name] = parameters(value) if inspect.isfunction(value) else None
        if inspect.isclass(value):
            for method in vars(value):
                if not method.startswith("_") and callable(getattr(value, method)):
                    names[f"{name}.{method}"] = parameters(getattr(value, method))
    return names


def parameters(function: Any) -> list[list[Any]] | None:
    """The name of each parameter, its kind, and whether it may be left out."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return [[p.name, p.kind.name, p.default is not p.empty] for p in signature.parameters.values()]


def main() -> None:
    set_up()
    print(json.dumps({module: offered(module) for module in modules()}))


if __name__ == "__main__":
    main()
