"""What is special about REST framework."""

from __future__ import annotations

from collections import Counter

import pytest

from .clients import Client, at_once, basic
from .conftest import Serve
from .doors import DOORS, PASSWORD, SLOW, USERNAME, WRONG, Door, served
from .sites import ExampleSite

REST_DOORS = [door for door in DOORS if door.example == "rest-framework"]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CREDENTIALS = {"username": USERNAME, "password": PASSWORD}


@pytest.fixture
def site(serve: Serve) -> ExampleSite:
    return served(serve, "rest-framework")


def failures(site: ExampleSite, client: Client) -> list[tuple[str, int]]:
    """The usernames that were tried from there, and how many times."""
    sql = "SELECT username, failures_since_start FROM axes_accessattempt WHERE ip_address = ?"
    return [(str(username), int(count)) for username, count in site.sql(sql, client.address)]


def lock_out(client: Client) -> None:
    answers = [client.get("/me/", **basic(USERNAME, WRONG)) for _ in range(3)]
    assert [answer.status for answer in answers] == [401, 401, 429]


def test_the_site_is_in_order(site: ExampleSite) -> None:
    site.manage("check", "--fail-level", "WARNING")
    site.manage("makemigrations", "--check", "--dry-run")


def test_a_browser_gets_a_page(site: ExampleSite) -> None:
    client = site.client()
    client.headers.update(BROWSER)
    answers = [client.get("/me/", **basic(USERNAME, WRONG)) for _ in range(3)]
    assert [answer.status for answer in answers] == [401, 401, 429]
    assert "<!DOCTYPE html>" in answers[0].text
    assert answers[2].headers.get_content_type() == "text/html"
    assert answers[2].text.startswith("Account locked")


def test_whoever_is_logged_in_already_stays_so_during_a_lockout(site: ExampleSite) -> None:
    client = site.client()
    token = client.post_json("/token/", CREDENTIALS).json["token"]
    cookies = client.post_json("/login/", CREDENTIALS).headers.get_all("Set-Cookie", [])
    (session,) = [cookie for cookie in cookies if cookie.startswith("sessionid=")]
    lock_out(client)
    for headers in [{"Authorization": f"Token {token}"}, {"Cookie": session}]:
        assert client.get("/me/", **headers).json == {"username": USERNAME}


def test_a_token_that_nobody_has_is_no_attempt(site: ExampleSite) -> None:
    client = site.client()
    statuses = [client.get("/me/", Authorization="Token nonsense").status for _ in range(5)]
    assert statuses == [401] * 5
    assert failures(site, client) == []


BROKEN_BODIES = [b"{", b"\xff\xfe", b"[]", b'"ada"', b"null", b"1", b'{"username": {"a": []}}', b""]


@pytest.mark.parametrize("path", ["/login/", "/token/"])
@pytest.mark.parametrize("body", BROKEN_BODIES, ids=repr)
def test_a_body_that_is_no_login_is_no_attempt(site: ExampleSite, path: str, body: bytes) -> None:
    client = site.client()
    answer = client.send("POST", path, body, {"Content-Type": "application/json"})
    assert (answer.status, failures(site, client)) == (400, [])


@pytest.mark.parametrize("body", [*BROKEN_BODIES, b"x" * 300_000], ids=lambda body: repr(body[:9]))
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b", "a/b"])
def test_a_password_in_the_header_is_checked_whatever_the_body_is(
    site: ExampleSite, body: bytes, kind: str
) -> None:
    client = site.client()
    right, wrong = basic(USERNAME, PASSWORD), basic(USERNAME, WRONG)
    headers = {"Content-Type": kind}
    assert client.send("POST", "/me/", body, headers | right).status == 200
    statuses = [client.send("POST", "/me/", body, headers | wrong).status for _ in range(3)]
    assert (statuses, failures(site, client)) == ([401, 401, 429], [(USERNAME, 3)])


