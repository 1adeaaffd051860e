"""The login application that is written in Rust: `examples/axum-login`."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from .demo_site import Visitor
from .servers import Server, ServerError

BINARY = Path(__file__).parents[2] / "target" / "debug" / "axum-login"

MEMBER = ("alice", "correct-horse-battery")


@dataclass
class AxumLogin(Server):
    """The application on a database of its own; what Axes keeps may be in another one."""

    store: str | None = None
    cooloff_seconds: int = 60

    name: ClassVar[str] = "AxumLogin"
    package: ClassVar[str] = "cargo"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.folder / "server.log").read_text()

    def prepare(self) -> None:
        if not BINARY.is_file():
            raise ServerError(f"{BINARY.name} is not built: cargo build --package axum-login")

    def command(self) -> list[str]:
        return [str(BINARY)]

    def ask(self) -> None:
        answer = Visitor(self.url).get("/login")
        if answer.status != 200:
            raise ServerError(f"the application answers {answer.status}")

    def _user(self) -> None:
        """Whoever runs the tests runs the application too: it is their code."""

    def _popen(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        environment = {
            "DATABASE": str(self.folder / "users.sqlite3"),
            "PORT": str(self.port),
            "COOL_OFF_SECONDS": str(self.cooloff_seconds),
            "NO_COLOR": "1",
        }
        if self.store is not None:
            environment["AXES_STORE"] = self.store
        path = {"PATH": os.environ["PATH"]}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=path | environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )
