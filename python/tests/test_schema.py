"""The tables that Rust tests its statements on are those that the migrations create.

``python -m tests.test_schema`` in the folder ``python`` writes ``fixtures/schema/sqlite.sql`` anew.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

PYTHON = Path(__file__).parents[1]
FIXTURE = PYTHON.parent / "fixtures" / "schema" / "sqlite.sql"

HEADER = """\
-- What the migrations of the Django app create on SQLite. After a change of the migrations, run
-- `python -m tests.test_schema` in the folder `python`; a test there compares.
"""

STATEMENTS = """
    SELECT sql FROM sqlite_master WHERE tbl_name LIKE 'axes\\_%' ESCAPE '\\' AND sql IS NOT NULL
    ORDER BY tbl_name, type DESC, name
"""


def schema_of_migrations() -> str:
    """The statements that make the tables of Axes, from a database that was migrated just now."""
    with tempfile.TemporaryDirectory() as folder:
        # The settings of the tests put their database into the folder for temporary files.
        environment = os.environ | {
            "AXES_TEST_DB": "sqlite",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "TMPDIR": folder,
        }
        migrate = [sys.executable, "-m", "django", "migrate", "axes", "--verbosity", "0"]
        subprocess.run(migrate, cwd=PYTHON, env=environment, check=True)
        (file,) = Path(folder).glob("*.sqlite3")
        with closing(sqlite3.connect(file)) as connection:
            rows = connection.execute(STATEMENTS).fetchall()
    return HEADER + "".join(f"\n{sql};\n" for (sql,) in rows)


def test_the_schema_of_the_fixture_is_what_the_migrations_create() -> None:
    assert FIXTURE.read_text(encoding="utf-8") == schema_of_migrations(), (
        f"{FIXTURE.name} is stale: run `python -m tests.test_schema` in the folder `python`"
    )


if __name__ == "__main__":
    FIXTURE.write_text(schema_of_migrations(), encoding="utf-8")
