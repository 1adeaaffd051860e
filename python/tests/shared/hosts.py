"""A Django site and an axum service on one store."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, ClassVar

from tests.race.servers import PYTHON, Database, Process, Site
from tests.servers import PATIENCE

PROGRAMS = Path(os.environ.get("AXES_PROGRAMS", PYTHON.parent / "target" / "debug"))
"""Where cargo puts what it builds."""


class ServiceProcess(Process):
    """One axum service with the pages of the Django site: ``axes-tower/examples/raced.rs``."""

    name: ClassVar[str] = "Service"

    def command(self) -> list[str]:
        return [str(built(PROGRAMS / "examples" / "raced"))]

    def _popen(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        self.environment = self.environment | {"RACE_PORT": str(self.port)}
        return super()._popen(command, **options)


class Hosts(Site):
    """Two processes of a Django site, and two of an axum service whose store is at ``url``."""

    settings: ClassVar[str] = "tests.shared.settings"

    def __init__(self, database: Database, url: str, **settings: Any) -> None:
        super().__init__(database, **settings)
        self.url = url
        environment = self._environment | {"RACE_STORE": url}
        services = [ServiceProcess(environment=environment) for _ in range(2)]
        self.django, self.services = self.processes[:2], services
        self.processes = [*self.django, *services]

    def axes(self, *arguments: str) -> str:
        """What the command line says, on the same store."""
        done = subprocess.run(
            [built(PROGRAMS / "axes"), *arguments],
            env=self._environment | {"AXES_STORE": self.url, "AXES_FAILURE_LIMIT": "3"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def built(program: Path) -> Path:
    assert program.exists(), (
        f"{program.name} is not built: `cargo build -p axes-server -p axes-tower --bins --examples`"
    )
    return program
