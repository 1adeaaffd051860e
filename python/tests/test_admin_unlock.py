"""Letting in again who is locked out: who may, what is asked for, and what is noted of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, Tally

from .administration import (
    PAGE,
    REASON,
    administrator,
    browser_of,
    clerk,
    get,
    keys,
    listed,
    unlock,
)
from .conftest import LogLines
from .visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def root(ada: Visitor) -> Client:
    return administrator()


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


def test_what_the_cache_handler_keeps_is_listed_and_unlocked(
    root: Client, ada: Visitor, settings: Any
) -> None:
    location = "what-the-cache-handler-keeps"
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": location}}
    settings.AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
    settings.AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
    ada.fails(3)
    assert not Tally.objects.exists()
    assert listed(root) == ["Username: ada, IP Address: 192.0.2.1"]
    assert "1 lockout lifted." in unlock(root, *keys()).content.decode()
    assert listed(root) == []
    assert not ada.is_locked_out


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("atomic", [False, True])
def test_an_unlock_holds_in_requests_that_are_transactions(
    root: Client, ada: Visitor, atomic: bool
) -> None:
    ada.fails(3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic)
        assert "1 lockout lifted." in unlock(root, *keys()).content.decode()
    assert LogEntry.objects.count() == 1
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


def test_who_may_view_attempts_may_look_but_not_unlock(ada: Visitor) -> None:
    watcher = clerk("view")
    ada.fails(3)
    assert listed(watcher) == ["IP Address: 192.0.2.1"]
    html = get(watcher).content.decode()
    assert "unlock" not in html.lower().replace("locked out now", "")
    for form in [{"unlock_one": keys()[0]}, {"action": "unlock", "_selected_action": keys()}]:
        assert watcher.post(PAGE, {**form, "reason": REASON}).status_code == 403
    assert ada.is_locked_out
    assert "Locked out now" in watcher.get("/admin/").content.decode()


def test_who_may_delete_attempts_too_may_unlock(ada: Visitor) -> None:
    helper = clerk("view", "delete")
    ada.fails(3)
    assert "1 lockout lifted." in unlock(helper, *keys()).content.decode()
    assert not ada.is_locked_out


@pytest.mark.parametrize("may", [(), ("delete",)])
def test_who_may_not_view_attempts_sees_neither_page_nor_link(
    ada: Visitor, may: tuple[str, ...]
) -> None:
    nobody = clerk(*may)
    ada.fails(3)
    assert nobody.get(PAGE).status_code == 403
    assert nobody.post(PAGE, {"unlock_one": keys()[0]}).status_code == 403
    assert "Locked out now" not in nobody.get("/admin/").content.decode()


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


def test_no_more_are_unlocked_at_once_than_a_request_can_take(
    root: Client, ada: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("axes.admin.lockouts.MOST_AT_ONCE", 2)
    for number in range(3):
        ada.but(address=f"192.0.2.{number}").fails(3)
    assert "2 lockouts lifted." in unlock(root, *keys()).content.decode()
    assert len(listed(root)) == 1
