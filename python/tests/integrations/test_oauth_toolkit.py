"""What is special about OAuth Toolkit, which checks passwords with requests of its own making."""

from __future__ import annotations

import pytest

from . import guide
from .clients import Client
from .conftest import Serve
from .doors import OAUTH_SECRET, PASSWORD, USERNAME, WRONG, grant, password_grant, served
from .sites import ExampleSite

# As OAuth Toolkit's own guide sets it up for resources that are not its own views.
TOKEN_MIDDLEWARE = """
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "oauth2_provider.backends.OAuth2Backend",
]
MIDDLEWARE = [*MIDDLEWARE, "oauth2_provider.middleware.OAuth2TokenMiddleware"]
"""
EXEMPTION = guide.code_with("def has_no_password")


@pytest.fixture
def site(serve: Serve) -> ExampleSite:
    return served(serve, "oauth-toolkit")


def tried(site: ExampleSite, client: Client) -> list[tuple[object, ...]]:
    sql = (
        "SELECT username, failures_since_start, path_info FROM axes_accessattempt"
        " WHERE ip_address = ?"
    )
    return site.sql(sql, client.address)


def bearer(client: Client, token: str) -> int:
    return client.get("/me/", Authorization=f"Bearer {token}").status


def test_the_site_is_in_order(site: ExampleSite) -> None:
    site.manage("check", "--fail-level", "WARNING")
    site.manage("makemigrations", "--check", "--dry-run")


def test_tokens_go_on_working_during_a_lockout(site: ExampleSite) -> None:
    client = site.client()
    token = password_grant(client, USERNAME, PASSWORD).json["access_token"]
    for _ in range(3):
        answer = password_grant(client, USERNAME, WRONG)
    assert answer.status == 429
    assert bearer(client, token) == 200
    assert tried(site, client) == [(USERNAME, 3, "/oauth/token/")]


def test_an_application_with_a_wrong_secret_is_nobodys_failure(site: ExampleSite) -> None:
    client = site.client()
    form = grant(USERNAME, PASSWORD) | {"client_id": "app", "client_secret": "not-it"}
    assert [client.post_form("/oauth/token/", form).status for _ in range(4)] == [401] * 4
    assert tried(site, client) == []


@pytest.mark.parametrize("username", ["ada\0", "ädä", "a" * 5000])
def test_strange_usernames_are_wrong_and_nothing_else(site: ExampleSite, username: str) -> None:
    client = site.client()
    statuses = [password_grant(client, username, WRONG).status for _ in range(3)]
    assert statuses == [400, 400, 429]


@pytest.mark.parametrize("missing", ["username", "password"])
def test_without_a_username_or_a_password_there_is_no_attempt(
    site: ExampleSite, missing: str
) -> None:
    client = site.client()
    form = grant(USERNAME, WRONG) | {"client_id": "app", "client_secret": OAUTH_SECRET}
    del form[missing]
    assert client.post_form("/oauth/token/", form).status == 400
    assert tried(site, client) == []


def test_failures_survive_a_transaction_around_the_request(serve: Serve) -> None:
    site = served(serve, "oauth-toolkit", "DATABASES['default']['ATOMIC_REQUESTS'] = True")
    client = site.client()
    statuses = [password_grant(client, USERNAME, WRONG).status for _ in range(3)]
    assert statuses == [400, 400, 429]
    assert password_grant(client, USERNAME, PASSWORD).status == 429
    assert password_grant(site.client(), USERNAME, PASSWORD).status == 200


def test_the_token_middleware_asks_axes_about_each_token(serve: Serve) -> None:
    site = served(serve, "oauth-toolkit", TOKEN_MIDDLEWARE)
    client = site.client()
    token = password_grant(client, USERNAME, PASSWORD).json["access_token"]
    assert [bearer(client, token) for _ in range(4)] == [200] * 4
    assert [bearer(client, "expired") for _ in range(3)] == [403, 403, 429]
    assert bearer(client, token) == 429
    assert password_grant(client, USERNAME, PASSWORD).status == 429


def test_tokens_can_be_left_alone_and_passwords_still_guarded(serve: Serve) -> None:
    site = served(serve, "oauth-toolkit", TOKEN_MIDDLEWARE + EXEMPTION)
    client = site.client()
    token = password_grant(client, USERNAME, PASSWORD).json["access_token"]
    assert [bearer(client, "expired") for _ in range(4)] == [403] * 4
    statuses = [password_grant(client, USERNAME, WRONG).status for _ in range(3)]
    assert statuses == [400, 400, 429]
    assert bearer(client, token) == 200
    assert password_grant(client, USERNAME, PASSWORD).status == 429
