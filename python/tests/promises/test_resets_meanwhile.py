"""Resets that race with attempts leave what was before them or after them, never a half.

Threads of this process guess passwords as fast as they can while another process resets. When all
is quiet, what decides is what is recorded, and no reset has let more guesses through than its own.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.db import connections

from axes.handlers.proxy import AxesProxyHandler
from axes.models import Tally
from tests.visitor import LOCKED_OUT, Visitor

from . import resets
from .configurations import OtherProcess
from .resets import ADA, ADDRESS, BOB, COMMANDS, OF_RECORDS

pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True)]

LIMIT = 3
RESETS = 10
PAUSE = 0.02
MOST_ROUNDS = 50
USERNAMES, ADDRESSES = [ADA, BOB[0]], [ADDRESS, BOB[1]]
PAIRS = list(itertools.product(USERNAMES, ADDRESSES))
WAYS = [*COMMANDS, "unlock_in_admin"]

Checked = list[tuple[str, str]]


def cells() -> Iterator[Any]:
    """Each way to reset, on every database; with a shared cache beside it too."""
    for how in [*WAYS, *OF_RECORDS]:
        yield pytest.param("database", None, how, marks=pytest.mark.database)
    for how in ("reset_all", "reset_by_address", "delete_queryset"):
        yield pytest.param("database", "redis", how)


@pytest.fixture
def _django_db_helper() -> None:
    """Keeps users: pytest-django would empty all tables, which takes longer than a cell."""


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Username and address of each password that was checked here."""
    found: Checked = []
    authenticate = ModelBackend.authenticate

    def note(self: Any, request: Any, username: Any = None, **credentials: Any) -> Any:
        found.append((username, request.META["REMOTE_ADDR"]))
        return authenticate(self, request, username, **credentials)

    monkeypatch.setattr(ModelBackend, "authenticate", note)
    return found


@contextlib.contextmanager
def hammering() -> Iterator[Counter[Any]]:
    """Meanwhile a thread for each username and address guesses; counts what it meets."""
    answers: Counter[Any] = Counter()
    lock, is_over = threading.Lock(), threading.Event()

    def hammer(username: str, address: str) -> None:
        try:
            while not is_over.is_set():
                answer: Any = resets.attempt(username, address)
                with lock:
                    answers[answer] += 1
        except Exception as error:
            with lock:
                answers[repr(error)] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hammer, args=pair) for pair in PAIRS]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)


def records() -> Counter[tuple[str | None, str | None]]:
    """The failures on each username from each address, as they are recorded."""
    found: Counter[tuple[str | None, str | None]] = Counter()
    for address, username, failures in AxesProxyHandler.get_implementation().recorded():
        found[username, address] += failures
    return found


def recorded_against(username: str, address: str) -> int:
    """What the records say of a client: the scope that says most decides."""
    found = records()
    of_username = sum(found[username, other] for other in ADDRESSES)
    of_address = sum(found[other, address] for other in USERNAMES)
    return max(of_username, of_address)


def judged(username: str, address: str) -> int:
    """What the tallies say of a client."""
    request = Visitor(username, address, path="/guess/").request()
    return AxesProxyHandler.get_failures(request, {"username": username})


def assert_tallies_are_the_records() -> None:
    for pair in PAIRS:
        assert judged(*pair) == recorded_against(*pair), f"{pair}: {tallies()}\n{records()}"


def tallies() -> str:
    """What a failed test wants to know of them."""
    columns = ("username", "network", "failures", "current_permits", "previous_permits", "epoch")
    return "\n".join(map(str, Tally.objects.values_list(*columns)))


def assert_the_next_attempt_follows(username: str, address: str) -> None:
    """One failure more, and what is recorded says whether it is checked and how it ends."""
    before = recorded_against(username, address)
    status = resets.attempt(username, address)
    assert status == (401 if before + 1 < LIMIT else LOCKED_OUT)
    assert recorded_against(username, address) == min(before + 1, max(before, LIMIT))


@pytest.mark.parametrize(("handler", "kind", "how"), [*cells()])
def test_resets_that_race_with_attempts_leave_no_half(
    other: OtherProcess, checked: Checked, how: str
) -> None:
    rounds = 0
    with hammering() as answers:
        # On a busy machine, until the resets have made room: else nothing has raced.
        while rounds < MOST_ROUNDS and len(checked) <= len(PAIRS):
            other.does("again_and_again", how, RESETS, PAUSE)
            rounds += 1
    assert 401 in answers
    assert set(answers) <= {401, LOCKED_OUT}
    # No more than the limit for each address and username between two resets.
    for scope in (0, 1):
        counts = Counter(pair[scope] for pair in checked)
        assert max(counts.values()) <= LIMIT * (RESETS * rounds + 1)
    assert len(checked) > len(PAIRS)
    assert_tallies_are_the_records()
    assert not Tally.objects.exclude(current_permits=0, previous_permits=0).exists()
    # What is made anew from the records is what was there.
    Tally.objects.all().delete()
    assert_tallies_are_the_records()
    for pair in PAIRS:
        assert_the_next_attempt_follows(*pair)
    assert_tallies_are_the_records()
    # No permit is left in the way, of whoever was in flight when it was reset.
    resets.reset_all()
    assert not records()
    answered = [resets.attempt(*PAIRS[0]) for _ in range(LIMIT + 1)]
    assert answered == [401, 401, LOCKED_OUT, LOCKED_OUT]
    assert judged(*PAIRS[0]) == LIMIT
