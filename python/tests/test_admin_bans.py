"""The page of bans in the admin site."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from axes.handlers.proxy import AxesProxyHandler
from axes.models import Ban

from .administration import administrator, browser_of
from .conftest import LogLines
from .visitor import PASSWORD, FakeClock, Visitor

pytestmark = [pytest.mark.django_db]

PAGE = "/admin/axes/ban/"
BANNED = 403


@pytest.fixture
def root(ada: Visitor) -> Client:
    return administrator()


def clerk(*may: str) -> Client:
    """The browser of staff who may do these things with bans."""
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    names = [f"{action}_ban" for action in may]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return browser_of(user)


def add(client: Client, **form: str) -> Any:
    empty = {"username": "", "network": "", "reason": "", "until_at_0": "", "until_at_1": ""}
    return client.post(f"{PAGE}add/", {**empty, **form})


def problems(response: Any) -> str:
    """What the form says is wrong."""
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    return " ".join(error for of_field in errors.values() for error in of_field)


def listed(client: Client, **query: str) -> list[str]:
    response = client.get(PAGE, query)
    assert response.status_code == 200
    return [str(ban) for ban in response.context["cl"].result_list]


def cell(client: Client, name: str) -> str:
    html = client.get(PAGE).content.decode()
    (found,) = re.findall(rf'<t[dh] class="field-{name}[^"]*">(.*?)</t[dh]>', html, re.DOTALL)
    return re.sub(r"<[^>]*>", "", found).replace("\xa0", " ")


def test_a_ban_is_entered_with_who_entered_it(root: Client, ada: Visitor, lines: LogLines) -> None:
    response = add(root, network=" 192.0.2.77/24", reason="guesses")
    assert response.status_code == 302
    ban = Ban.objects.get()
    assert (ban.network, ban.username, ban.author) == ("192.0.2.0/24", None, "root")
    assert ban.since_at <= timezone.now()
    assert ada.succeeds().status_code == BANNED
    assert LogEntry.objects.get().object_repr == "192.0.2.0/24"
    pk = User.objects.get(username="root").pk
    assert any(
        line.startswith(f'AXES: Banned by user {pk} until it is lifted, because "guesses"')
        for line in lines.ours
    )


def test_a_ban_of_a_username_until_a_time(
    root: Client, ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.TIME_ZONE = "UTC"
    assert (
        add(root, username=" ADA", until_at_0="2026-03-01", until_at_1="14:00").status_code == 302
    )
    assert cell(root, "whom") == "ada"
    assert cell(root, "until") == "March 1, 2026, 2 p.m. (2 h 0 min)"
    assert ada.succeeds()["Retry-After"] == "7200"
    clock.passes(hours=2)
    assert cell(root, "until") == "ended"
    assert ada.succeeds().status_code == 302
    # One that is over is in nobody's way.
    assert add(root, username="Ada").status_code == 302
    assert cell(root, "until") == "until it is deleted"
    assert Ban.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "Enter either a username or a network."),
        ({"username": "ada", "network": "192.0.2.1"}, "Enter either a username or a network."),
        ({"network": "localhost"}, "Enter an IP address or a network, such as 192.0.2.0/24."),
        ({"network": "10.0.0.0/7"}, "This network is too large: /8 is the largest."),
        ({"network": "2000::/3"}, "This network is too large: /16 is the largest."),
        (
            {"username": "eve", "until_at_0": "2026-03-01", "until_at_1": "11:59"},
            "This time has passed.",
        ),
        ({"network": "192.0.2.200/24"}, "This is banned already."),
    ],
)
def test_what_makes_no_sense_is_not_entered(
    root: Client, settings: Any, clock: FakeClock, form: dict[str, str], told: str
) -> None:
    settings.TIME_ZONE = "UTC"
    Ban.objects.create(network="192.0.2.0/24")
    assert told in problems(add(root, **form))
    assert Ban.objects.count() == 1


def test_the_time_and_the_reason_of_a_ban_can_be_changed_but_not_whom_it_is_of(
    root: Client, ada: Visitor
) -> None:
    ban = Ban.objects.create(username="ada", author="eve")
    later = timezone.localtime() + timedelta(days=1)
    form = {
        "username": "bob",
        "network": "192.0.2.1",
        "reason": "because",
        "until_at_0": later.strftime("%Y-%m-%d"),
        "until_at_1": "12:00",
    }
    assert root.post(f"{PAGE}{ban.pk}/change/", form).status_code == 302
    ban.refresh_from_db()
    assert (ban.username, ban.network, ban.author, ban.reason) == ("ada", None, "eve", "because")
    assert ban.until_at is not None
    assert ada.succeeds().status_code == BANNED


def test_to_delete_a_ban_is_to_lift_it(root: Client, ada: Visitor, lines: LogLines) -> None:
    one = Ban.objects.create(username="ada")
    two = Ban.objects.create(network="192.0.2.1")
    assert root.post(f"{PAGE}{one.pk}/delete/", {"post": "yes"}).status_code == 302
    assert ada.succeeds().status_code == BANNED
    action = {"action": "delete_selected", "_selected_action": [str(two.pk)], "post": "yes"}
    assert root.post(PAGE, action).status_code == 302
    assert ada.succeeds().status_code == 302
    lifted = [line for line in lines.ours if line.startswith("AXES: Ban lifted by user ")]
    assert len(lifted) == 2


def test_a_search_finds_the_networks_that_an_address_is_in(root: Client) -> None:
    for network in ("192.0.2.0/24", "192.0.0.0/8", "198.51.100.1", "2001:db8::/32"):
        Ban.objects.create(network=network)
    Ban.objects.create(username="ada", reason="192.0.2.7 was hers")
    found = ["192.0.0.0/8", "192.0.2.0/24", "ada"]
    assert sorted(listed(root, q="192.0.2.7")) == found
    assert listed(root, q="2001:db8::7") == ["2001:db8::/32"]
    assert listed(root, q="198.51.") == ["198.51.100.1/32"]
    assert listed(root, q="AD") == ["ada"]


@pytest.mark.parametrize(
    ("may", "looks", "adds", "deletes"),
    [
        ([], 403, 403, 403),
        (["view"], 200, 403, 403),
        (["add"], 403, 302, 403),
        (["view", "delete"], 200, 403, 302),
    ],
)
def test_permissions_are_those_of_every_model(
    may: list[str], looks: int, adds: int, deletes: int
) -> None:
    ban = Ban.objects.create(username="ada")
    client = clerk(*may)
    assert client.get(PAGE).status_code == looks
    assert add(client, username="bob").status_code == adds
    assert client.post(f"{PAGE}{ban.pk}/delete/", {"post": "yes"}).status_code == deletes
    assert Ban.objects.filter(pk=ban.pk).exists() is (deletes != 302)


def test_where_bans_are_no_rows_there_is_no_page(root: Client, settings: Any) -> None:
    assert "/admin/axes/ban/" in root.get("/admin/").content.decode()
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
    assert not AxesProxyHandler.bans_are_rows()
    assert "/admin/axes/ban/" not in root.get("/admin/").content.decode()
    assert root.get(PAGE).status_code == 403
    assert add(root, username="ada").status_code == 403
