"""A client that is locked out and does not stop: what a site still answers to it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from contest.contestants import AXES, AXES_SHARED, DJANGO_AXES, NOBODY
from contest.stores import POSTGRESQL, Servers
from contest.workers import Site, rotated, working
from tests.servers import Server

CONTESTANTS = (NOBODY, AXES, AXES_SHARED, DJANGO_AXES)
SLICES = 10
CONNECTIONS = 8
ATTACKER = "127.0.0.1"
SCRIPT = Path(__file__).with_name("attack.lua")
GUNICORN = ("--workers=2", "--threads=4", "--no-control-socket", "--graceful-timeout=1")


class AttackError(RuntimeError):
    """The attack did not meet what was to be measured."""


@dataclass
class Gunicorn(Server):
    """Two processes of four threads that serve one site."""

    site: Site | None = None

    name: ClassVar[str] = "Gunicorn"
    package: ClassVar[str] = "python3-gunicorn"

    def command(self) -> list[str]:
        bind = f"--bind={self.host}:{self.port}"
        return ["-m", "gunicorn", bind, *GUNICORN, "contest.site.wsgi"]

    def ask(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        # There is no page: any answer is one.
        with contextlib.suppress(urllib.error.HTTPError):
            opener.open(f"http://{self.host}:{self.port}/", timeout=5).close()

    def _user(self) -> None:
        """Whoever runs the benchmark runs the site too."""

    def _popen(self, command: list[str], **options: Any) -> Any:
        assert self.site is not None
        return self.site.start(*command, stdin=subprocess.DEVNULL, **options)


def run(servers: Servers, seconds: int, versions: dict[str, str]) -> dict[str, list[float]]:
    """Answers in a second: by contestant, in each slice of an attack of ``seconds``, in turns."""
    sites = {
        contestant.name: Site.new(servers, contestant, POSTGRESQL, {}) for contestant in CONTESTANTS
    }
    with working(sites, versions) as workers:
        for name, worker in workers.items():
            if name != NOBODY.name:
                worker.order("lock_out", address=ATTACKER)
    rates: dict[str, list[float]] = {name: [] for name in sites}
    with contextlib.ExitStack() as stack:
        ports = {}
        for name, site in sites.items():
            server = Gunicorn(site=site)
            stack.enter_context(server)
            ports[name] = server.port
            _attack(name, server.port, 1)
        for turn in range(SLICES):
            for name in rotated(list(sites), turn):
                rates[name].append(_attack(name, ports[name], max(1, seconds // SLICES)))
    return rates


def _attack(name: str, port: int, seconds: int) -> float:
    """Answers in a second."""
    arguments = ("--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s")
    done = subprocess.run(
        ["wrk", *arguments, f"--script={SCRIPT}", f"http://{ATTACKER}:{port}/login/"],
        env={"PATH": os.environ.get("PATH", os.defpath)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise AttackError(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    told = json.loads(done.stdout.splitlines()[-1])
    refused = 0 if name == NOBODY.name else told["answers"]
    if (told["refused"], told["broken"]) != (refused, 0):
        raise AttackError(f"{name}: {told}")
    return float(told["answers"] / told["microseconds"] * 1e6)
