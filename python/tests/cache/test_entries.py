"""Entries are compared and set in one step, by every client."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from pymemcache.exceptions import MemcacheUnexpectedCloseError

from axes.entries import entries_of
from tests.servers import RedisServer

from .conftest import EXACT, configured

LOCKED = {
    "local memory": "django.core.cache.backends.locmem.LocMemCache",
    "files": "django.core.cache.backends.filebased.FileBasedCache",
}

# Files are locked by an entry that two may add at once: the system check names that.
SAFE = pytest.mark.parametrize("cache", [*EXACT, "third party", "local memory"], indirect=True)


def leave() -> None:
    """Closes this thread's connections, as Django does after a request."""
    caches["default"].close()
    pools = getattr(getattr(caches["default"], "_cache", None), "_pools", {})
    for pool in pools.values():
        pool.disconnect()


@pytest.fixture(params=[*EXACT, "third party", *LOCKED])
def cache(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> Iterator[Any]:
    """An empty cache that processes or threads share."""
    if request.param not in LOCKED:
        settings.CACHES = {"default": configured(request, request.param)}
    else:
        location = str(tmp_path)
        settings.CACHES = {"default": {"BACKEND": LOCKED[request.param], "LOCATION": location}}
    yield caches["default"]
    leave()


def test_an_entry_is_made_once(cache: Any) -> None:
    entries = entries_of(cache)
    assert entries.get(["a", "b"]) == [None, None]
    assert entries.put("a", "1", None, 60_000)
    assert not entries.put("a", "2", None, 60_000)
    (found,) = entries.get(["a"])
    assert found is not None
    assert found[0] == "1"


def test_an_entry_is_changed_only_where_nobody_else_has(cache: Any) -> None:
    entries = entries_of(cache)
    entries.put("a", "1", None, 60_000)
    (found,) = entries.get(["a"])
    assert found is not None
    assert entries.put("a", "2", found[1], None)
    assert not entries.put("a", "3", found[1], None)
    assert not entries.put("b", "3", found[1], None)
    assert [entry and entry[0] for entry in entries.get(["b", "a"])] == [None, "2"]


def test_several_are_written_in_their_order_up_to_the_first_in_vain(cache: Any) -> None:
    entries = entries_of(cache)
    assert entries.put_all([("a", "1", None, 60_000), ("b", "1", None, None)]) == 2
    a, b = entries.get(["a", "b"])
    assert a is not None
    assert b is not None
    late = [("c", "1", None, 60_000), ("a", "2", None, 60_000), ("d", "1", None, 60_000)]
    assert entries.put_all(late) == 1
    assert [entry and entry[0] for entry in entries.get(["a", "b", "c", "d"])] == [
        "1",
        "1",
        "1",
        None,
    ]
    assert entries.put_all([("a", "2", a[1], None), ("b", "2", b[1], 60_000)]) == 2
    assert entries.put_all([("d", "1", None, None), ("c", "2", None, None)]) == 1
    assert [entry and entry[0] for entry in entries.get(["a", "b", "d"])] == ["2", "2", "1"]


@pytest.mark.parametrize("cache", ["redis", "django-redis"], indirect=True)
def test_a_server_that_forgot_the_script_is_told_it_again(
    cache: Any, redis_server: RedisServer
) -> None:
    entries = entries_of(cache)
    assert entries.put("a", "1", None, None)
    redis_server.query("SCRIPT FLUSH")
    assert entries.put_all([("b", "1", None, None), ("a", "2", None, None)]) == 1


@pytest.mark.parametrize("cache", ["redis", "django-redis"], indirect=True)
def test_all_are_swapped_or_none(cache: Any) -> None:
    entries = entries_of(cache)
    assert entries.swaps
    writes = [("a", "1", None, 60_000), ("b", "1", None, None)]
    assert entries.swap([("c", None)], writes, ["a"]) is None
    for expected in ([("b", "2")], [("c", "")], [("b", None)], [("b", "1"), ("c", "1")]):
        found = entries.swap(expected, [("a", "2", "1", None), ("d", "1", None, None)], ["e"])
        there = {"b": "1", "c": None}
        assert found == [*(there[name] for name, _ in expected), "1", None, None]
    late = [("a", "2", "0", None), ("d", "é", None, None)]
    assert entries.swap([("c", None)], late, ["b"]) == [None, "1", None, "1"]
    now = [("a", "2", "1", None), ("d", "é", None, 60_000)]
    assert entries.swap([("b", "1")], now, ["b", "c"]) is None
    assert entries.swap([("a", "2"), ("d", "é")], [], []) is None
    assert entries.swap([("a", "2"), ("d", "e")], [], ["b"]) == ["2", "é", "1"]


@pytest.mark.parametrize("cache", ["redis", "django-redis"], indirect=True)
def test_a_set_is_joined_in_the_same_step_and_left_by_whoever_is_gone(cache: Any) -> None:
    entries = entries_of(cache)
    assert entries.keeps_sets

    def join(member: str, until: int, *, empty: Sequence[str] = ()) -> list[str | None] | None:
        put = (f"of {member}", "1", None, None)
        joined = ("s", member, until, 60_000)
        return entries.swap([], [put], [], empty, [joined], 1_000)

    def members() -> dict[str, float]:
        cursor, found = entries.members("s", 0)
        assert cursor == 0
        return dict(found)

    assert join("ada", 5_000, empty=["s", "t"]) is None
    assert join("bob", 6_000, empty=["t", "s"]) == [None, "0", "1"]
    assert join("bob", 6_000) is None
    assert join("bob", 7_000) == ["1"], "the entry is not as it should be"
    assert members() == {"ada": 5_000, "bob": 6_000}
    # What lasts longer counts, whoever comes last.
    for until in (9_000, 8_000):
        assert entries.swap([], [], [], [], [("s", "ada", until, 60_000)], 1_000) is None
    assert members() == {"ada": 9_000, "bob": 6_000}
    # Nobody is there beyond that time, and whoever joins next finds the others gone.
    assert entries.swap([], [], [], ["s"], [("s", "eve", 20_000, None)], 10_000) is None
    assert members() == {"eve": 20_000}

    assert join("ada", 9_000) == ["1"]
    assert entries.swap([], [], [], [], [("s", "ada", 9_000, 1), ("s", "bob", 9_000, 1)], 0) is None
    # Ada's entry is another one, Bob's is what was left, and of Eve's nothing is.
    gone = [("ada", "of ada", "0"), ("bob", "of bob", "1"), ("eve", "of eve", "0")]
    assert entries.take_out("s", gone) == 1
    assert members() == {"ada": 9_000}


def test_texts_stay_as_they_are(cache: Any) -> None:
    entries = entries_of(cache)
    for text in ["", "0", "é\u0000\n 漢", "x" * 100_000]:
        entries.set("a", text, 60_000)
        (found,) = entries.get(["a"])
        assert found is not None
        assert found[0] == text
        assert entries.put("a", text + "!", found[1], 60_000)
        assert not entries.put("a", "late", found[1], 60_000)


def test_an_entry_expires_and_not_too_early(cache: Any) -> None:
    entries = entries_of(cache)
    entries.put("short", "1", None, 1_000)
    # Memcached takes what is longer than 30 days for a date.
    for name, days in [("month", 29), ("year", 400), ("ever", None)]:
        entries.put(name, "1", None, None if days is None else days * 86_400_000)
    time.sleep(2.2)
    found = entries.get(["short", "month", "year", "ever"])
    assert [entry is not None for entry in found] == [False, True, True, True]
    assert entries.put("short", "2", None, 1_000)


@SAFE
def test_many_threads_lose_no_step(cache: Any) -> None:
    start = threading.Barrier(8)

    def count(_thread: int) -> None:
        entries = entries_of(caches["default"])
        start.wait()
        for _ in range(25):
            while True:
                (found,) = entries.get(["number"])
                number = 0 if found is None else int(found[0])
                token = None if found is None else found[1]
                if entries.put("number", str(number + 1), token, None):
                    break
        leave()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    (found,) = entries_of(cache).get(["number"])
    assert found is not None
    assert found[0] == "200"


def test_many_are_read_at_once_in_their_order(cache: Any) -> None:
    entries = entries_of(cache)
    for number in range(0, 250, 2):
        entries.set(f"entry-{number}", str(number), None)
    found = entries.get([f"entry-{number}" for number in range(250)])
    expected = [None if number % 2 else str(number) for number in range(250)]
    assert [entry and entry[0] for entry in found] == expected


def test_a_client_that_reads_texts_is_fine(request: pytest.FixtureRequest, settings: Any) -> None:
    here = configured(request, "redis") | {"OPTIONS": {"decode_responses": True}}
    settings.CACHES = {"default": here}
    entries = entries_of(caches["default"])
    assert entries.put("a", "é", None, 1_000)
    (found,) = entries.get(["a"])
    assert found is not None
    assert found[0] == "é"
    assert entries.put("a", "2", found[1], 1_000)


def test_an_entry_has_one_server_whatever_happens_to_it(
    request: pytest.FixtureRequest, settings: Any, second_memcached_server: Any
) -> None:
    here = configured(request, "pymemcache")
    second = f"{second_memcached_server.host}:{second_memcached_server.port}"
    settings.CACHES = {"default": here | {"LOCATION": [here["LOCATION"], second]}}
    entries = entries_of(caches["default"])
    names = [f"entry-{number}" for number in range(100)]
    for name in names:
        assert entries.put(name, name, None, 60_000)
    assert [entry and entry[0] for entry in entries.get(names)] == names
    second_memcached_server.kill()
    kept = [name for name in names if place(entries, name) == here["LOCATION"]]
    assert 20 < len(kept) < 80
    # What the dead one kept is not there, and nobody begins it anew elsewhere.
    for name in names:
        if name not in kept:
            with pytest.raises((OSError, MemcacheUnexpectedCloseError)):
                entries.put(name, "anew", None, 60_000)
            with pytest.raises(OSError, match="refused"):
                entries.get([name])
    assert [entry and entry[0] for entry in entries.get(kept)] == kept
    leave()


def place(entries: Any, name: str) -> str:
    return str(entries.place(entries.key(name)))


@SAFE
def test_who_has_just_connected_finds_what_is_there(cache: Any) -> None:
    entries_of(cache).set("a", "1", 60_000)
    start = threading.Barrier(8)

    def find(_thread: int) -> str | None:
        entries = entries_of(caches["default"])
        start.wait()
        (found,) = entries.get(["a"])
        leave()
        return found and found[0]

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(find, range(8))) == {"1"}
