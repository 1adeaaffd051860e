"""The page of those who are locked out now: who is listed, and what is told of them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from axes.conf import LockoutTier
from axes.handlers.proxy import AxesProxyHandler
from axes.models import Tally

from .administration import PAGE, administrator, cell, get, keys, listed
from .visitor import FakeClock, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def root(ada: Visitor) -> Client:
    return administrator()


def test_nobody_is_listed_before_the_limit(root: Client, ada: Visitor) -> None:
    ada.fails(2)
    assert listed(root) == []
    assert "0 locked out now" in get(root).content.decode()


def test_a_lockout_is_listed_with_whom_why_since_when_and_until_when(
    root: Client, ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
    settings.AXES_COOLOFF_TIME = 2
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    settings.TIME_ZONE = "UTC"
    ada.fails(3)
    clock.passes(minutes=30)
    ada.fails(2)
    assert listed(root) == ["Username: ada, IP Address: 192.0.2.1"]
    assert cell(root, "failed_logins") == "3"
    assert cell(root, "limit") == "3"
    assert cell(root, "since") == "March 1, 2026, noon"
    assert cell(root, "until") == "March 1, 2026, 2 p.m. (1 h 30 min)"
    clock.passes(minutes=90)
    assert listed(root) == []


def test_a_lockout_without_cool_off_lasts_until_a_reset(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    assert cell(root, "until") == "until reset"


def test_a_lockout_of_a_tier_lasts_as_long_as_the_tier(
    root: Client, ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_LOCKOUT_TIERS = [LockoutTier(2, timedelta(minutes=5)), LockoutTier(4, 24)]
    ada.fails(2)
    assert cell(root, "until").endswith("(5 min 0 s)")
    ada.fails(2)
    assert cell(root, "until").endswith("(1 d 0 h)")
    assert cell(root, "limit") == "2"


def test_those_with_the_most_failures_come_first(root: Client, ada: Visitor) -> None:
    for number, times in enumerate([4, 6, 5]):
        ada.but(address=f"192.0.2.{number}").fails(times)
    assert listed(root) == [f"IP Address: 192.0.2.{number}" for number in (1, 2, 0)]


def test_the_limit_that_holds_now_decides(root: Client, ada: Visitor, settings: Any) -> None:
    ada.fails(3)
    settings.AXES_FAILURE_LIMIT = 4
    assert listed(root) == []
    settings.AXES_FAILURE_LIMIT = 2
    assert (cell(root, "failed_logins"), cell(root, "limit")) == ("3", "2")


def test_the_lockout_parameters_that_hold_now_decide(
    root: Client, ada: Visitor, settings: Any
) -> None:
    ada.fails(3)
    settings.AXES_LOCKOUT_PARAMETERS = ["username", ["ip_address", "user_agent"]]
    # Nobody has tried since: only records tell of these.
    assert sorted(listed(root)) == ["IP Address: 192.0.2.1, User Agent: Firefox", "Username: ada"]
    ada.fails()
    assert len(listed(root)) == 2


def test_records_that_keep_an_expiry_count_until_then(
    root: Client, ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_USE_ATTEMPT_EXPIRATION = True
    settings.AXES_COOLOFF_TIME = 2
    ada.fails(3)
    Tally.objects.all().delete()
    settings.AXES_COOLOFF_TIME = 1
    clock.passes(minutes=90)
    assert listed(root) == ["IP Address: 192.0.2.1"]
    clock.passes(minutes=30)
    assert listed(root) == []


def test_what_can_be_pressed_says_for_whom(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    html = get(root).content.decode()
    for label in ["IP Address: 192.0.2.1", "Unlock IP Address: 192.0.2.1"]:
        assert html.count(f'aria-label="{label}"') == 1


def test_an_ipv6_lockout_shows_the_network(root: Client, ada: Visitor) -> None:
    ada.but(address="2001:db8::7").fails(3)
    assert listed(root) == ["IP Address: 2001:db8::/64"]


@pytest.mark.parametrize("setting", ["AXES_LOCK_OUT_AT_FAILURE", "AXES_ENABLED"])
def test_the_page_says_when_nobody_is_ever_locked_out(
    root: Client, ada: Visitor, settings: Any, setting: str
) -> None:
    ada.fails(3)
    assert "nobody is locked out" not in get(root).content.decode()
    setattr(settings, setting, False)
    assert listed(root) == []
    assert "The settings say that nobody is locked out." in get(root).content.decode()


def test_who_is_exempt_is_not_listed_and_who_is_denied_anyway_is_marked(
    root: Client, ada: Visitor, settings: Any
) -> None:
    ada.fails(3)
    settings.AXES_NEVER_LOCKOUT_WHITELIST = True
    settings.AXES_IP_WHITELIST = ["192.0.2.0/24"]
    assert listed(root) == []
    settings.AXES_IP_BLACKLIST = ["192.0.2.1"]
    assert "Refused: on the denylist" in cell(root, "until")
    settings.AXES_IP_BLACKLIST = None
    settings.AXES_NEVER_LOCKOUT_WHITELIST = False
    settings.AXES_ONLY_WHITELIST = True
    settings.AXES_IP_WHITELIST = ["10.0.0.1"]
    assert "Refused: not on the allowlist" in cell(root, "until")


def test_where_code_decides_the_limit_those_are_listed_who_were_told(
    root: Client, ada: Visitor, settings: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username"]
    settings.AXES_FAILURE_LIMIT = lambda request, credentials: 2 if "ada" in str(credentials) else 5
    ada.fails(2)
    ada.but(username="bob").fails(4)
    assert listed(root) == ["Username: ada"]
    assert cell(root, "limit") == "set by code"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ada", ["ada lovelace"]),
        ("LOVE", ["ada lovelace"]),
        ("a_a", []),
        ("%", []),
        ("192.0.2.1", ["bob"]),
        ("192.0.2.", ["bob", "carol"]),
        ("2001:db8::99", ["ada lovelace"]),
        ("nobody", []),
        ("a" * 10_000, []),
    ],
)
def test_lockouts_are_found_by_username_and_by_address(
    root: Client, ada: Visitor, settings: Any, typed: str, found: list[str]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
    ada.but(username="Ada Lovelace", address="2001:db8::1").fails(3)
    ada.but(username="bob", address="192.0.2.1").fails(3)
    ada.but(username="carol", address="192.0.2.10").fails(3)
    shown = [whom.split(", ")[0].removeprefix("Username: ") for whom in listed(root, q=typed)]
    assert sorted(shown) == found
    # What has no tally yet is found as well.
    Tally.objects.all().delete()
    assert len(listed(root, q=typed)) == len(found)


def test_there_are_pages(root: Client, ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axes.admin.lockouts.LockoutAdmin.list_per_page", 2)
    for number in range(5):
        ada.but(address=f"192.0.2.{number}").fails(3)
    Tally.objects.filter(network__in=["192.0.2.1/32", "192.0.2.4/32"]).delete()
    pages = [listed(root, p=str(page)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({whom for page in pages for whom in page}) == 5
    assert "5 locked out now" in get(root, p="2").content.decode()
    assert get(root).context["cl"].multi_page
    for wrong in ["0", "4", "-1", "99999999999999999999"]:
        assert root.get(PAGE, {"p": wrong}).status_code == 302


def test_hostile_names_are_shown_escaped(root: Client, ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username"]
    ada.but(username='"><script>alert(1)</script>').fails(3)
    confirmation = root.post(PAGE, {"unlock_one": keys()[0]})
    for html in (get(root).content.decode(), confirmation.content.decode()):
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_no_script_or_style_stands_in_the_pages(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    confirmation = root.post(PAGE, {"unlock_one": keys()[0]})
    for response in (get(root), confirmation):
        html = response.content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)", html) == []
        assert "<style" not in html
        assert re.findall(r"\son\w+=|\sstyle=", html) == []


def test_a_store_that_does_not_answer_is_told(
    root: Client, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from axes.exceptions import AxesStoreError

    def fails(**_kwargs: Any) -> Any:
        raise AxesStoreError("could not read")

    monkeypatch.setattr(AxesProxyHandler.get_implementation(), "lockouts", fails)
    html = get(root).content.decode()
    assert "Nobody can tell who is locked out: could not read" in html


def test_a_handler_that_guards_nothing_lists_nobody(
    root: Client, ada: Visitor, settings: Any
) -> None:
    ada.fails(3)
    settings.AXES_HANDLER = "axes.handlers.dummy.AxesDummyHandler"
    assert listed(root) == []


def test_a_search_for_what_no_text_has_is_told_to_be_wrong(root: Client, ada: Visitor) -> None:
    assert "Null characters are not allowed." in get(root, q="a\0").content.decode()
