"""Who takes part: what a site adds to its settings for each guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENVIRONMENTS = Path(__file__).parents[3] / "target" / "python"


@dataclass(frozen=True)
class Contestant:
    """A guard, or none."""

    name: str
    environment: str = "bench"
    """The folder of the environment that it is installed in."""
    apps: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    middleware: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    on_redis: bool = False
    native: str | None = None
    """Where a native handler keeps everything: in a ``file`` of SQLite, in the ``tables`` of the
    site's database on PostgreSQL, or in ``redis``."""

    @property
    def python(self) -> Path:
        return ENVIRONMENTS / self.environment / "bin" / "python"


def _axes(name: str, environment: str = "bench", on_redis: bool = False, **settings: Any) -> Any:
    """Axes and django-axes are installed into a site alike."""
    return Contestant(
        name,
        environment,
        apps=("axes",),
        backends=("axes.backends.AxesStandaloneBackend",),
        middleware=("axes.middleware.AxesMiddleware",),
        settings=settings,
        on_redis=on_redis,
    )


def _defender(name: str, **settings: Any) -> Contestant:
    return Contestant(name, apps=("defender",), settings=settings, on_redis=True)


NOBODY = Contestant("nobody")
AXES: Contestant = _axes("Axes")
DJANGO_AXES: Contestant = _axes("django-axes", "django-axes-8.3.1")
AXES_CACHE: Contestant = _axes(
    "Axes, cache handler",
    on_redis=True,
    AXES_HANDLER="axes.handlers.cache.AxesCacheHandler",
)
# Refusals come from the shared cache where refused attempts change nothing.
AXES_SHARED: Contestant = _axes(
    "Axes, with a shared cache",
    on_redis=True,
    AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT=False,
)
AXES_NATIVE_FILE, AXES_NATIVE_TABLES, AXES_NATIVE_REDIS = (
    Contestant(
        f"Axes, native ({kind})",
        apps=AXES.apps,
        backends=AXES.backends,
        middleware=AXES.middleware,
        settings={"AXES_HANDLER": "axes.handlers.native.AxesNativeHandler"},
        on_redis=kind == "Redis",
        native=place,
    )
    for kind, place in (
        ("SQLite", "file"),
        ("PostgreSQL", "tables"),
        ("Redis", "redis"),
    )
)
DEFENDER = _defender("django-defender")
# The cache handler of Axes keeps no log in the database either.
DEFENDER_ALONE = _defender("django-defender, no log", DEFENDER_STORE_ACCESS_ATTEMPTS=False)