@pytest.mark.parametrize(
    "username", ["ada\ud800", "ädä", "ada\u202e", "a" * 5000, "ada\r\nAXES: forged", 12, 1.5]
)
@pytest.mark.parametrize("path", ["/login/", "/token/"])
def test_strange_usernames_are_wrong_and_nothing_else(
    site: ExampleSite, path: str, username: object
) -> None:
    client = site.client()
    body = {"username": username, "password": WRONG}
    assert client.post_json(path, body).status in {400, 401}
    assert "\nAXES: forged" not in site.log
    assert client.post_json(path, CREDENTIALS).status == 200


@pytest.mark.parametrize("userpass", ["ada\0:x", "ada", ":", "ada:\0", "ädä:ö"])
def test_strange_basic_headers_are_wrong_and_nothing_else(site: ExampleSite, userpass: str) -> None:
    client = site.client()
    username, _, password = userpass.partition(":")
    assert client.get("/me/", **basic(username, password)).status == 401
    assert client.get("/me/", **basic(USERNAME, PASSWORD)).status == 200


ATOMIC = "DATABASES['default']['ATOMIC_REQUESTS'] = True"


@pytest.mark.parametrize("door", REST_DOORS, ids=str)
def test_failures_survive_what_rest_framework_rolls_back(door: Door, serve: Serve) -> None:
    site = served(serve, "rest-framework", ATOMIC)
    client = site.client()
    answers = at_once(8, lambda _: door.knock(client, SLOW, WRONG))
    assert Counter(answer.status for answer in answers) == {door.refused: 2, 429: 6}
    assert door.knock(client, USERNAME, PASSWORD).status == 429
    assert door.knock(site.client(), USERNAME, PASSWORD).status == 200


RESET = "AXES_RESET_ON_SUCCESS = True"


@pytest.mark.parametrize("door", REST_DOORS, ids=str)
def test_a_success_forgets_failures_where_django_is_told_of_a_login(
    door: Door, serve: Serve
) -> None:
    client = served(serve, "rest-framework", RESET).client()
    knocks = [WRONG, WRONG, PASSWORD, WRONG]
    statuses = [door.knock(client, USERNAME, password).status for password in knocks]
    logs_in = door.name.startswith("session")
    assert statuses == [door.refused, door.refused, 200, door.refused if logs_in else 429]


SPA = "AXES_LOCKOUT_TEMPLATE = 'nowhere.html'\nAXES_LOCKOUT_URL = '/locked/'"


@pytest.mark.parametrize("door", REST_DOORS, ids=str)
def test_an_api_gets_json_also_where_pages_have_a_template(door: Door, serve: Serve) -> None:
    client = served(serve, "rest-framework", SPA).client()
    for _ in range(2):
        door.knock(client, USERNAME, WRONG)
    answer = door.knock(client, USERNAME, WRONG)
    assert (answer.status, answer.json["failure_count"]) == (429, 3)
    assert answer.headers["Location"] is None


# What recipes for older guards had a site add.
RECEIVER = """
from django.apps import AppConfig

class Raises(AppConfig):
    name = "changed_settings"

    def ready(self):
        from axes.signals import user_locked_out
        user_locked_out.connect(self.refuse)

    def refuse(self, **kwargs):
        from rest_framework.exceptions import PermissionDenied
        raise PermissionDenied("Too many failed login attempts")

INSTALLED_APPS = [*INSTALLED_APPS, "changed_settings.Raises"]
"""


@pytest.mark.parametrize("door", REST_DOORS, ids=str)
def test_a_receiver_that_raises_changes_nothing(door: Door, serve: Serve) -> None:
    site = served(serve, "rest-framework", RECEIVER)
    client = site.client()
    knocks = [WRONG, WRONG, WRONG, PASSWORD]
    answers = [door.knock(client, USERNAME, password) for password in knocks]
    assert [answer.status for answer in answers] == [door.refused, door.refused, 429, 429]
    assert [answer.json["failure_count"] for answer in answers[2:]] == [3, 4]
    assert failures(site, client) == [(USERNAME, 4)]
