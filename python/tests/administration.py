"""The page of those who are locked out now, as tests open it."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client

from axes.handlers.proxy import AxesProxyHandler

from .visitor import PASSWORD

PAGE = "/admin/axes/tally/"
REASON = "called me, I know her voice"


def administrator() -> Client:
    """The browser of somebody who may do everything."""
    return browser_of(User.objects.create_superuser("root", password=PASSWORD))


def clerk(*may: str) -> Client:
    """The browser of staff who may do these things with access attempts."""
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    names = [f"{action}_accessattempt" for action in may]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return browser_of(user)


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
