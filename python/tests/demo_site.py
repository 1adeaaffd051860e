"""The example site as `cargo xtask demo` serves it: migrated, set up, behind gunicorn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

from .servers import PATIENCE, Server, ServerError

FOLDER = Path(__file__).parents[2] / "examples" / "django-site"

MEMBER = ("alice", "correct-horse-battery")
ADMINISTRATOR = ("admin", "admin-demo")

WORKERS = 2


def users_environment() -> dict[str, str]:
    """The environment of somebody at a terminal: without what is set for these tests."""
    private = ("AXES_", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(private)}


@dataclass
class DemoSite(Server):
    """The site on a database of its own. Use it as a context manager, or only its ``manage``."""

    cooloff_seconds: float = 60

    name: ClassVar[str] = "Demo"
    package: ClassVar[str] = "python3-gunicorn"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def prepare(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("setup_demo")

    def command(self) -> list[str]:
        options = ["--threads=4", "--graceful-timeout=1", "--no-control-socket"]
        bind = f"--bind={self.host}:{self.port}"
        gunicorn = [sys.executable, "-m", "gunicorn"]
        return [*gunicorn, bind, f"--workers={WORKERS}", *options, "config.wsgi"]

    def ask(self) -> None:
        answer = Visitor(self.url).get("/")
        if answer.status != 200:
            raise ServerError(f"the site answers {answer.status}")

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` and return what it printed; raise when it failed."""
        command = [sys.executable, "manage.py", *arguments]
        with self._popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            output, errors = process.communicate(timeout=PATIENCE)
        if process.returncode != 0:
            told = (output + errors).decode(errors="replace")
            raise ServerError(f"manage.py {' '.join(arguments)} failed:\n{told}")
        return output.decode()

    def _user(self) -> None:
        """Whoever runs the tests runs the site too: it is their code."""

    def _popen(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        environment = {
            "AXES_DEMO_DB": str(self.folder / "db.sqlite3"),
            "AXES_DEMO_COOLOFF_SECONDS": str(self.cooloff_seconds),
            "PYTHONUNBUFFERED": "1",
        }
        return subprocess.Popen(
            command,
            cwd=FOLDER,
            env=users_environment() | environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )


@dataclass
class Answer:
    """What came back, after redirects."""

    status: int
    url: str
    headers: Message
    text: str


class Visitor:
    """Somebody with a browser of their own: keeps cookies and fills in forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Answer:
        return self._open(path)

    def log_in(self, username: str, password: str, path: str = "/login/") -> Answer:
        return self.post(path, username=username, password=password)

    def post(self, path: str, **fields: str) -> Answer:
        """Send the form of the page at ``path``."""
        hidden = r'name="csrfmiddlewaretoken" value="(\w+)"'
        found = re.search(hidden, self.get(path).text)
        assert found is not None, f"no form at {path}"
        return self._open(path, fields | {"csrfmiddlewaretoken": found[1]})

    def _open(self, path: str, fields: dict[str, str] | None = None) -> Answer:
        data = None if fields is None else urlencode(fields).encode()
        try:
            answer = self._opener.open(self.url + path, data, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            return Answer(answer.status, answer.url, answer.headers, text)
