"""The asynchronous site: two uvicorns that share one database."""

from __future__ import annotations

import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import ClassVar

from tests.race.servers import PYTHON, Process, Site


@dataclass
class AsgiProcess(Process):
    """One uvicorn: one event loop."""

    name: ClassVar[str] = "Asgi"
    package: ClassVar[str] = "python3-uvicorn"

    def command(self) -> list[str]:
        options = [f"--host={self.host}", f"--port={self.port}", "--log-level=warning"]
        options += ["--timeout-graceful-shutdown=1", f"--app-dir={PYTHON}"]
        return [sys.executable, "-m", "uvicorn", *options, "tests.asgi.site.asgi:application"]

    def seconds_to_answer(self) -> float:
        """How long a request takes that has nothing to do with logins."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        start = time.monotonic()
        with opener.open(f"http://{self.host}:{self.port}/ready/", timeout=30) as answer:
            assert answer.headers["X-Stamp"] == "asynchronous"
        return time.monotonic() - start


class AsgiSite(Site):
    """Use it as a context manager."""

    process = AsgiProcess
    settings = "tests.asgi.site.settings"
    size = 2
