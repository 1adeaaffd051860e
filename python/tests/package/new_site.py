"""A new Django project with Axes in it, in an environment of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.demo_site import Visitor
from tests.servers import Server, ServerError

from .builds import Environment


@dataclass
class NewSite(Server):
    """What ``startproject`` makes, with one line more: the README's."""

    environment: Environment | None = None

    name: ClassVar[str] = "Site"
    package: ClassVar[str] = "python3-django"

    def prepare(self) -> None:
        assert self.environment is not None
        self.environment.python("-m", "django", "startproject", "shop", ".", folder=self.folder)
        with (self.folder / "shop" / "settings.py").open("a") as settings:
            settings.write('\nINSTALLED_APPS += ["axes"]\n')

    def manage(self, *arguments: str) -> str:
        """What ``manage.py`` prints."""
        assert self.environment is not None
        return self.environment.python("-W", "error", "manage.py", *arguments, folder=self.folder)

    def command(self) -> list[str]:
        assert self.environment is not None
        address = f"{self.host}:{self.port}"
        return [
            str(self.environment.bin / "python"),
            "manage.py",
            "runserver",
            "--noreload",
            address,
        ]

    def ask(self) -> None:
        answer = self.visitor().get("/admin/login/")
        if answer.status != 200:
            raise ServerError(f"the site answers {answer.status}")

    def visitor(self) -> Visitor:
        return Visitor(f"http://{self.host}:{self.port}")

    def _launch(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        super()._launch()

    def _user(self) -> None:
        """Whoever runs the tests runs the site too: it is their code."""

    def _popen(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        assert self.environment is not None
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={"PATH": str(self.environment.bin)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )
