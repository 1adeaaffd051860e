"""Private servers for tests: each in a temporary folder, on a free port of 127.0.0.1.

Use them as context managers, or call ``start`` and ``stop``. ``kill`` is a crash (kill -9) and
``restart`` brings a server back on its port with its data.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import MySQLdb
import psycopg

PATIENCE = 60.0
"""Seconds that a server may take to start or to end."""

PAUSE = 0.05


class ServerError(RuntimeError):
    """A server that cannot be used: one line that says why, then the end of its log."""


@dataclass
class Server:
    """What all private servers have in common."""

    fast: bool = True
    """Trade what a power cut would lose for speed. A killed process loses nothing either way."""

    host: str = field(default="127.0.0.1", init=False)
    port: int = field(default=0, init=False)
    _folder: Path | None = field(default=None, init=False, repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    name: ClassVar[str]
    package: ClassVar[str]
    """The Debian package that brings it."""
    account: ClassVar[str]
    """Who it runs as when the tests run as root: servers refuse to be root."""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the data folder, once, before the first start."""

    def ask(self) -> None:
        """Ask the server something; any exception means that it is not ready."""
        raise NotImplementedError

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def folder(self) -> Path:
        if self._folder is None:
            raise ServerError(f"{self.name} has not been started")
        return self._folder

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerError(f"{self.name} is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Server:
        """Start for the first time and return when the server answers."""
        self._folder = Path(tempfile.mkdtemp(prefix=f"axes-{self.name.lower()}-"))
        try:
            if user := self._user():
                shutil.chown(self._folder, user.pw_uid, user.pw_gid)
            self.port = free_port(self.host)
            self.prepare()
            self._launch()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server by its process id, politely first, and remove its folder."""
        self._end(self.stop_signal)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def kill(self) -> None:
        """Crash: the server and its workers get no chance to put anything in order."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again on the same port with the same data, after ``kill`` or from running."""
        self._end(self.stop_signal)
        self._launch()

    def _launch(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self._process = self._popen(self.command(), stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask()
            except Exception as error:
                if not self.is_running:
                    raise self._error("ended while starting") from error
                if time.monotonic() > deadline:
                    raise self._error("did not answer in time") from error
            time.sleep(PAUSE)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        family = children(process.pid)
        process.send_signal(how)
        if how is signal.SIGKILL:
            for child in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _run(self, *command: str | Path) -> None:
        with (self.folder / "server.log").open("ab") as log:
            process = self._popen([str(word) for word in command], stdout=log, stderr=log)
            if process.wait(PATIENCE) != 0:
                raise self._error("could not make its data folder")

    def _popen(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        if user := self._user():
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for the tests, which then end their servers in order.
            start_new_session=True,
            **options,
        )

    def _user(self) -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(self.account)
        return pwd.getpwnam("nobody")

    def _binary(self, name: str, *folders: Path) -> str:
        places = [*map(str, folders), os.environ.get("PATH", os.defpath), "/usr/sbin"]
        if found := shutil.which(name, path=os.pathsep.join(places)):
            return found
        raise ServerError(f"{self.name} is not here ({name}): apt-get install {self.package}")

    def _error(self, what: str) -> ServerError:
        log = (self.folder / "server.log").read_text(errors="replace").splitlines()
        return ServerError("\n".join([f"{self.name} {what}; the end of its log:", *log[-15:]]))


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
            *("--auth", "scram-sha-256", "--pwfile", secret),
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


@dataclass
class LineServer(Server):
    """What Redis and Memcached have in common: a line is asked, a line is answered."""

    question: ClassVar[str]

    def ask(self) -> None:
        self.query(self.question)

    def query(self, question: str, lines: int = 1) -> list[str]:
        """Send ``question`` and return the first ``lines`` lines of the answer."""
        with socket.create_connection((self.host, self.port), timeout=5) as connection:
            connection.sendall(question.encode() + b"\r\n")
            with connection.makefile("r", encoding="utf-8", newline="\r\n") as answer:
                found = [answer.readline().rstrip("\r\n") for _ in range(lines)]
        if not found[0] or found[0].startswith(("-", "ERROR")):
            raise ServerError(f"{self.name} answered {found[0]!r}")
        return found


@dataclass
class RedisServer(LineServer):
    """Redis; what it acknowledged survives ``kill``."""

    name: ClassVar[str] = "Redis"
    package: ClassVar[str] = "redis-server"
    account: ClassVar[str] = "redis"
    question: ClassVar[str] = "PING"

    def command(self) -> list[str]:
        options = {
            "bind": self.host,
            "port": self.port,
            "dir": self.folder,
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "no" if self.fast else "always",
        }
        settings = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return [self._binary("redis-server"), *settings]

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"


@dataclass
class MemcachedServer(LineServer):
    """Memcached; it has no data to survive anything."""

    name: ClassVar[str] = "Memcached"
    package: ClassVar[str] = "memcached"
    account: ClassVar[str] = "memcache"
    question: ClassVar[str] = "version"

    def command(self) -> list[str]:
        return [self._binary("memcached"), "-l", self.host, "-p", str(self.port), "-U", "0"]

    @property
    def location(self) -> str:
        return f"{self.host}:{self.port}"


def free_port(host: str) -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


def children(parent: int) -> list[int]:
    """The process ids of ``parent``'s children; none where there is no ``/proc``."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything; state and parent come after it.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            if fields[1] == str(parent):
                found.append(int(stat.parent.name))
    return found
