"""The page of those who are locked out now, and the way to let them in again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from axes.conf import LockoutTier
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, Tally

from .conftest import LogLines
from .visitor import PASSWORD, FakeClock, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PAGE = "/admin/axes/tally/"
REASON = "called me, I know her voice"


@pytest.fixture
def root(ada: Visitor) -> Client:
    """An administrator's browser."""
    return browser_of(User.objects.create_superuser("root", password=PASSWORD))


@pytest.fixture
def staff(ada: Visitor) -> Callable[..., Client]:
    """Browsers of staff who may do these things with access attempts."""

    def browser(*may: str) -> Client:
        user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
        names = [f"{action}_accessattempt" for action in may]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        return browser_of(user)

    return browser


def browser_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def get(client: Client, **query: str) -> Any:
    response = client.get(PAGE, query)
    assert response.status_code == 200, response.get("Location")
    return response


def listed(client: Client, **query: str) -> list[str]:
    """Whom the page shows as locked out."""
    return [row.shown for row in get(client, **query).context["cl"].result_list]


def cell(client: Client, name: str) -> str:
    """What stands in the one row under this heading, as text."""
    html = get(client).content.decode()
    (found,) = re.findall(rf'<td class="field-{name}[^"]*">(.*?)</td>', html, re.DOTALL)
    return re.sub(r"<[^>]*>", "", found).replace("\xa0", " ")


def keys() -> list[str]:
    return [lockout.scope_key for lockout in AxesProxyHandler.lockouts()[0]]


def unlock(client: Client, *scope_keys: str, **form: str) -> Any:
    """Sends the form that says why."""
    form = {"action": "unlock", "reason": REASON, **form}
    return client.post(PAGE, {**form, "_selected_action": list(scope_keys)}, follow=True)


# What is shown.


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


# What can be done.


def test_what_will_be_unlocked_is_shown_and_a_reason_is_asked_for(
    root: Client, ada: Visitor
) -> None:
    ada.fails(3)
    response = root.post(PAGE, {"unlock_one": keys()[0]})
    html = response.content.decode()
    assert "This lockout will be lifted." in html
    assert "IP Address: 192.0.2.1" in html
    assert '<label for="id_reason"' in html
    assert ada.is_locked_out


def test_whoever_is_unlocked_can_log_in_again(root: Client, ada: Visitor) -> None:
    ada.fails(5)
    response = unlock(root, *keys())
    assert "1 lockout lifted." in response.content.decode()
    assert listed(root) == []
    assert not AccessAttempt.objects.exists()
    assert not ada.is_locked_out


def test_only_what_was_selected_is_unlocked(root: Client, ada: Visitor) -> None:
    others = [ada.but(address=f"192.0.2.{number}") for number in (2, 3)]
    for visitor in (ada, *others):
        visitor.fails(3)
    found = AxesProxyHandler.lockouts(search="192.0.2.2")[0]
    unlock(root, *[lockout.scope_key for lockout in found])
    assert not others[0].is_locked_out
    assert ada.is_locked_out
    assert others[1].is_locked_out


def test_several_are_unlocked_for_one_reason(root: Client, ada: Visitor) -> None:
    for number in range(3):
        ada.but(address=f"192.0.2.{number}").fails(3)
    form = {"action": "unlock", "_selected_action": keys(), "index": "0", "select_across": "0"}
    assert "These 3 lockouts will be lifted." in root.post(PAGE, form).content.decode()
    assert "3 lockouts lifted." in unlock(root, *keys()).content.decode()
    assert LogEntry.objects.count() == 3


