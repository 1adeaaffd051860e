"""What all private servers have in common."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from .processes import children, free_port, is_running, is_stopped

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
        if how is signal.SIGKILL:
            self._crash(process)
            return
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _crash(self, process: subprocess.Popen[bytes]) -> None:
        """Ends the server and its workers, none of which is left to be in the way of the next."""
        # A server that stands still makes no worker that nobody has listed.
        process.send_signal(signal.SIGSTOP)
        while is_running(process.pid) and not is_stopped(process.pid):
            time.sleep(PAUSE / 100)
        family = children(process.pid)
        process.kill()
        for child in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + PATIENCE
        while any(is_running(child) for child in family) and time.monotonic() < deadline:
            time.sleep(PAUSE / 10)

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
