"""Worker processes: one for each contestant and store."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contest.contestants import Contestant
from contest.stores import Servers, Store, store_url

CODE = Path(__file__).parents[1]
PATIENCE = 60


class WorkerError(RuntimeError):
    """A worker that ended; its log says why."""


@dataclass
class Site:
    """One contestant on a database of its own."""

    contestant: Contestant
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(
        cls, servers: Servers, contestant: Contestant, store: Store, settings: Mapping[str, Any]
    ) -> Site:
        """A site with the contestant's settings and these."""
        folder = servers.new_folder()
        database = servers.new_database(store, folder)
        redis = servers.new_redis() if contestant.on_redis else None
        native = {}
        if contestant.native is not None:
            native["AXES_STORE"] = store_url(contestant.native, folder, database, redis)
        described = {
            "apps": contestant.apps,
            "backends": contestant.backends,
            "middleware": contestant.middleware,
            "settings": {**contestant.settings, **native, **settings},
            "database": database,
            "redis": redis,
            "log": str(folder / "site.log"),
        }
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "BENCH_SITE": json.dumps(described),
            "DJANGO_SETTINGS_MODULE": "contest.site.settings",
        }
        return cls(contestant, folder, environment)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Runs Python where the contestant is installed."""
        return subprocess.Popen(
            [str(self.contestant.python), *arguments],
            cwd=CODE,
            env=self.environment,
            text=True,
            encoding="utf-8",
            # Ctrl-C is for the parent, which ends them in order.
            start_new_session=True,
            **options,
        )


class Worker:
    """A process that logs in when it is told to. The first answer are its versions."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with (site.folder / "worker.log").open("w") as log:
            self._process = site.start(
                "-m", "contest.worker", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )

    def order(self, do: str, **details: Any) -> Any:
        """Gives an order and waits for the answer."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        """Waits for an answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            log = (self.site.folder / "worker.log").read_text(errors="replace").splitlines()
            raise WorkerError("\n".join([f"{self.site.contestant.name} ended:", *log[-15:]]))
        return json.loads(line)

    def stop(self) -> None:
        """Lets the process end by itself: there are no more orders."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextlib.contextmanager
def working(
    sites: Mapping[str, Site], versions: dict[str, str] | None = None
) -> Iterator[dict[str, Worker]]:
    """Workers for ``sites``, ready for orders; notes their ``versions``."""
    with contextlib.ExitStack() as stack:
        workers = {}
        for name, site in sites.items():
            workers[name] = Worker(site)
            stack.callback(workers[name].stop)
        for worker in workers.values():
            found = worker.answer()
            if versions is not None:
                versions.update(found)
        yield workers


def take_turns(
    workers: Mapping[str, Worker], rounds: int, logins: int, **order: Any
) -> dict[str, list[list[float]]]:
    """Milliseconds of logins: for each worker, in each round, ``logins`` of them.

    Workers alternate in blocks, each time beginning with another.
    """
    times: dict[str, list[list[float]]] = {name: [] for name in workers}
    turn = 0
    for _ in range(rounds):
        for name in workers:
            times[name].append([])
        for block in blocks(logins):
            for name in rotated(list(workers), turn):
                times[name][-1] += workers[name].order("log_in", times=block, **order)
            turn += 1
    return times


BLOCK = 5


def blocks(logins: int) -> list[int]:
    """``logins`` in blocks that are short beside what disturbs a machine."""
    full, rest = divmod(logins, BLOCK)
    return [BLOCK] * full + [rest] * (rest > 0)


def rotated(names: Sequence[str], turn: int) -> list[str]:
    """Everybody is first, and last, equally often."""
    first = turn % len(names)
    return [*names[first:], *names[:first]]
