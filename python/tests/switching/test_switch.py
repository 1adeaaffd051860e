"""A shop switches from django-axes 8.3.1 to Axes, goes back, and comes again.

It has one settings file and one database.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import pytest

from ..race.servers import Database, on_server, sqlite
from .environment import Environment
from .story import JOSE, JOSE_DECOMPOSED, Shop

WRONG, RIGHT, LOCKED_OUT = 200, 200, 429
NO_CHANGES = "No changes detected\n"
NO_ISSUES = "System check identified no issues (0 silenced).\n"
NOTHING_PLANNED = "Planned operations:\n  No planned migration operations.\n"
OURS = {
    "agent_key",
    "last_failure_time",
    "network",
    "record_key",
    "refused",
    "username_key",
}

_numbers = itertools.count(1)


@pytest.fixture(scope="package", params=["sqlite", "postgres", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Database:
    if request.param == "sqlite":
        return sqlite(tmp_path_factory.mktemp("shop"))
    return on_server(request.getfixturevalue(f"{request.param}_server"), f"shop{next(_numbers)}")


@pytest.fixture(scope="package")
def days(database: Database, django_axes: Path) -> dict[str, dict[str, Any]]:
    shop = Shop(Environment(django_axes), Environment(Path(sys.executable)), database.settings)
    shop.live()
    return shop.days


Days = dict[str, dict[str, Any]]


def test_the_shop_has_what_a_site_has_after_years(days: Days) -> None:
    before = days["before"]
    assert before["ada"] == before["dora"] == LOCKED_OUT
    assert before["bob"] == before["carol"] == before["jose"] == WRONG
    assert before["attempts"] == [
        ["ada", "192.0.2.1", "Firefox", 3],
        ["bob", "192.0.2.2", "Firefox", 2],
        ["CAROL", "192.0.2.3", "Firefox", 1],
        ["carol", "192.0.2.4", "Firefox", 1],
        [JOSE, "192.0.2.5", "Firefox", 1],
        [JOSE_DECOMPOSED, "192.0.2.6", "Firefox", 1],
        ["dora", "2001:db8::1", "Firefox", 3],
        [None, "192.0.2.9", "<unknown>", 2],
    ]
    assert before["expirations"] == len(before["attempts"])
    assert before["sessions"] == [["erin", False], ["erin", False]]
    assert before["failure_logs"][:3] == [["ada", False], ["ada", False], ["ada", True]]


def test_the_settings_file_needs_no_change(days: Days) -> None:
    assert days["before"]["check"] == days["after"]["check"] == NO_ISSUES


def test_only_our_additions_are_migrated(days: Days) -> None:
    plan = days["after"]["plan"].splitlines()
    migrations = [line for line in plan[1:] if not line.startswith(" ")]
    assert migrations[0] == "axes.0011_tally"
    assert all(name.startswith("axes.001") for name in migrations)
    assert days["after"]["plan_after"] == NOTHING_PLANNED


def test_the_models_are_what_the_migrations_say(days: Days) -> None:
    assert days["after"]["drift"] == days["after"]["drift_after"] == NO_CHANGES


def test_switching_changes_no_record(days: Days) -> None:
    assert days["after"]["attempts"] == days["before"]["attempts"]
    assert days["after"]["expirations"] == days["before"]["expirations"]


def test_lockouts_hold_after_the_switch(days: Days) -> None:
    after = days["after"]
    assert after["ada_from_elsewhere"] == LOCKED_OUT
    assert after["erin_from_adas_address"] == LOCKED_OUT
    assert after["erin_from_doras_network"] == LOCKED_OUT


def test_half_way_counts_go_on_after_the_switch(days: Days) -> None:
    after = days["after"]
    assert after["bob"] == LOCKED_OUT
    assert after["nobody"] == LOCKED_OUT


def test_counts_of_forms_of_a_username_are_one_after_the_switch(days: Days) -> None:
    assert days["after"]["carol"] == LOCKED_OUT
    assert days["after"]["jose"] == LOCKED_OUT


def test_a_logout_stamps_the_session_that_began_before_the_switch(days: Days) -> None:
    # Nobody else has logged in since.
    assert days["after"]["sessions"] == [["erin", True], ["erin", False]]


def test_the_records_and_logs_from_before_are_in_the_admin(days: Days) -> None:
    after = days["after"]
    assert "CAROL" in after["attempt_page"]
    assert "erin" in after["log_page"]
    assert "dora" in after["failure_page"]
    assert (
        after["failure_logs"][: len(days["before"]["failure_logs"])]
        == (days["before"]["failure_logs"])
    )


def test_the_list_of_attempts_goes_on(days: Days) -> None:
    listed = days["after"]["listed"].splitlines()
    assert listed[:2] == ["192.0.2.1\tada\t3", "192.0.2.2\tbob\t3"]
    assert "2001:db8::1\tdora\t3" in listed


def test_resets_lift_lockouts_from_before_the_switch(days: Days) -> None:
    after = days["after"]
    assert after["reset_username"] == "1 attempts removed.\n"
    assert after["ada_after_reset"] == RIGHT
    assert after["reset_ip"] == "1 attempts removed.\n"
    assert after["dora_after_reset"] == RIGHT
    assert after["reset_both"] == "1 attempts removed.\n"
    assert after["bob_after_reset"] == RIGHT


def test_going_back_needs_no_migration(days: Days) -> None:
    back = days["back"]
    assert back["plan"] == NOTHING_PLANNED
    assert back["drift"] == NO_CHANGES
    assert back["check"] == NO_ISSUES
    assert set(back["columns"]) >= OURS


def test_django_axes_goes_on_with_what_axes_counted(days: Days) -> None:
    assert days["after"]["gus"] == WRONG
    assert days["back"]["gus"] == LOCKED_OUT
    assert days["after"]["hal"] == days["back"]["hal"] == LOCKED_OUT


def test_django_axes_works_on_the_tables_of_axes(days: Days) -> None:
    back = days["back"]
    assert back["reset"].endswith("attempts removed.\n")
    assert back["hal_after_reset"] == RIGHT
    assert back["ian"] == WRONG
    assert back["jack"] == LOCKED_OUT
    assert back["sessions"][:2] == [["erin", True], ["erin", True]]
    assert "jack" in back["page"]


def test_what_django_axes_counted_meanwhile_counts_when_axes_is_back(days: Days) -> None:
    again = days["again"]
    assert again["plan"] == NOTHING_PLANNED
    assert again["drift"] == NO_CHANGES
    assert days["back"]["ian"] == WRONG
    assert again["ian"] == LOCKED_OUT
    assert again["jack"] == LOCKED_OUT


def test_what_django_axes_added_to_a_record_counts_when_axes_is_back(days: Days) -> None:
    assert days["after"]["lea"] == days["back"]["lea"] == WRONG
    assert days["again"]["lea"] == LOCKED_OUT
    assert days["again"]["gus"] == LOCKED_OUT


def test_a_reset_by_django_axes_holds_when_axes_is_back(days: Days) -> None:
    assert days["again"]["hal"] == RIGHT


def test_a_reset_holds_where_django_axes_did_nothing_else(days: Days) -> None:
    assert days["unfaked"]["bob"] == LOCKED_OUT
    assert days["gone"]["reset"].endswith("attempts removed.\n")
    assert days["reset"]["bob"] == RIGHT


def test_a_failure_counts_where_django_axes_did_nothing_else(days: Days) -> None:
    assert days["unfaked"]["lea"] == days["grown"]["lea"] == WRONG
    assert days["counted"]["lea"] == LOCKED_OUT


def test_undoing_our_migrations_leaves_the_older_tables(days: Days) -> None:
    older = days["older"]
    assert not OURS & set(older["columns"])
    assert older["plan"] == NOTHING_PLANNED
    assert older["drift"] == NO_CHANGES
    assert older["check"] == NO_ISSUES


def test_django_axes_works_after_our_migrations_are_undone(days: Days) -> None:
    older = days["older"]
    assert older["jack"] == LOCKED_OUT
    assert older["kim"] == LOCKED_OUT
    assert older["reset"].endswith("attempts removed.\n")
    assert older["jack_after_reset"] == RIGHT


def test_axes_comes_again_after_its_migrations_were_undone(days: Days) -> None:
    newer = days["newer"]
    assert "axes.0011_tally" in newer["plan"]
    assert newer["jack"] == RIGHT
    assert newer["kim"] == LOCKED_OUT
    assert newer["everybody"] == []


def test_our_migrations_can_be_faked_both_ways(days: Days) -> None:
    assert days["faked"]["plan"] == NOTHING_PLANNED
    assert days["faked"]["drift"] == days["unfaked"]["drift"] == NO_CHANGES
    assert days["faked"]["bob"] == WRONG
    assert days["unfaked"]["bob"] == LOCKED_OUT
