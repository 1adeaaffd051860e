"""Resets that race with attempts leave what was before them or after them, never a half.

Threads of this process guess passwords as fast as they can while another process resets. When all
is quiet, what decides is what is recorded, and no reset has let more guesses through than its own.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.db import connection, connections

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, Tally
from axes.utils import reset
from tests.cache.conftest import HANDLER, configured
from tests.visitor import LOCKED_OUT, WRONG, Visitor, make_user

from .neighbour import Neighbour
from .racing_ways import ADDRESSES, USERNAMES, WAYS, WAYS_OF_ROWS

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 3
RESETS = 12
PAUSE = 0.03
COMMON = {
    "AXES_FAILURE_LIMIT": LIMIT,
    "AXES_COOLOFF_TIME": 1,
    "AXES_LOCKOUT_PARAMETERS": ["username", "ip_address"],
    "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
}
CACHES = {
    "database": None,
    "database, shared cache": "redis",
    "cache on Redis": "redis",
    "cache on Memcached": "pymemcache",
}
PAIRS = list(itertools.product(USERNAMES, ADDRESSES))

Settings = dict[str, Any]
Configured = Callable[[str], tuple[Settings, Neighbour]]


def cells() -> list[Any]:
    """Each way to reset in each configuration; what concerns rows, where rows are written."""
    found = []
    for configuration in CACHES:
        is_database = configuration.startswith("database")
        marks = [pytest.mark.database] if is_database else []
        for way in WAYS | WAYS_OF_ROWS if is_database else WAYS:
            found.append(pytest.param(configuration, way, marks=marks))
    return found


@pytest.fixture(scope="module")
def pairs(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Configured]:
    """The settings of each configuration, and the other process, which has them too."""
    known: dict[str, tuple[Settings, Neighbour]] = {}
    names = ["ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD"]
    database = {name: str(connection.settings_dict[name]) for name in names}
    with contextlib.ExitStack() as stack:

        def pair(configuration: str) -> tuple[Settings, Neighbour]:
            if configuration not in known:
                settings: Settings = dict(COMMON)
                if kind := CACHES[configuration]:
                    cache = configured(request, kind)
                    settings |= {"AXES_CACHE": "default", "CACHES": {"default": cache}}
                if configuration.startswith("cache"):
                    settings["AXES_HANDLER"] = HANDLER
                neighbour = Neighbour(DATABASES={"default": database}, **settings)
                known[configuration] = settings, stack.enter_context(neighbour)
            return known[configuration]

        yield pair


@pytest.fixture
def neighbour(
    pairs: Configured, configuration: str, settings: Any, transactional_db: None
) -> Neighbour:
    """The other process, of the site that this process is too."""
    same, neighbour = pairs(configuration)
    for name, value in same.items():
        setattr(settings, name, value)
    # Caches are not emptied between tests.
    reset()
    return neighbour


Checked = list[tuple[str, str]]


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


def guess(username: str, address: str) -> int:
    return int(Visitor(username, address, path="/check/").tries(WRONG).status_code)


@contextlib.contextmanager
def hammering() -> Iterator[Counter[Any]]:
    """Meanwhile a thread for each username and address guesses; counts what it meets."""
    answers: Counter[Any] = Counter()
    lock, is_over = threading.Lock(), threading.Event()

    def hammer(username: str, address: str) -> None:
        try:
            while not is_over.is_set():
                answer: Any = guess(username, address)
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
    request = Visitor(username, address, path="/check/").request()
    return AxesProxyHandler.get_failures(request, {"username": username})


def assert_tallies_are_the_records() -> None:
    for pair in PAIRS:
        assert judged(*pair) == recorded_against(*pair), pair


def assert_the_next_attempt_follows(username: str, address: str) -> None:
    """One failure more, and what is recorded says whether it is checked and how it ends."""
    before = recorded_against(username, address)
    status = guess(username, address)
    assert status == (401 if before + 1 < LIMIT else LOCKED_OUT)
    assert recorded_against(username, address) == min(before + 1, max(before, LIMIT))


@pytest.mark.parametrize(("configuration", "way"), cells())
def test_resets_that_race_with_attempts_leave_no_half(
    neighbour: Neighbour, checked: Checked, configuration: str, way: str
) -> None:
    for username in USERNAMES:
        make_user(username)
    with hammering() as answers:
        assert neighbour.resets(way, RESETS, PAUSE) == RESETS
    assert set(answers) == {401, LOCKED_OUT}
    # No more than the limit for each address and username between two resets, and the resets did
    # make room: else nothing has raced.
    for scope in (0, 1):
        counts = Counter(pair[scope] for pair in checked)
        assert max(counts.values()) <= LIMIT * (RESETS + 1)
    assert len(checked) > LIMIT * 2
    if configuration.startswith("database"):
        assert_tallies_are_the_records()
        assert not Tally.objects.exclude(current_permits=0, previous_permits=0).exists()
        # What is made anew from the records is what was there.
        Tally.objects.all().delete()
        assert_tallies_are_the_records()
        for pair in PAIRS:
            assert_the_next_attempt_follows(*pair)
        assert_tallies_are_the_records()
    else:
        # There a record is an entry of its own, which only tells people: tallies decide.
        for pair in PAIRS:
            assert guess(*pair) == (401 if judged(*pair) < LIMIT else LOCKED_OUT)
    # No permit is left in the way, of whoever was in flight when it was reset.
    reset()
    assert not records()
    assert not AccessAttempt.objects.exists()
    assert [guess(*PAIRS[0]) for _ in range(LIMIT + 1)] == [401, 401, LOCKED_OUT, LOCKED_OUT]
    assert judged(*PAIRS[0]) == LIMIT
