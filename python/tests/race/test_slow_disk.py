"""SQLite that waits for the disk and for other programs loses nothing and refuses nobody."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from .burst import burst, new_address, new_user, right, wrong
from .restarts import LIMIT
from .servers import Database, Site, sqlite

HELD = 0.3
FREE = 0.2
COUNTED = (
    "SELECT SUM(failures_since_start), SUM(refused) FROM axes_accessattempt WHERE ip_address = ?"
)


# A disk that waits for everything to be written. The time-out is for what Django itself writes.
SLOW = {
    "sqlite": "PRAGMA synchronous = EXTRA",
    "sqlite-wal": "PRAGMA journal_mode = WAL; PRAGMA synchronous = EXTRA",
}
TIMEOUT = 20


@pytest.fixture(scope="module", params=SLOW)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("slow")
    with Site(sqlite(folder, init_command=SLOW[request.param], timeout=TIMEOUT)) as site:
        yield site


@contextmanager
def another_writer(database: Database) -> Iterator[None]:
    """Another program that keeps everybody from writing, again and again."""
    ended = threading.Event()
    held = []

    def hold() -> None:
        name = database.settings["NAME"]
        with closing(sqlite3.connect(name, timeout=60, isolation_level=None)) as connection:
            while not ended.wait(FREE):
                connection.execute("BEGIN EXCLUSIVE")
                held.append(ended.wait(HELD))
                connection.execute("COMMIT")

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert len(held) > 1


def test_one_account_beside_another_writer(site: Site) -> None:
    address, username = new_address(), new_user()
    with another_writer(site.database):
        answers = burst(site, [wrong(address, username)] * 60)
    assert answers.count == {401: LIMIT - 1, 429: 60 - LIMIT + 1}
    assert len(site.checks(address=address)) == LIMIT
    assert site.database.rows(COUNTED, address) == [(60, 60 - LIMIT)]
    assert "database is locked" not in site.log()


def test_many_accounts_and_right_passwords_beside_another_writer(site: Site) -> None:
    locked, free = new_address(), new_address()
    logins = [wrong(locked, new_user()) for _ in range(60)]
    logins += [right(free, new_user(), seconds=0.05) for _ in range(6)]
    with another_writer(site.database):
        answers = burst(site, logins)
    assert answers.statuses[60:] == [200] * 6
    assert answers.count == {200: 6, 401: LIMIT - 1, 429: 60 - LIMIT + 1}
    assert len(site.checks(address=locked)) == LIMIT
    assert site.database.rows(COUNTED, locked) == [(60, 60 - LIMIT)]
    assert "database is locked" not in site.log()
