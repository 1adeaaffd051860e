"""What `manage.py check` says about the store, and what happens where it was not heeded."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client

from axes.stores import shares_tables
from tests.conftest import LogLines
from tests.servers.processes import free_port
from tests.test_checks import found
from tests.visitor import Visitor, make_user

from .sites import HANDLER

SECRET = "s3cret-of-the-store"


@pytest.fixture(autouse=True)
def _native(settings: Any) -> None:
    settings.AXES_HANDLER = HANDLER


def messages(settings: Any, url: Any) -> list[tuple[str | None, str]]:
    settings.AXES_STORE = url
    return [(message.id, message.msg) for message in found()]


def test_a_store_that_all_see_is_right(settings: Any, tmp_path: Path) -> None:
    for url in ["redis://127.0.0.1/0", "postgres://u:p@h/d", f"sqlite:{tmp_path}/axes.sqlite3"]:
        assert messages(settings, url) == []


def test_a_store_that_is_missing_is_named(settings: Any) -> None:
    ((code, text),) = messages(settings, None)
    assert code == "axes.E003"
    assert "AXES_STORE is not set" in text


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://user:{SECRET}@host/name",
        f"redis:/{SECRET}",
        f"postgres://user:{SECRET}@host:port/name",
        SECRET,
        [f"redis://:{SECRET}@host"],
        "",
    ],
)
def test_what_is_no_url_of_a_store_is_named_but_not_shown(settings: Any, url: Any) -> None:
    found = messages(settings, url)
    assert {code for code, _text in found} <= {"axes.E001", "axes.E003"}
    assert found
    assert SECRET not in str(found)


def test_a_store_in_the_memory_of_one_process_is_warned_of(settings: Any) -> None:
    ((code, text),) = messages(settings, "memory:")
    assert code == "axes.W009"
    assert "each process alone" in text


def test_a_store_that_no_handler_uses_is_warned_of(settings: Any) -> None:
    settings.AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
    assert [code for code, _ in messages(settings, "redis://127.0.0.1/0")] == ["axes.W008"]
    assert messages(settings, None) == []


@pytest.mark.parametrize("atomic", [False, True])
def test_the_sqlite_file_of_a_database_is_refused(
    settings: Any, tmp_path: Path, db: None, atomic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        return
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic)
    file = Path(connection.settings_dict["NAME"])
    (tmp_path / "link").symlink_to(file)
    (tmp_path / "hard").hardlink_to(file)
    make_user()
    for name in [file, tmp_path / "link", tmp_path / "hard", file.parent / "." / file.name]:
        ((code, text),) = messages(settings, f"sqlite:{name}")
        assert code == "axes.E004"
        assert "the SQLite file of DATABASES['default']" in text
        # Whoever did not run the check finds out before anything is opened.
        with pytest.raises(ImproperlyConfigured, match="the SQLite file of DATABASES"):
            Visitor(client=Client()).succeeds()


def test_a_file_that_is_not_there_yet_is_compared_by_its_name(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = tmp_path / "later.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", str(name))
    assert [code for code, _ in messages(settings, f"sqlite:{name}")] == ["axes.E004"]
    uri = f"file:{name}?mode=rw"
    monkeypatch.setitem(connection.settings_dict, "NAME", uri)
    assert [code for code, _ in messages(settings, f"sqlite://{name}")] == ["axes.E004"]
    assert messages(settings, f"sqlite:{tmp_path}/another.sqlite3") == []


@pytest.mark.parametrize("url", [None, SECRET])
def test_nobody_logs_in_without_a_store(settings: Any, db: None, url: str | None) -> None:
    make_user()
    settings.AXES_STORE = url
    settings.AXES_ON_STORE_ERROR = "allow"
    with pytest.raises(ImproperlyConfigured, match="AXES_STORE is"):
        Visitor(client=Client()).succeeds()


def test_a_store_that_does_not_answer_is_warned_of_where_databases_are_asked(
    settings: Any, db: None, lines: LogLines
) -> None:
    settings.AXES_STORE = f"redis://:{SECRET}@127.0.0.1:{free_port('127.0.0.1')}/0"
    assert found() == []
    said = StringIO()
    call_command("check", databases=["default"], stderr=said)
    assert "(axes.W011) The store of AXES_STORE does not answer" in said.getvalue()
    assert SECRET not in said.getvalue() + lines.all


def test_a_store_that_answers_is_not_named(native_store: str) -> None:
    said = StringIO()
    call_command("check", databases=["default"], stderr=said)
    assert "W011" not in said.getvalue()


@pytest.mark.parametrize(
    ("server", "shares"),
    [
        ("db.example.com", True),
        ("db.example.com:5432", True),
        ("other.example.com", False),
        ("db.example.com:5433", False),
        ("", False),
    ],
)
def test_tables_are_shared_on_the_same_server_only(
    server: str, shares: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection._connections[connection._alias], "vendor", "postgresql")
    named = {"NAME": "site", "HOST": "db.example.com", "PORT": ""}
    for name, value in named.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    assert shares_tables(f"postgres://axes:{SECRET}@{server}/site", "default") is shares
    assert not shares_tables(f"postgres://axes:{SECRET}@{server}/another", "default")
