"""What django-axes 8.3.1 and Axes do otherwise, apart from what the scenarios show.

`docs/migrating-from-django-axes.md` tells each with its reason, and names the test.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ..race.servers import Database, on_server, sqlite
from .environment import Environment
from .story import MIGRATE, Day, Doing, look

XHR = {"x-requested-with": "XMLHttpRequest"}
LONG = "x" * 300

LOOKS: dict[str, Doing] = {
    "migrate": MIGRATE,
    "users": ["users", "ada"],
    "form_data": ["form_data", "192.0.2.1", "tea", "salt"],
    "failed": ["fail", "ada", "192.0.2.2", 3],
    "locked_out": ["answer", "ada", "192.0.2.2"],
    "json": ["answer", "ada", "192.0.2.2", XHR],
    "url": ["with_settings", {"AXES_LOCKOUT_URL": "/out/?from=shop"}, "answer", "ada", "192.0.2.2"],
    "everything_reset": ["command", "axes_reset"],
    "old_names": ["with_settings", {"AXES_LOGGER": "shop"}, "check_ids"],
    "wrong_values": ["with_settings", {"AXES_FAILURE_LIMIT": "three"}, "check_ids"],
    "no_address": ["with_settings", {"AXES_IP_WHITELIST": ["office"]}, "check_ids"],
    "misspelled": ["with_settings", {"AXES_FAILURE_LIMT": 5}, "check_ids"],
    "one_failure": ["fail", "ada", "192.0.2.3"],
    "reset": ["command", "axes_reset", "192.0.2.3"],
    "another_failure": ["fail", "ada", "192.0.2.3"],
    "reset_user": ["command", "axes_reset_user", "ada"],
    "reset_nonsense": ["command", "axes_reset_ip", "office"],
    "lines": ["lines", "bea", "192.0.2.4"],
    "broken": ["answer", "cid", "192.0.2.5", {}, "/broken/"],
    "after_broken": ["recorded", "192.0.2.5"],
    "long": ["answer", LONG, "192.0.2.6"],
    "after_long": ["recorded", "192.0.2.6"],
    "nul": ["answer", "a\0b", "192.0.2.7"],
    "after_nul": ["recorded", "192.0.2.7"],
    "async": ["answer", "eve", "192.0.2.9", {}, "/async-login/"],
    "async_again": ["answer", "eve", "192.0.2.9", {}, "/async-login/"],
    "async_at_the_limit": ["answer", "eve", "192.0.2.9", {}, "/async-login/"],
    "actions": ["actions"],
    "lose_table": ["lose_table"],
    "store": ["answer", "dan", "192.0.2.8"],
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[Database]:
    """One for each of the two."""
    if request.param == "sqlite":
        return [sqlite(tmp_path_factory.mktemp("look")) for _ in range(2)]
    server = request.getfixturevalue("postgres_server")
    return [on_server(server, f"look{number}") for number in range(2)]


@pytest.fixture(scope="module")
def theirs(databases: list[Database], django_axes: Path) -> Day:
    return look(Environment(django_axes), databases[0], "shop.settings", **LOOKS)


@pytest.fixture(scope="module")
def ours(databases: list[Database]) -> Day:
    return look(Environment(Path(sys.executable)), databases[1], "shop.settings", **LOOKS)


def test_form_data_is_that_of_the_latest_attempt(theirs: Day, ours: Day) -> None:
    assert ["tea" in data for data in theirs["form_data"]] == [True, True]
    assert ["salt" in data for data in theirs["form_data"]] == [False, True]
    assert ["tea" in data for data in ours["form_data"]] == [True, False]
    assert ["salt" in data for data in ours["form_data"]] == [False, True]


def test_the_answer_tells_the_time_left(theirs: Day, ours: Day) -> None:
    assert theirs["locked_out"]["status"] == ours["locked_out"]["status"] == 429
    assert theirs["locked_out"]["body"] == ours["locked_out"]["body"]
    assert "Retry-After" not in theirs["locked_out"]["headers"]
    assert 0 < int(ours["locked_out"]["headers"]["Retry-After"]) <= 12 * 3600


def test_json_tells_the_count_and_the_time_left_too(theirs: Day, ours: Day) -> None:
    told_there, told_here = (json.loads(told["json"]["body"]) for told in (theirs, ours))
    assert told_here.keys() - told_there.keys() == {"failure_count", "retry_after"}
    assert {name: told_here[name] for name in told_there} == told_there


def test_a_lockout_url_may_have_a_query(theirs: Day, ours: Day) -> None:
    assert theirs["url"]["headers"]["Location"] == "/out/?from=shop?username=ada"
    assert ours["url"]["headers"]["Location"] == "/out/?from=shop&username=ada"


def test_only_attempts_are_counted_as_removed(theirs: Day, ours: Day) -> None:
    # Each attempt there has an expiration with it.
    assert theirs["everything_reset"] == "4 attempts removed.\n"
    assert ours["everything_reset"] == "2 attempts removed.\n"


def test_settings_that_were_gone_work_again(theirs: Day, ours: Day) -> None:
    assert theirs["old_names"] == ["axes.W004"]
    assert ours["old_names"] == []


@pytest.mark.parametrize(
    ("wrong", "found"),
    [("wrong_values", "axes.E001"), ("no_address", "axes.E001"), ("misspelled", "axes.W010")],
)
def test_the_checks_name_what_is_wrong(theirs: Day, ours: Day, wrong: str, found: str) -> None:
    assert theirs[wrong] == []
    assert ours[wrong] == [found]


def test_the_reset_command_takes_addresses(theirs: Day, ours: Day) -> None:
    assert theirs["reset"].startswith("error: ")
    assert ours["reset"] == "1 attempts removed.\n"
    assert theirs["reset_user"].startswith("error: ")
    assert ours["reset_user"] == "1 attempts removed.\n"


def test_a_reset_of_what_is_no_address_is_an_error(theirs: Day, ours: Day) -> None:
    assert theirs["reset_nonsense"] in {"No attempts found.\n", "broken: ValueError"}
    assert ours["reset_nonsense"] == 'error: not an IP address: "office"'


def test_log_lines_come_from_one_logger_and_tell_the_count(theirs: Day, ours: Day) -> None:
    levels = {"WARNING", "ERROR"}
    told_there, told_here = (
        [line for line in told["lines"] if line[1] in levels] for told in (theirs, ours)
    )
    assert {name for name, _, _ in told_there} == {"axes.handlers.database"}
    assert {name for name, _, _ in told_here} == {"axes.watch_login"}
    (line_there,), (line_here,) = told_there, told_here
    assert line_there[2].startswith("AXES: New login failure by {username: ")
    assert line_here[2].startswith("AXES: New login failure (1 of 3) by {username: ")


def test_a_failure_survives_a_rollback(theirs: Day, ours: Day) -> None:
    assert theirs["broken"]["status"] == ours["broken"]["status"] == 500
    assert theirs["after_broken"] == []
    assert ours["after_broken"] == ["cid"]


def test_a_long_username_is_cut(databases: list[Database], theirs: Day, ours: Day) -> None:
    assert ours["long"]["status"] == 200
    assert ours["after_long"] == [LONG[:255]]
    if "postgresql" in databases[0].settings["ENGINE"]:
        assert theirs["long"]["status"] == 500
        assert theirs["after_long"] == []
    else:
        assert theirs["after_long"] == [LONG]


def test_a_nul_character_breaks_nothing(databases: list[Database], theirs: Day, ours: Day) -> None:
    assert ours["nul"]["status"] == 200
    assert ours["after_nul"] == ["a0x00b"]
    if "postgresql" in databases[0].settings["ENGINE"]:
        assert theirs["nul"]["status"] == 500
        assert theirs["after_nul"] == []
    else:
        assert theirs["after_nul"] == ["a\0b"]


def test_asynchronous_logins_are_guarded(theirs: Day, ours: Day) -> None:
    assert theirs["async"]["status"] == theirs["async_again"]["status"] == 500
    assert ours["async"]["status"] == ours["async_again"]["status"] == 200
    assert ours["async_at_the_limit"]["status"] == 429


def test_the_admin_can_lift_lockouts(theirs: Day, ours: Day) -> None:
    assert "delete_selected" in theirs["actions"]
    assert set(ours["actions"]) > {"delete_selected"}
    assert not [name for name in theirs["actions"] if "reset" in name]
    assert [name for name in ours["actions"] if "reset" in name]


def test_a_store_that_does_not_answer_refuses(theirs: Day, ours: Day) -> None:
    assert theirs["store"]["status"] == 500
    assert ours["store"]["status"] == 503
    assert "Retry-After" in ours["store"]["headers"]


BARE: dict[str, Doing] = {
    "migrate": MIGRATE,
    "users": ["users", "ada"],
    "check": ["check_ids"],
    "failed": ["fail", "ada", "192.0.2.1", 3],
    "succeeded": ["succeed", "ada", "192.0.2.1"],
}


def test_one_line_in_installed_apps_is_enough(
    django_axes: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    theirs, ours = (
        look(Environment(python), sqlite(tmp_path_factory.mktemp("bare")), "shop.bare", **BARE)
        for python in (django_axes, Path(sys.executable))
    )
    assert theirs["check"] == ["axes.W002", "axes.W003"]
    assert theirs["failed"] == theirs["succeeded"] == 200
    assert ours["check"] == []
    assert ours["failed"] == ours["succeeded"] == 429


def test_counts_in_a_cache_begin_anew(django_axes: Path, tmp_path: Path) -> None:
    database, cache = sqlite(tmp_path), str(tmp_path / "cache")
    three: Doing = ["fail", "ada", "192.0.2.1", 3]
    right: Doing = ["succeed", "ada", "192.0.2.1"]

    def day(python: Path | str, **looks: Doing) -> Day:
        return look(Environment(Path(python)), database, "shop.cached", cache=cache, **looks)

    assert day(django_axes, migrate=MIGRATE, users=["users", "ada"], failed=three)["failed"] == 429
    ours = day(sys.executable, migrate=MIGRATE, check=["check_ids"], before=right, failed=three)
    assert ours["check"] == ["axes.W001"]
    assert ours["before"] == 200
    assert ours["failed"] == 429
    assert day(sys.executable, after=right)["after"] == 429
