"""The example with allauth, and what its visitors do."""

from __future__ import annotations

from .browsers import Browser
from .clients import Answer, Client
from .codes import Device
from .sites import ExampleSite

RIGHT, WRONG = "correct-horse-battery", "wrong-horse-battery"
LOGIN = "/accounts/login/"
CODE = "/accounts/2fa/authenticate/"
CODE_AGAIN = "/accounts/2fa/reauthenticate/"
PASSWORD_AGAIN = "/accounts/reauthenticate/"
DEVICE = Device()

RECORDS = """
SELECT username, failures_since_start, path_info FROM axes_accessattempt WHERE ip_address = ?
"""


def add_eves(site: ExampleSite, count: int) -> None:
    """People who have a second factor: one for each test, as a code is good only once."""
    names = [f"eve{number}" for number in range(count)]
    site.make_users({name: {"email": f"{name}@example.com"} for name in names}, RIGHT)
    site.run(
        "from allauth.mfa.totp.internal.auth import TOTP\n"
        "from django.contrib.auth.models import User\n"
        "for eve in User.objects.filter(username__startswith='eve'):\n"
        f"    TOTP.activate(eve, {DEVICE.secret!r})"
    )


def log_in(visitor: Browser, password: str, login: str = "ada", **headers: str) -> Answer:
    fields = {"login": login, "password": password}
    return visitor.submit(visitor.get(LOGIN), LOGIN, fields, **headers)


def records(site: ExampleSite, visitor: Client) -> list[tuple[object, ...]]:
    return sorted(site.sql(RECORDS, visitor.address))
