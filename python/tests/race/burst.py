"""Many logins in the same moment."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from .servers import USERS, Site
from .site.backends import RIGHT

HOST = "127.0.0.1"
SECONDS = 0.3
"""How long checking a password takes."""

NO_ANSWER = 0
"""The status where the connection was cut."""

_numbers = itertools.count(1)
_users = itertools.count()


@dataclass(frozen=True)
class Login:
    """One login that is sent, to the page that counts on ``scopes``."""

    username: str
    address: str
    password: str = "wrong"
    scopes: str = "address"
    seconds: float = SECONDS
    then: str = ""
    first: str = ""

    def request(self) -> bytes:
        form = {
            "username": self.username,
            "password": self.password,
            "seconds": self.seconds,
            "then": self.then,
            "first": self.first,
        }
        body = urlencode(form)
        lines = [
            f"POST /login/{self.scopes}/ HTTP/1.1",
            f"Host: {HOST}",
            f"X-Forwarded-For: {self.address}",
            "User-Agent: racer",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@dataclass(frozen=True)
class Answers:
    """What came back, in the order of the logins."""

    statuses: list[int]
    bodies: list[str]
    seconds: float

    @property
    def count(self) -> dict[int, int]:
        return dict(Counter(self.statuses))


def new_address() -> str:
    """An address that nobody has used, so that races do not need an empty database."""
    number = next(_numbers)
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def new_user() -> str:
    """The name of a user whom nobody has raced for."""
    number = next(_users)
    assert number < USERS, "make more users"
    return f"user-{number}"


def wrong(address: str, username: str, scopes: str = "address", **more: object) -> Login:
    return Login(username, address, scopes=scopes, **more)  # type: ignore[arg-type]


def right(address: str, username: str, scopes: str = "address", **more: object) -> Login:
    return Login(username, address, RIGHT, scopes, **more)  # type: ignore[arg-type]


def burst(site: Site, logins: Iterable[Login], *, patience: float = 60) -> Answers:
    """Sends all ``logins`` in one moment, evenly over the processes, and waits for the answers."""

    async def sent() -> tuple[list[tuple[int, str]], float]:
        ready = [
            (login, await asyncio.open_connection(HOST, port))
            for login, port in zip(logins, itertools.cycle(site.ports), strict=False)
        ]
        start = time.monotonic()
        answers = await asyncio.wait_for(
            asyncio.gather(*(answer(login, *connection) for login, connection in ready)),
            patience,
        )
        return answers, time.monotonic() - start

    answers, seconds = asyncio.run(sent())
    return Answers([status for status, _ in answers], [body for _, body in answers], seconds)


async def answer(
    login: Login, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[int, str]:
    try:
        writer.write(login.request())
        await writer.drain()
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        return NO_ANSWER, ""
    return int(head.split()[1]) if head else NO_ANSWER, body


def send_and_leave(site: Site, logins: Iterable[Login]) -> None:
    """Sends ``logins`` and hangs up without waiting for an answer."""

    async def sent() -> None:
        for login, port in zip(logins, itertools.cycle(site.ports), strict=False):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.write(login.request())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    asyncio.run(sent())


def wait_until(happened: Callable[[], bool]) -> None:
    """Looks again and again, for 20 seconds at most."""
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
