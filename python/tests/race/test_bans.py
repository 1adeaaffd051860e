"""A ban holds in every process from the moment on at which whoever enters it is done."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .burst import Login, burst, new_address, new_user, right
from .servers import Site


@contextmanager
def traffic(site: Site, address: str) -> Iterator[list[int]]:
    """Right logins from ``address``, all the time; what they were answered."""
    statuses: list[int] = []
    somebody = new_user()
    over = threading.Event()

    def come() -> None:
        while not over.is_set():
            statuses.extend(burst(site, [login(address, somebody)] * 8).statuses)

    thread = threading.Thread(target=come)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join()


def login(address: str, username: str | None = None) -> Login:
    return right(address, username or new_user(), seconds=0)


def test_nobody_is_checked_once_a_ban_is_entered_nor_refused_once_it_is_lifted(site: Site) -> None:
    address, other = new_address(), new_address()
    with traffic(site, address) as statuses:
        for command, status in itertools.islice(
            itertools.cycle([("axes_ban", 403), ("axes_unban", 200)]), 4
        ):
            site.run("-m", "django", command, address)
            logins = [login(address) for _ in range(32)]
            assert burst(site, logins).count == {status: 32}
            checked = {check["username"] for check in site.checks(address=address)}
            names = {one.username for one in logins}
            assert checked & names == (names if status == 200 else set())
            assert burst(site, [login(other) for _ in range(8)]).count == {200: 8}
    assert set(statuses) == {200, 403}


def test_a_ban_of_a_username_holds_wherever_it_is_tried_from(site: Site) -> None:
    username = new_user()
    for command, status in [("axes_ban", 403), ("axes_unban", 200)]:
        site.run("-m", "django", command, "--username", username.upper())
        attempts = [right(new_address(), username, "username", seconds=0) for _ in range(16)]
        assert burst(site, attempts).count == {status: 16}
    assert len(site.checks(username=username)) == 16
