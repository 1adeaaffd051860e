"""What Axes promises, at every way to log in to the examples of APIs."""

from __future__ import annotations

import time
from base64 import b64encode
from collections import Counter

import pytest

from .clients import Client, at_once
from .conftest import Serve
from .doors import DOORS, OAUTH_SECRET, PASSWORD, SLOW, USERNAME, WRONG, Door, grant, served
from .sites import ExampleSite

BRIEFLY = 2
BRIEF = f"AXES_COOLOFF_TIME = timedelta(seconds={BRIEFLY})"

every_door = pytest.mark.parametrize("door", DOORS, ids=str)


@pytest.fixture
def site(door: Door, serve: Serve) -> ExampleSite:
    return served(serve, door.example)


def permits(site: ExampleSite) -> int:
    """How many permits are in flight, of anybody."""
    ((open_now,),) = site.sql("SELECT SUM(current_permits + previous_permits) FROM axes_tally")
    return int(open_now or 0)


def lock_out(door: Door, client: Client) -> None:
    statuses = [door.knock(client, USERNAME, WRONG).status for _ in range(3)]
    assert statuses == [door.refused, door.refused, 429]


@every_door
def test_a_right_password_gets_in(door: Door, site: ExampleSite) -> None:
    answer = door.knock(site.client(), USERNAME, PASSWORD)
    assert answer.status == 200
    assert set(answer.json) & {"username", "token", "access", "access_token"}


@every_door
def test_the_attempt_that_reaches_the_limit_is_told_in_json_how_long_to_wait(
    door: Door, site: ExampleSite
) -> None:
    client = site.client()
    for _ in range(2):
        answer = door.knock(client, USERNAME, WRONG)
        assert (answer.status, answer.headers["Retry-After"]) == (door.refused, None)
    answer = door.knock(client, USERNAME, WRONG)
    assert answer.status == 429
    assert 890 <= int(answer.headers["Retry-After"]) <= 900
    assert answer.headers["WWW-Authenticate"] is None
    assert answer.json == {
        "failure_limit": 3,
        "failure_count": 3,
        "username": USERNAME,
        "cooloff_time": "PT15M",
        "cooloff_timedelta": "P0DT00H15M00S",
        "retry_after": int(answer.headers["Retry-After"]),
    }


@every_door
def test_the_right_password_is_refused_during_the_lockout_but_not_elsewhere(
    door: Door, site: ExampleSite
) -> None:
    client = site.client()
    lock_out(door, client)
    answer = door.knock(client, USERNAME, PASSWORD)
    assert (answer.status, answer.json["username"]) == (429, USERNAME)
    assert door.knock(site.client(), USERNAME, PASSWORD).status == 200


@every_door
def test_the_limit_is_exact_however_fast_they_come(door: Door, site: ExampleSite) -> None:
    client = site.client()
    answers = at_once(12, lambda _: door.knock(client, SLOW, WRONG))
    assert Counter(answer.status for answer in answers) == {door.refused: 2, 429: 10}
    counted = "SELECT failures_since_start - refused FROM axes_accessattempt WHERE ip_address = ?"
    assert site.sql(counted, client.address) == [(3,)]


@every_door
def test_right_passwords_all_get_in_however_fast_they_come(door: Door, site: ExampleSite) -> None:
    client = site.client()
    answers = at_once(8, lambda _: door.knock(client, SLOW, PASSWORD))
    assert [answer.status for answer in answers] == [200] * 8
    assert permits(site) == 0


@every_door
def test_a_right_password_leaves_no_permit_open_and_forgets_no_failure(
    door: Door, site: ExampleSite
) -> None:
    client = site.client()
    assert door.knock(client, USERNAME, WRONG).status == door.refused
    for _ in range(5):
        assert door.knock(client, USERNAME, PASSWORD).status == 200
        assert permits(site) == 0
    assert door.knock(client, USERNAME, WRONG).status == door.refused
    assert door.knock(client, USERNAME, WRONG).status == 429


