"""A private PgBouncer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import psycopg

from .server import Server
from .sql import PostgresServer


@dataclass
class PgBouncer(Server):
    """In front of PostgreSQL: each transaction gets any of its few connections."""

    server: PostgresServer | None = None

    name: ClassVar[str] = "PgBouncer"
    package: ClassVar[str] = "pgbouncer"
    account: ClassVar[str] = "postgres"

    @property
    def behind(self) -> PostgresServer:
        if self.server is None:
            raise ValueError("PgBouncer is in front of a server")
        return self.server

    def prepare(self) -> None:
        server = self.behind
        (self.folder / "users.txt").write_text(f'"{server.user}" "{server.password}"\n')
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={server.host} port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = {self.host}\nlisten_port = {self.port}\n"
            "unix_socket_dir =\nauth_type = md5\nauth_file = users.txt\n"
            "pool_mode = transaction\ndefault_pool_size = 2\n"
        )

    def command(self) -> list[str]:
        return [self._binary("pgbouncer"), "pgbouncer.ini"]

    def ask(self) -> None:
        with self.connect() as connection:
            connection.execute("SELECT 1")

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection that seems to be one of PostgreSQL."""
        server = self.behind
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=server.user,
            password=server.password,
            dbname=server.database,
            connect_timeout=5,
            autocommit=True,
            prepare_threshold=None,
        )
