"""What is special about Simple JWT."""

from __future__ import annotations

import pytest

from .conftest import Serve
from .doors import PASSWORD, USERNAME, WRONG, served
from .sites import ExampleSite

RIGHT = {"username": USERNAME, "password": PASSWORD}


@pytest.fixture
def site(serve: Serve) -> ExampleSite:
    return served(serve, "simplejwt")


def test_the_site_is_in_order(site: ExampleSite) -> None:
    site.manage("check", "--fail-level", "WARNING")
    site.manage("makemigrations", "--check", "--dry-run")


def test_tokens_go_on_working_during_a_lockout_and_can_be_renewed(site: ExampleSite) -> None:
    client = site.client()
    tokens = client.post_json("/token/", RIGHT).json
    wrong = RIGHT | {"password": WRONG}
    assert [client.post_json("/token/", wrong).status for _ in range(3)] == [401, 401, 429]
    assert client.post_json("/token/", RIGHT).status == 429
    renewed = client.post_json("/token/refresh/", {"refresh": tokens["refresh"]}).json
    for access in [tokens["access"], renewed["access"]]:
        answer = client.get("/me/", Authorization=f"Bearer {access}")
        assert (answer.status, answer.json) == (200, {"username": USERNAME})


def test_tokens_that_are_wrong_are_no_attempts(site: ExampleSite) -> None:
    client = site.client()
    for _ in range(4):
        assert client.get("/me/", Authorization="Bearer nonsense").status == 401
        assert client.post_json("/token/refresh/", {"refresh": "nonsense"}).status == 401
    assert client.post_json("/token/", RIGHT).status == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"username": "ada"}', b"\xff"])
def test_a_body_that_is_no_login_is_no_attempt(site: ExampleSite, body: bytes) -> None:
    client = site.client()
    kind = {"Content-Type": "application/json"}
    assert [client.send("POST", "/token/", body, kind).status for _ in range(4)] == [400] * 4
    assert client.post_json("/token/", RIGHT).status == 200
