"""What somebody meets at the project of each settings file. Run by ``__main__``."""

from __future__ import annotations

import logging
import time
from unittest import mock

from django.conf import settings as django_settings
from django.contrib import admin
from django.db import connection
from django.db.utils import OperationalError
from django.utils import timezone

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_ip_address, get_client_username
from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog, Tally
from axes.utils import reset
from tests.visitor import FakeClock, Visitor, make_user

from .code_of_site import NoticingHandler

REAL_NOW = timezone.now
SCRIPT = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}


class Lines(logging.Handler):
    """What one logger is told."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        logging.getLogger(name).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def behind(header: str, **changes: str) -> Visitor:
    """Ada, whose request comes with a forwarding header."""
    return Visitor(headers={"HTTP_X_FORWARDED_FOR": header}, **changes)


def is_refused(visitor: Visitor, status: int) -> bool:
    """Whether the right password is answered with the status of a lockout."""
    return bool(visitor.succeeds().status_code == status)


def tiers(clock: FakeClock) -> None:
    log = Lines("security.logins")
    ada = behind("6.6.6.6, 198.51.100.7", path="/check-and-login/")
    assert [ada.tries("no", secret="x", token="y").status_code for _ in range(3)] == [401, 401, 403]
    refused = ada.succeeds()
    assert refused.content == b"Come back later."
    assert "Retry-After" not in refused
    attempt = AccessAttempt.objects.get()
    assert (attempt.ip_address, attempt.failures_since_start) == ("198.51.100.7", 3)
    assert {"secret", "token"} <= set(attempt.post_data.replace("=", "\n").split("\n"))
    assert not any(secret in attempt.post_data for secret in ["=x", "=y"])
    assert AccessFailureLog.objects.count() == 2
    assert log.lines
    assert not any("198.51.100.7" in line for line in log.lines)
    # By account, from anywhere; and by address and browser, whatever the account.
    assert is_refused(behind("198.51.100.9", agent="Curl"), 403)
    assert is_refused(ada.but(username="bob"), 403)
    assert not is_refused(ada.but(username="bob", agent="Curl"), 403)
    clock.passes(60)
    assert ada.succeeds().status_code == 200
    assert not AccessAttempt.objects.filter(username="ada").exists()
    assert not AccessLog.objects.exists()
    # A single IPv6 address.
    behind("2001:db8::1", username="eve").fails(3)
    assert is_refused(behind("2001:db8::1", username="bob"), 403)
    assert not is_refused(behind("2001:db8::2", username="bob"), 403)
    assert AccessAttempt not in admin.site._registry
    with mock.patch("django.utils.timezone.now", REAL_NOW):
        permits()
    with mock.patch.object(connection, "cursor", side_effect=OperationalError("gone")):
        # Not even the user can be looked for; the attempt as such is let through.
        assert Visitor(path="/check/").fails().status_code == 500


def permits() -> None:
    """Others wait for as long as they are told to, and a permit is held for as long."""
    eve = behind("198.51.100.20", username="carol", agent="Held")
    held = [eve.request() for _ in range(4)]
    refusals = [AxesProxyHandler.admit(request, {"username": "carol"}) for request in held]
    assert [refusal and refusal.reason for refusal in refusals] == [None, None, None, "busy"]
    time.sleep(2 * django_settings.AXES_PERMIT_LEASE)
    refusal = AxesProxyHandler.admit(eve.request(), {"username": "carol"})
    assert refusal is not None
    assert refusal.reason == "locked_out"


def with_code(clock: FakeClock) -> None:
    log = Lines("axes")
    ada = Visitor(path="/admin/login/")
    assert ada.fails().status_code == 200
    refused = ada.fails()
    assert (refused.status_code, refused.content) == (418, b"no entry, ada")
    assert not is_refused(Visitor(path="/check/"), 418)
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.ip_address) == ("ada@example.com", "203.0.113.1")
    assert AccessAttemptExpiration.objects.filter(access_attempt=attempt).exists()
    assert any("somebody at /admin/login/" in line for line in log.lines)
    assert ada.but(headers={"HTTP_X_OFFICE": "yes"}).succeeds().status_code == 302
    assert ada.but(headers={"HTTP_X_CLIENT": "203.0.113.2"}).fails().status_code == 200
    clock.passes(minutes=7)
    assert ada.succeeds().status_code == 302


def pages(clock: FakeClock) -> None:
    assert Visitor().fails(4).status_code == 200
    ada = Visitor(path="/admin/login/")
    ada.fails()
    refused = ada.fails()
    assert refused.status_code == 429
    assert refused.content == b"Locked: ada, 2 tries"
    clock.passes(minutes=14)
    assert is_refused(ada, 429)
    clock.passes(minutes=15)
    assert ada.succeeds().status_code == 302


def lists(clock: FakeClock) -> None:
    def at(address: str, path: str = "/check-and-login/") -> Visitor:
        header = {"HTTP_X_FORWARDED_FOR": f"6.6.6.6, {address}"}
        return Visitor(address="10.0.0.1", headers=header, path=path)

    office = at("198.51.100.7")
    assert get_client_ip_address(office.request()) == "198.51.100.7"
    assert office.fails(5).status_code == 401
    assert office.succeeds().status_code == 200
    assert at("10.1.2.3").succeeds().status_code == 200
    assert not AccessLog.objects.exists()
    for stranger in ["198.51.100.66", "192.0.2.1"]:
        assert at(stranger).succeeds().status_code == 401
    request = office.request()
    request.POST = {"user": "grace"}
    assert get_client_username(request) == "grace"


def old(clock: FakeClock) -> None:
    def at(client: str, **changes: str) -> Visitor:
        # One proxy, whose header has the client at the right end.
        return behind(f"10.0.0.1, {client}", address="10.0.0.9", **changes)

    assert get_client_ip_address(at("198.51.100.7").request()) == "198.51.100.7"
    assert get_client_ip_address(behind("198.51.100.7").request()) == "192.0.2.1"
    assert at("198.51.100.7").fails(3).status_code == 429
    # By account and browser; the address is not counted.
    answer = at("198.51.100.8").succeeds()
    assert (answer.status_code, answer.content) == (429, b"Ask the help desk.")
    script = at("198.51.100.8")
    answer = script.but(headers=script.headers | SCRIPT).fails()
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert at("198.51.100.8", path="/dispatched/").looks().status_code == 200
    assert not is_refused(at("198.51.100.7", agent="Curl"), 429)
    assert not is_refused(at("198.51.100.7", username="bob"), 429)


def watching(clock: FakeClock) -> None:
    log = Lines("axes")
    assert Visitor().fails(5).status_code == 200
    assert log.lines
    assert not any("username" in line or "user_agent" in line for line in log.lines)
    assert Visitor().succeeds().status_code == 302
    assert AccessAttempt.objects.get().failures_since_start == 5
    assert NoticingHandler.noticed == ["ada"] * 5


def off(clock: FakeClock) -> None:
    assert Visitor().fails(5).status_code == 200
    assert Visitor().succeeds().status_code == 302
    for model in (AccessAttempt, AccessLog, Tally):
        assert not model.objects.exists()


def native(clock: FakeClock) -> None:
    # `migrate` has made the file and its tables.
    ada = Visitor()
    assert [ada.fails().status_code for _ in range(3)] == [200, 200, 429]
    assert is_refused(ada, 429)
    assert [count for _, _, count in AxesProxyHandler.get_implementation().recorded()] == [4]
    for model in (AccessAttempt, AccessLog, Tally):
        assert not model.objects.exists()
    assert reset() == 1
    assert not is_refused(ada, 429)


def run(group: str) -> None:
    """The behaviour of the settings file ``group``; anything else is an ``AssertionError``."""
    for username in ("ada", "bob"):
        make_user(username, is_staff=True)
    clock = FakeClock(lambda: True)
    with mock.patch("django.utils.timezone.now", clock.now):
        globals()[group](clock)
