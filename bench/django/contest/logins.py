"""People who log in to the site, in this process, through all of Django's handler."""

from __future__ import annotations

import gc
import io
import itertools
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command

from contest.installed import versions
from contest.site.backends import CountingBackend
from contest.site.wsgi import application

USERS = 100
PASSWORD = "right"
LOCKED_OUT = 10
"""So many clients take turns at being refused."""
MOST_FAILURES = 20


class AnswerError(RuntimeError):
    """The site did not do what was to be measured."""


class Visitors:
    """Clients of one site. Each failed or successful login is of an address that is new."""

    def __init__(self) -> None:
        self._addresses = (
            f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            for number in itertools.count(1)
        )
        self._numbers = itertools.count(1)
        self._locked_out: itertools.cycle[tuple[str, str]] | None = None

    def move_in(self) -> dict[str, str]:
        """Makes the tables and the users. Returns the versions of what is measured here."""
        call_command("migrate", verbosity=0)
        someone = User(username="user-0")
        someone.set_password(PASSWORD)
        users = [
            User(username=f"user-{number}", password=someone.password) for number in range(USERS)
        ]
        if not User.objects.exists():
            User.objects.bulk_create(users)
        return versions()

    def lock_out(self, address: str | None = None) -> int:
        """Locks out the clients that are refused from now on: some, or one of this address. Returns
        how many."""
        addresses = [address] if address else [next(self._addresses) for _ in range(LOCKED_OUT)]
        clients = [(f"locked-out-{address}", address) for address in addresses]
        for client in clients:
            for _ in range(MOST_FAILURES):
                before = CountingBackend.checked
                _post(*client, "wrong")
                if CountingBackend.checked == before:
                    break
            else:
                raise AnswerError(f"{MOST_FAILURES} failures do not lock out")
        self._locked_out = itertools.cycle(clients)
        return len(clients)

    def log_in(self, kind: str, times: int, address: str | None = None) -> list[float]:
        """How many milliseconds each of ``times`` logins took."""
        before = CountingBackend.checked
        clients = [self._client(kind, address) for _ in range(times)]
        password = PASSWORD if kind == "successful" else "wrong"
        gc.collect()
        timed = [_post(*client, password) for client in clients]
        self._check(kind, [status for status, _ in timed], CountingBackend.checked - before)
        if kind == "successful":
            Session.objects.all().delete()
        return [milliseconds for _, milliseconds in timed]

    def _client(self, kind: str, address: str | None) -> tuple[str, str]:
        number = next(self._numbers)
        if kind == "refused" and self._locked_out is not None:
            return next(self._locked_out)
        username = f"user-{number % USERS}" if kind == "successful" else f"stranger-{number}"
        return username, address or next(self._addresses)

    def _check(self, kind: str, statuses: list[int], checked: int) -> None:
        welcomed = statuses.count(HTTPStatus.FOUND)
        refused = kind == "refused" and self._locked_out is not None
        wanted = (
            len(statuses) if kind == "successful" else 0,
            0 if refused else len(statuses),
        )
        if (welcomed, checked) != wanted:
            raise AnswerError(f"{kind}: {checked} passwords checked, answers {statuses}")


def _post(username: str, address: str, password: str) -> tuple[int, float]:
    """The status of the answer, and how many milliseconds it took."""
    body = urlencode({"username": username, "password": password}).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/login/",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    answered: list[str] = []

    def start_response(status: str, *_: object) -> Any:
        answered.append(status)

    start = time.perf_counter_ns()
    response = application(environ, start_response)
    for _ in response:
        pass
    # Tells Django that the request is over: connections are closed, guards tidy up.
    response.close()
    took = time.perf_counter_ns() - start
    return int(answered[0].split()[0]), took / 1e6
