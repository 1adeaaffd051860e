"""While another program locks the file of SQLite, nobody gets in uncounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.race.burst import burst, new_address, new_user, right
from tests.race.servers import sqlite

from .outage_site import OutageSite, file_locked

pytestmark = pytest.mark.alone

SECONDS = 30
"""How long Axes tries to get hold of a file that others write to."""


@pytest.mark.parametrize(("choice", "status"), [("refuse", 503), ("allow", 200)])
def test_a_file_that_another_program_locks(tmp_path: Path, choice: str, status: int) -> None:
    database = sqlite(tmp_path, timeout=0.2)
    with OutageSite(database, tmp_path, AXES_ON_STORE_ERROR=choice) as site:
        address = new_address()
        with file_locked(database.settings["NAME"]):
            logins = [right(address, new_user(), seconds=0)] * 2
            answers = burst(site, logins, patience=3 * SECONDS)
        assert answers.count == {status: 2}
        effect = "attempts are refused" if status == 503 else "attempts are let through"
        lines = site.errors()
        assert lines
        assert all(line.endswith(effect) for line in lines)
        assert len(site.checks(address=address)) == (0 if status == 503 else 2)
        assert burst(site, [right(address, new_user(), seconds=0)]).count == {200: 1}
