"""Private PostgreSQL and MariaDB servers."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import MySQLdb
import psycopg

from .server import Server


@dataclass
class SqlServer(Server):
    """What the two databases have in common; the account may do anything."""

    user: ClassVar[str] = "axes"
    password: ClassVar[str] = "axes-test"
    database: ClassVar[str] = "axes"


@dataclass
class PostgresServer(SqlServer):
    """PostgreSQL, reached by TCP only."""

    name: ClassVar[str] = "PostgreSQL"
    package: ClassVar[str] = "postgresql"
    account: ClassVar[str] = "postgres"
    # What PostgreSQL calls a fast shutdown: SIGTERM would wait for every client to leave.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    def prepare(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        self._run(
            self._postgres_binary("initdb"),
            *("--pgdata", self.folder / "data", "--username", self.user),
            *("--auth", self._proof, "--pwfile", secret),
            *("--encoding", "UTF8", "--no-locale", "--no-sync"),
        )

    def command(self) -> list[str]:
        options = {
            "listen_addresses": self.host,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "32MB",
        }
        if self.fast:
            options |= {"fsync": "off", "full_page_writes": "off"}
        settings = [f"--{name}={value}" for name, value in options.items()]
        return [self._postgres_binary("postgres"), "-D", str(self.folder / "data"), *settings]

    def ask(self) -> None:
        with self.connect("postgres") as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [self.database]).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{self.database}"')

    def connect(self, database: str | None = None) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of its own, which commits each statement."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or self.database,
            connect_timeout=5,
            autocommit=True,
        )

    @property
    def _proof(self) -> str:
        """How the password is proved. With SCRAM each connection costs both sides thousands of
        hashes, and sites that are tested connect anew for each request."""
        return "md5" if self.fast else "scram-sha-256"

    def _postgres_binary(self, name: str) -> str:
        # Debian's, the newest first: something called `postgres` in `PATH` may be a wrapper.
        versions = sorted(
            Path("/usr/lib/postgresql").glob("*/bin"),
            key=lambda folder: float(folder.parent.name),
            reverse=True,
        )
        return self._binary(name, *versions)


@dataclass
class MariaDBServer(SqlServer):
    """MariaDB, reached by TCP only."""

    name: ClassVar[str] = "MariaDB"
    package: ClassVar[str] = "mariadb-server"
    account: ClassVar[str] = "mysql"

    def prepare(self) -> None:
        account = f"'{self.user}'@'{self.host}'"
        (self.folder / "init.sql").write_text(
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
            f"CREATE DATABASE IF NOT EXISTS `{self.database}` CHARACTER SET utf8mb4;\n"
        )
        self._run(
            self._binary("mariadb-install-db"),
            *("--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db"),
            *("--auth-root-authentication-method=normal", "--innodb-log-file-size=16M"),
        )

    def command(self) -> list[str]:
        options = {
            "datadir": self.folder / "data",
            "bind-address": self.host,
            "port": self.port,
            "socket": self.folder / "socket",
            "pid-file": self.folder / "pid",
            "init-file": self.folder / "init.sql",
            "max-connections": 200,
            "innodb-buffer-pool-size": "64M",
            "innodb-log-file-size": "16M",
            "character-set-server": "utf8mb4",
            "skip-name-resolve": 1,
        }
        if self.fast:
            options |= {"innodb-flush-log-at-trx-commit": 2, "innodb-flush-method": "nosync"}
        settings = [f"--{name}={value}" for name, value in options.items()]
        return [self._binary("mariadbd"), "--no-defaults", *settings]

    def ask(self) -> None:
        with contextlib.closing(self.connect()) as connection:
            connection.ping()

    def connect(self) -> Any:
        """A connection of its own, which commits each statement."""
        return MySQLdb.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.database,
            connect_timeout=5,
            autocommit=True,
        )
