"""Private Redis and Memcached servers."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import ClassVar

from .server import Server, ServerError


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
