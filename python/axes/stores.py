"""The store that ``AXES_STORE`` names, which is reached without Django."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from axes.conf import engine, settings
from axes.logger import log

MASKED = "********"


class StoreURL(str):
    """A URL that shows itself without what may be a password.

    Django's error pages and ``diffsettings`` show settings as ``repr`` does, and mask only those
    whose names sound like secrets.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str.__repr__(masked(self))


def masked(url: str) -> str:
    """``url`` without what may be a password, also where that has signs that it should not have."""
    scheme, found, rest = url.partition("://")
    if not found:
        # A file, or nothing that anybody understands.
        return url if scheme.startswith(("sqlite:", "memory:")) else MASKED
    _credentials, is_there, place = rest.rpartition("@")
    place, asks, _query = place.partition("?")
    shown = f"{scheme}://{MASKED}@{place}" if is_there else f"{scheme}://{place}"
    return f"{shown}?{MASKED}" if asks else shown


def mask_setting() -> None:
    """Lets the site's own ``AXES_STORE`` show itself without a password from now on."""
    if type(settings.AXES_STORE) is str:
        settings.AXES_STORE = StoreURL(settings.AXES_STORE)


def prepare_store(**kwargs: Any) -> None:
    """Creates the tables of a store that is none of Django's databases. Runs after every
    ``migrate``, which looks after them where it is one."""
    from axes.checks import is_native_handler

    url = settings.AXES_STORE
    # `flush` tells the same, without a plan.
    if "plan" not in kwargs or url is None or not is_native_handler():
        return
    if any(shares_tables(url, alias) for alias in connections):
        return
    wrong = engine().native_store().prepare()
    if wrong is not None:
        log.warning("AXES: %s", wrong)


def refuse_file_of_django(url: str) -> None:
    """Raises ``ImproperlyConfigured`` where ``url`` is a file that Django has open in this process.

    Python and Axes each bring an SQLite of their own. Where one of two in a process closes a file,
    the system drops the locks that the other has on it, and what is written may damage the file.
    """
    alias = database_at(url)
    if alias is not None:
        raise ImproperlyConfigured(f"{shared_file(alias)} {USE_ANOTHER}")


USE_ANOTHER = "Use a file of its own, or the database handler, which keeps all in that database."


def shared_file(alias: str) -> str:
    """What is wrong with a file that is the database ``alias`` too."""
    return (
        f"AXES_STORE is the SQLite file of DATABASES[{alias!r}]: two SQLite libraries in one "
        "process must not open the same file."
    )


def database_at(url: str) -> str | None:
    """The alias of Django's database that is the file at ``url``, if one is."""
    path = file_of(url)
    if path is None:
        return None
    return next((alias for alias in connections if is_same(path, file_of_database(alias))), None)


def file_of(url: str) -> Path | None:
    """The file of SQLite at ``url``."""
    scheme, _, path = url.partition(":")
    return Path(path.removeprefix("//")) if scheme == "sqlite" else None


def file_of_database(alias: str) -> Path | None:
    """The file of Django's database ``alias``."""
    django = connections[alias]
    name = str(django.settings_dict["NAME"] or "")
    if django.vendor != "sqlite" or ":memory:" in name or "mode=memory" in name:
        return None
    return Path(unquote(urlsplit(name).path) if name.startswith("file:") else name)


def is_same(one: Path, other: Path | None) -> bool:
    """Whether both are one file, whatever it is called."""
    if other is None:
        return False
    try:
        return one.samefile(other)
    except OSError:
        # One of them is not there yet.
        return one.resolve() == other.resolve()


def shares_tables(url: str, alias: str) -> bool:
    """Whether what is kept at ``url`` is in the tables of Django's database ``alias``, as far as
    server and name tell."""
    scheme, _, rest = url.partition("://")
    django = connections[alias]
    if scheme not in {"postgres", "postgresql"} or django.vendor != "postgresql":
        return False
    server, _, name = rest.rpartition("@")[2].partition("?")[0].partition("/")
    host, port = server, ""
    if ":" in server and not server.endswith("]"):
        host, _, port = server.rpartition(":")
    of_django = django.settings_dict
    here = (host_named(unquote(host)), port or "5432", unquote(name))
    there = (host_named(of_django["HOST"]), str(of_django["PORT"] or "5432"), of_django["NAME"])
    return bool(here == there)


def host_named(host: str) -> str:
    """A host by one name, where several are this machine."""
    return "localhost" if host in {"", "127.0.0.1", "[::1]", "::1"} else host