def test_all_that_a_search_finds_can_be_unlocked(
    root: Client, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("axes.admin.lockouts.LockoutAdmin.list_per_page", 2)
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1"]:
        ada.but(address=address).fails(3)
    form = {"action": "unlock", "_selected_action": keys()[:1], "index": "0", "select_across": "1"}
    html = root.post(f"{PAGE}?q=192.0.2.", form).content.decode()
    assert "These 3 lockouts will be lifted." in html
    assert "198.51.100.1" not in html


def test_who_is_locked_out_by_records_alone_can_be_unlocked(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    Tally.objects.all().delete()
    assert "1 lockout lifted." in unlock(root, *keys()).content.decode()
    assert not ada.is_locked_out


def test_a_username_that_is_too_long_to_be_kept_whole_can_be_unlocked(
    root: Client, ada: Visitor, settings: Any
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = ["username"]
    long = ada.but(username="x" * 400, path="/check/")
    long.fails(3)
    assert "1 lockout lifted." in unlock(root, *keys()).content.decode()
    assert listed(root) == []


def test_it_is_noted_who_unlocked_whom_and_why(root: Client, ada: Visitor, lines: LogLines) -> None:
    ada.fails(3)
    (key,) = keys()
    unlock(root, key)
    entry = LogEntry.objects.get()
    user = User.objects.get(username="root")
    assert (entry.user, entry.object_id, entry.is_deletion()) == (user, key, True)
    assert entry.object_repr == "IP Address: 192.0.2.1"
    assert entry.change_message == f"Unlocked: {REASON}"
    line = f'AXES: Lockout lifted by user {user.pk} after 3 failures, because "{REASON}": '
    assert any(line in told for told in lines.at(20))
    assert "192.0.2.1" not in lines.all
    assert "IP Address: 192.0.2.1" in root.get("/admin/").content.decode()


@pytest.mark.parametrize("reason", ["", "  ", "\u202e\u2028", "\r\n\t"])
def test_nothing_is_unlocked_without_a_reason(root: Client, ada: Visitor, reason: str) -> None:
    ada.fails(3)
    response = unlock(root, *keys(), reason=reason)
    assert "This field is required." in response.content.decode()
    assert not LogEntry.objects.exists()
    assert ada.is_locked_out


def test_a_reason_is_bounded(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    response = unlock(root, *keys(), reason="x" * 201)
    assert "at most 200 characters" in response.content.decode()
    assert ada.is_locked_out


def test_a_reason_cannot_forge_a_line(root: Client, ada: Visitor, lines: LogLines) -> None:
    ada.fails(3)
    unlock(root, *keys(), reason='x"\r\nAXES: forged\u2028\u202eline\0')
    # Django itself takes no NUL.
    assert ada.is_locked_out
    unlock(root, *keys(), reason='x"\r\nAXES: forged\u2028\u202eline')
    assert LogEntry.objects.get().change_message == 'Unlocked: x" AXES: forged line'
    (line,) = [told for told in lines.at(20) if "Lockout lifted" in told]
    assert r'"x\" AXES: forged line"' in line
    assert len(line.splitlines()) == 1


def test_what_is_over_already_is_said_to_be(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    (key,) = keys()
    AxesProxyHandler.reset_attempts()
    response = unlock(root, key)
    assert "Nothing to unlock: it is over." in response.content.decode()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "0" * 63, "g" * 64, "'; DROP TABLE axes_tally; --"])
def test_a_forged_key_is_a_bad_request(root: Client, ada: Visitor, key: str) -> None:
    assert root.post(PAGE, {"unlock_one": key}).status_code == 400


def test_no_selection_is_said_to_be_none(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    response = root.post(PAGE, {"action": "unlock", "index": "0"}, follow=True)
    assert "Items must be selected" in response.content.decode()


def test_looking_never_unlocks(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    root.get(PAGE, {"unlock_one": keys()[0], "action": "unlock", "reason": REASON})
    assert ada.is_locked_out


def test_unlocking_is_protected_against_forged_requests(ada: Visitor) -> None:
    user = User.objects.create_superuser("root", password=PASSWORD)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    ada.fails(3)
    form = {"action": "unlock", "_selected_action": keys(), "reason": REASON}
    assert client.post(PAGE, form).status_code == 403
    assert ada.is_locked_out


# Who may.


def test_who_may_view_attempts_may_look_but_not_unlock(
    staff: Callable[..., Client], ada: Visitor
) -> None:
    watcher = staff("view")
    ada.fails(3)
    assert listed(watcher) == ["IP Address: 192.0.2.1"]
    html = get(watcher).content.decode()
    assert "unlock" not in html.lower().replace("locked out now", "")
    for form in [{"unlock_one": keys()[0]}, {"action": "unlock", "_selected_action": keys()}]:
        assert watcher.post(PAGE, {**form, "reason": REASON}).status_code == 403
    assert ada.is_locked_out
    assert "Locked out now" in watcher.get("/admin/").content.decode()


def test_who_may_delete_attempts_too_may_unlock(staff: Callable[..., Client], ada: Visitor) -> None:
    helper = staff("view", "delete")
    ada.fails(3)
    assert "1 lockout lifted." in unlock(helper, *keys()).content.decode()
    assert not ada.is_locked_out


@pytest.mark.parametrize("may", [(), ("delete",)])
def test_who_may_not_view_attempts_sees_neither_page_nor_link(
    staff: Callable[..., Client], ada: Visitor, may: tuple[str, ...]
) -> None:
    clerk = staff(*may)
    ada.fails(3)
    assert clerk.get(PAGE).status_code == 403
    assert clerk.post(PAGE, {"unlock_one": keys()[0]}).status_code == 403
    assert "Locked out now" not in clerk.get("/admin/").content.decode()


def test_permissions_on_tallies_themselves_give_nothing(ada: Visitor) -> None:
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_tally"))
    assert browser_of(user).get(PAGE).status_code == 403


@pytest.mark.parametrize("path", ["add/", "1/change/", "1/delete/", "1/history/"])
def test_tallies_have_no_pages_of_their_own(root: Client, ada: Visitor, path: str) -> None:
    assert root.get(f"{PAGE}{path}").status_code == 404


@pytest.mark.urls("tests.urls_of_another_site")
def test_a_site_of_its_own_only_registers_the_classes(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    assert "Locked out now" in root.get("/backstage/").content.decode()
    page = "/backstage/axes/tally/"
    response = root.get(page)
    assert [row.shown for row in response.context["cl"].result_list] == ["IP Address: 192.0.2.1"]
    confirmation = root.post(page, {"unlock_one": keys()[0]}).content.decode()
    assert 'href="/admin/' not in confirmation
    form = {"action": "unlock", "_selected_action": keys(), "reason": REASON}
    assert root.post(page, form).headers["Location"] == page
    assert not ada.is_locked_out
    assert root.get("/backstage/axes/accessattempt/").status_code == 200


def test_a_search_for_what_no_text_has_is_told_to_be_wrong(root: Client, ada: Visitor) -> None:
    assert "Null characters are not allowed." in get(root, q="a\0").content.decode()