@every_door
def test_a_reset_lets_in_at_once(door: Door, site: ExampleSite) -> None:
    client = site.client()
    lock_out(door, client)
    assert site.manage("axes_reset_ip", client.address) == "1 attempts removed.\n"
    assert door.knock(client, USERNAME, PASSWORD).status == 200


@every_door
def test_the_cool_off_lets_in_when_the_time_that_was_told_is_over(door: Door, serve: Serve) -> None:
    site = served(serve, door.example, BRIEF)
    client = site.client()
    for _ in range(3):
        answer = door.knock(client, USERNAME, WRONG)
    assert answer.status == 429
    time.sleep(int(answer.headers["Retry-After"]))
    assert door.knock(client, USERNAME, PASSWORD).status == 200


@every_door
def test_the_username_and_the_client_are_recorded(door: Door, site: ExampleSite) -> None:
    client = site.client()
    client.headers["User-Agent"] = "tester"
    door.knock(client, "Nobody-Ever", WRONG)
    recorded = "SELECT username, user_agent FROM axes_accessattempt WHERE ip_address = ?"
    assert site.sql(recorded, client.address) == [("Nobody-Ever", "tester")]


@every_door
def test_no_secret_is_stored_or_logged(door: Door, site: ExampleSite) -> None:
    client = site.client()
    mistyped = f"mistyped-{door}-{client.address}"
    for username in [USERNAME, "Nobody-Ever"]:
        assert door.knock(client, username, mistyped).status == door.refused
    assert door.knock(client, USERNAME, PASSWORD).status == 200
    assert "AXES: " in site.log
    pairs = [f"{USERNAME}:{mistyped}", f"Nobody-Ever:{mistyped}", f"app:{OAUTH_SECRET}"]
    encoded = [b64encode(pair.encode()).decode() for pair in pairs]
    for secret in [mistyped, PASSWORD, OAUTH_SECRET, *encoded]:
        assert secret not in site.dump
        assert secret not in site.log


@every_door
def test_a_store_that_cannot_answer_is_503_in_json(door: Door, site: ExampleSite) -> None:
    client = site.client()
    site.sql("ALTER TABLE axes_tally RENAME TO axes_tally_away")
    try:
        answers = [door.knock(client, USERNAME, password) for password in [PASSWORD, WRONG]]
    finally:
        site.sql("ALTER TABLE axes_tally_away RENAME TO axes_tally")
    for answer in answers:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert set(answer.json) == {"detail", "retry_after"}
    assert door.knock(client, USERNAME, PASSWORD).status == 200
    assert permits(site) == 0


# Inside the site: what its ASGI application answers to wrong passwords and then to the right one.
ASGI = """
import asyncio
from django.conf import settings
from django.test import AsyncClient

settings.ALLOWED_HOSTS = ["testserver"]

async def knock():
    client = AsyncClient()
    for form in {forms!r}:
        answer = await client.post({path!r}, form)
        print(answer.status_code, answer["Content-Type"], answer.get("Retry-After"))

asyncio.run(knock())
"""


@pytest.mark.parametrize(
    ("example", "path", "refused"),
    [
        ("rest-framework", "/login/", 401),
        ("simplejwt", "/token/", 401),
        ("oauth-toolkit", "/oauth/token/", 400),
    ],
)
def test_the_same_holds_under_asgi(serve: Serve, example: str, path: str, refused: int) -> None:
    site = served(serve, example)
    application = {"client_id": "app", "client_secret": OAUTH_SECRET}
    forms = [grant(SLOW, password) | application for password in [WRONG, WRONG, WRONG, PASSWORD]]
    told = site.run(ASGI.format(forms=forms, path=path)).splitlines()
    assert told[:2] == [f"{refused} application/json None"] * 2
    assert [line.split()[:2] for line in told[2:]] == [["429", "application/json"]] * 2
    assert all(890 <= int(line.split()[2]) <= 900 for line in told[2:])
