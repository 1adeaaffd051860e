"""The ways to log in to the examples of APIs, so that one test knocks on all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .clients import Answer, Client, basic
from .conftest import Serve
from .sites import ExampleSite

USERNAME = "ada"
PASSWORD = "correct-horse-battery"
WRONG = "wrong-horse-battery"

SLOW = "turtle"
"""Whoever checks this account's passwords takes some time, as with the hashes of a real site."""

OAUTH_SECRET = "secret-of-the-client-app"

# Everything is logged, so that a test finds what must not be. Hashes are quick, but one is not.
CHANGES = """
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"log": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["log"], "level": "DEBUG"},
}
"""

MAKE_USERS = f"""
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
User.objects.create_user({USERNAME!r}, password={PASSWORD!r})
User.objects.create(
    username={SLOW!r}, password=make_password({PASSWORD!r}, hasher="pbkdf2_sha256")
)
"""

MAKE_APPLICATION = ("createapplication", "confidential", "password", "--client-id=app")


@dataclass(frozen=True)
class Door:
    """One way to log in."""

    name: str
    example: str
    knock: Callable[[Client, str, str], Answer]
    refused: int
    """What a wrong password is answered with."""

    def __str__(self) -> str:
        return self.name


def served(serve: Serve, example: str, more: str = "") -> ExampleSite:
    """The example with its accounts, and with ``more`` settings."""
    site = serve(example, CHANGES + more)
    if not site.sql("SELECT 1 FROM auth_user"):
        site.run(MAKE_USERS)
        if example == "oauth-toolkit":
            site.manage(*MAKE_APPLICATION, f"--client-secret={OAUTH_SECRET}")
    return site


def as_json(path: str) -> Callable[[Client, str, str], Answer]:
    return lambda client, username, password: client.post_json(
        path, {"username": username, "password": password}
    )


def as_form(path: str) -> Callable[[Client, str, str], Answer]:
    return lambda client, username, password: client.post_form(
        path, {"username": username, "password": password}
    )


def with_basic(path: str) -> Callable[[Client, str, str], Answer]:
    return lambda client, username, password: client.get(path, **basic(username, password))


def password_grant(client: Client, username: str, password: str) -> Answer:
    """The application names itself in the form, as the person does."""
    application = {"client_id": "app", "client_secret": OAUTH_SECRET}
    return client.post_form("/oauth/token/", grant(username, password) | application)


def password_grant_with_basic(client: Client, username: str, password: str) -> Answer:
    """The application names itself in a header."""
    application = basic("app", OAUTH_SECRET)
    return client.post_form("/oauth/token/", grant(username, password), **application)


def grant(username: str, password: str) -> dict[str, str]:
    return {"grant_type": "password", "username": username, "password": password}


REST = "rest-framework"
DOORS = [
    Door("session-json", REST, as_json("/login/"), 401),
    Door("session-form", REST, as_form("/login/"), 401),
    Door("basic", REST, with_basic("/me/"), 401),
    Door("token-json", REST, as_json("/token/"), 400),
    Door("token-form", REST, as_form("/token/"), 400),
    Door("jwt", "simplejwt", as_json("/token/"), 401),
    Door("jwt-form", "simplejwt", as_form("/token/"), 401),
    Door("oauth", "oauth-toolkit", password_grant, 400),
    Door("oauth-basic", "oauth-toolkit", password_grant_with_basic, 400),
]
