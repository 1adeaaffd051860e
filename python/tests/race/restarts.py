"""Bursts of guesses in the middle of which a store goes away and comes back."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.servers import Server

from .burst import Answers, Login, burst, new_address, new_user, right, wait_until, wrong
from .servers import Site

LIMIT = 3
LEASE = 1
AWAY = 0.5
"""How long the store stays away, in seconds."""


def kill(server: Server) -> None:
    """It crashes, and somebody starts it again."""
    server.kill()
    time.sleep(AWAY)
    server.restart()


def restart(server: Server) -> None:
    """It is asked to end, and started again."""
    server.restart()


WAYS: dict[str, Callable[[Server], None]] = {"killed": kill, "restarted": restart}


def scopes(count: int = 4) -> dict[str, list[Login]]:
    """Guesses from some addresses, more from each than its limit. Nothing but Axes needs the
    database for them."""
    return {
        address: [wrong(address, new_user(), first="nothing")] * 25
        for address in [new_address() for _ in range(count)]
    }


def shuffled(guesses: dict[str, list[Login]]) -> list[Login]:
    logins = [login for logins in guesses.values() for login in logins]
    random.shuffle(logins)
    return logins


def burst_while(site: Site, logins: list[Login], happens: Callable[[], None]) -> Answers:
    """Sends half of ``logins``; something happens as soon as a password is being checked, and the
    other half comes in while it does."""
    half = len(logins) // 2
    addresses = {login.address for login in logins}
    with ThreadPoolExecutor() as pool:
        first = pool.submit(burst, site, logins[:half])
        wait_for_check(site, addresses)
        event = pool.submit(happens)
        second = pool.submit(burst, site, logins[half:])
        event.result()
        parts = [first.result(), second.result()]
    return Answers(
        [status for part in parts for status in part.statuses],
        [body for part in parts for body in part.bodies],
        max(part.seconds for part in parts),
    )


def wait_for_check(site: Site, addresses: set[str]) -> None:
    wait_until(lambda: any(check["address"] in addresses for check in site.checks()))


def checks_of(site: Site, addresses: Iterable[str]) -> dict[str, int]:
    """How many passwords were checked from each address."""
    return {address: len(site.checks(address=address)) for address in addresses}


def works(site: Site) -> None:
    """Nobody had to restart the site: whoever comes now is checked, counted and locked out."""
    address, username = new_address(), new_user()
    logins = [right(address, new_user(), seconds=0) for _ in range(16)]
    assert burst(site, logins).count == {200: 16}
    answers = burst(site, [wrong(address, username, seconds=0)] * 20)
    assert answers.count == {401: LIMIT - 1, 429: 20 - LIMIT + 1}
    assert len(site.checks(address=address, right=False)) == LIMIT


def uses_up(site: Site, guesses: dict[str, list[Login]]) -> None:
    """Whatever was lost in between, each scope ends in a lockout."""
    time.sleep(2 * LEASE)
    for _ in range(LIMIT):
        answers = burst(site, [logins[0] for logins in guesses.values()])
        assert set(answers.count) <= {401, 429}
    answers = burst(site, [logins[0] for logins in guesses.values()])
    assert answers.count == {429: len(guesses)}
