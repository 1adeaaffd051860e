"""Usernames and networks that an operator refuses, through Django."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, Ban
from axes.signals import user_locked_out

from .cost.statements import statements
from .visitor import LOCKED_OUT, PASSWORD, WRONG, FakeClock, Visitor

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

BANNED = 403
HANDLERS = ["axes.handlers.database.AxesDatabaseHandler", "axes.handlers.cache.AxesCacheHandler"]


@pytest.fixture(params=HANDLERS)
def handler(request: Any, settings: Any) -> str:
    """Each handler in turn, on a cache of its own."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": request.node.nodeid,
        }
    }
    settings.AXES_HANDLER = request.param
    name: str = request.param
    return name


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


@pytest.mark.usefixtures("handler")
def test_whoever_is_banned_is_refused_until_the_ban_is_lifted(ada: Visitor, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 9
    bob = ada.but(username="bob")
    cases: list[tuple[dict[str, Any], int]]
    cases = [({"username": " ADA"}, 200), ({"network": "192.0.2.77/24"}, BANNED)]
    for target, others in cases:
        AxesProxyHandler.ban(**target, reason="guesses", author="root")
        assert ada.succeeds().status_code == BANNED
        assert bob.fails().status_code == others
        assert AxesProxyHandler.unban(**target)
        assert not AxesProxyHandler.unban(**target)
        assert ada.succeeds().status_code == 302
        assert bob.fails().status_code == 200


@pytest.mark.usefixtures("handler")
def test_a_ban_ends_when_it_was_said_to(ada: Visitor, clock: FakeClock) -> None:
    AxesProxyHandler.ban(username="ada", until=timezone.now() + timedelta(minutes=5))
    assert ada.succeeds()["Retry-After"] == "300"
    clock.passes(seconds=299)
    assert ada.succeeds()["Retry-After"] == "1"
    assert len(AxesProxyHandler.bans()) == 1
    clock.passes(seconds=1)
    assert AxesProxyHandler.bans() == []
    assert ada.succeeds().status_code == 302


@pytest.mark.usefixtures("handler")
def test_what_the_banned_are_told_and_who_hears_of_it(
    ada: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    def hears(**told: Any) -> None:
        heard.append(told)

    user_locked_out.connect(hears)
    caplog.set_level(logging.INFO, "axes")
    AxesProxyHandler.ban(username="ada", reason="guesses", author="root")
    response = ada.fails(5)
    assert (response.status_code, "Retry-After" in response) == (BANNED, False)
    assert response.content.decode() == "You are not allowed to log in."
    script = ada.but(headers={"HTTP_ACCEPT": "application/json"}).fails()
    told = {"detail": "You are not allowed to log in.", "retry_after": None}
    assert (script.status_code, json.loads(script.content)) == (BANNED, told)
    assert AxesProxyHandler.unban(username="ada", by="root")
    user_locked_out.disconnect(hears)
    assert heard == []
    lines = [record.getMessage() for record in caplog.records]
    mask = "*" * 20
    assert lines[0] == (
        f'AXES: Banned by root until it is lifted, because "guesses": {{username: "{mask}"}}'
    )
    assert lines[-1] == f'AXES: Ban lifted by root: {{username: "{mask}"}}'
    refused = [line for line in lines if line.startswith("AXES: Refused (banned): ")]
    assert len(refused) == 6
    # Nothing was counted and nothing recorded.
    assert ada.fails(2).status_code == 200
    assert [failures for *_, failures in AxesProxyHandler.get_implementation().recorded()] == [2]


@pytest.mark.usefixtures("handler")
def test_every_question_about_the_banned_has_the_same_answer(ada: Visitor) -> None:
    credentials = {"username": "ada"}
    assert AxesProxyHandler.is_allowed(ada.request(), credentials)
    ada.fails()
    AxesProxyHandler.ban(network="192.0.2.0/24")
    assert not AxesProxyHandler.is_allowed(ada.request(), credentials)
    refusal = AxesProxyHandler.refusal_of(ada.request(), credentials)
    assert refusal is not None
    assert (refusal.reason, refusal.denied, refusal.undecided) == ("banned", True, False)
    assert not AxesProxyHandler.is_locked(ada.request(), credentials)
    assert not AxesProxyHandler.is_blacklisted(ada.request(), credentials)
    assert AxesProxyHandler.get_failures(ada.request(), credentials) == 1


def test_whoever_is_exempt_is_not_banned(ada: Visitor, settings: Any) -> None:
    settings.AXES_IP_WHITELIST = [ada.address]
    settings.AXES_NEVER_LOCKOUT_WHITELIST = True
    AxesProxyHandler.ban(network=ada.address)
    assert ada.succeeds().status_code == 302


def test_whatever_is_done_to_the_table_holds_at_once(ada: Visitor) -> None:
    ban = Ban.objects.create(network="192.0.2.66/24")
    assert (ban.target, ban.network) == ("network:192.0.2.0/24", "192.0.2.0/24")
    assert ada.succeeds().status_code == BANNED
    ban.network = "198.51.100.0/24"
    ban.save()
    assert ada.succeeds().status_code == 302
    Ban.objects.bulk_create([Ban(username=" ADA ")])
    assert ada.succeeds().status_code == BANNED
    Ban.objects.filter(username="ada").update(until_at=timezone.now())
    assert ada.succeeds().status_code == 302
    assert [str(ban) for ban in Ban.objects.holding()] == ["198.51.100.0/24"]
    Ban.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO axes_ban (target, network, reason, author, since_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            ["network:0.0.0.0/0", "0.0.0.0/0", "all of them", "", 0],
        )
    assert ada.succeeds().status_code == BANNED
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM axes_ban")
    assert ada.succeeds().status_code == 302


def test_a_time_is_kept_as_it_was_given(settings: Any) -> None:
    for zone, used in [("Asia/Kathmandu", True), ("Asia/Kathmandu", False)]:
        settings.TIME_ZONE, settings.USE_TZ = zone, used
        until = timezone.now() + timedelta(hours=1)
        until = until.replace(microsecond=123_000)
        Ban.objects.create(username="ada", until_at=until)
        kept = Ban.objects.get()
        assert kept.until_at == until
        assert kept.holds
        (told,) = AxesProxyHandler.bans()
        with connection.cursor() as cursor:
            cursor.execute("SELECT until_at FROM axes_ban")
            assert cursor.fetchone() == (told.until,)
        Ban.objects.all().delete()


def test_a_new_ban_takes_the_place_of_the_old_one_and_of_what_has_ended(clock: FakeClock) -> None:
    AxesProxyHandler.ban(username="bob", until=timezone.now() + timedelta(minutes=1))
    AxesProxyHandler.ban(username="ada", reason="one", author="a" * 300)
    AxesProxyHandler.ban(username="Ada", reason="two \0", author="b" * 300)
    ban = Ban.objects.get(username="ada")
    assert (ban.reason, ban.author) == ("two 0x00", "b" * 255)
    clock.passes(minutes=1)
    AxesProxyHandler.ban(network="2001:db8::/32")
    told = [ban.username or ban.network for ban in AxesProxyHandler.bans()]
    assert told == ["2001:db8::/32", "ada"]
    assert Ban.objects.count() == 2


def test_what_bans_cost(ada: Visitor) -> None:
    ada.fails()
    AxesProxyHandler.ban(username="mallory")
    AxesProxyHandler.ban(network="2001:db8::/32")
    # This process finds out that there are bans.
    ada.fails()
    for who in [ada.but(address="192.0.2.5", username="bob"), ada.but(address="2001:db9::1")]:
        with statements() as found:
            assert who.fails().status_code == 200
        assert 2 <= len(found) <= 4, str(found)
    AxesProxyHandler.ban(network="192.0.2.0/24")
    assert ada.fails().status_code == BANNED
    with statements() as found:
        assert ada.tries(PASSWORD).status_code == BANNED
    # One look, and what answers the request looks no more.
    assert len(found) == 1, str(found)


def test_a_ban_of_somebody_who_is_locked_out_is_told_first(ada: Visitor) -> None:
    assert ada.fails(4).status_code == LOCKED_OUT
    before = AccessAttempt.objects.get().refused
    AxesProxyHandler.ban(network="192.0.2.1")
    for password in (WRONG, PASSWORD):
        assert ada.tries(password).status_code == BANNED
    assert AccessAttempt.objects.get().refused == before
    AxesProxyHandler.unban(network="192.0.2.1")
    assert ada.tries(PASSWORD).status_code == LOCKED_OUT


def test_a_shared_cache_lets_bans_through(ada: Visitor, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.AXES_CACHE = "default"
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    AxesProxyHandler.ban(username="ada")
    assert ada.succeeds().status_code == BANNED
    AxesProxyHandler.unban(username="ada")
    assert ada.succeeds().status_code == 302


@pytest.mark.usefixtures("handler")
def test_commands_ban_list_and_lift(ada: Visitor, clock: FakeClock) -> None:
    reason = ["--reason", "many\tguesses", "--author", "root"]
    assert run("axes_ban", "192.0.2.9/24", "2001:db8::1", *reason) == "2 banned.\n"
    clock.passes(seconds=1)
    assert run("axes_ban", "--username", "Ada", "--hours", "1.5", *reason) == "1 banned.\n"
    assert ada.succeeds().status_code == BANNED
    lines = [line.split("\t") for line in run("axes_list_bans").splitlines()]
    since, until = "2026-03-01 12:00:01", "2026-03-01 13:30:01"
    assert lines[0] == [
        "username",
        "ada",
        since,
        until,
        "root",
        "many\N{REPLACEMENT CHARACTER}guesses",
    ]
    assert sorted(line[1] for line in lines[1:]) == ["192.0.2.0/24", "2001:db8::1/128"]
    assert [line[3] for line in lines[1:]] == ["-", "-"]
    assert run("axes_unban", "192.0.2.0/24", "--username", "ADA") == "2 bans lifted.\n"
    assert run("axes_unban", "192.0.2.0/24") == "No bans found.\n"
    assert ada.succeeds().status_code == 302


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["axes_ban"], "nothing to ban"),
        (["axes_unban"], "nothing to lift"),
        (["axes_ban", "localhost"], 'not an IP address or network: "localhost"'),
        (["axes_ban", "192.0.2.1", "10.0.0.0/7"], "too large a network to ban: /8 is the largest"),
        (["axes_ban", "2000::/3"], "too large a network to ban: /16 is the largest"),
        (["axes_unban", "--username", " "], "a ban is either of a username or of a network"),
    ],
)
def test_commands_do_nothing_where_something_is_wrong(command: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run(*command)
    assert not Ban.objects.exists()
