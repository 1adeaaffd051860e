"""Who is never or always refused, and which address a client has."""

from __future__ import annotations

from typing import Any

import pytest

from axes.helpers import get_client_ip_address
from axes.models import AccessAttempt

from .visitor import LOCKED_OUT, Visitor

pytestmark = pytest.mark.django_db

LISTED = [
    (["192.0.2.1"], "192.0.2.1", True),
    (["192.0.2.1"], "192.0.2.2", False),
    (["192.0.2.0/24"], "192.0.2.200", True),
    (["192.0.2.0/24"], "192.0.3.1", False),
    (["192.0.2.1"], "::ffff:192.0.2.1", True),
    (["::ffff:192.0.2.1"], "192.0.2.1", True),
    (["10.0.0.0/8"], "::ffff:10.1.2.3", True),
    (["2001:db8::/32"], "2001:db8:1::5", True),
    (["2001:DB8:0:0::1"], "2001:db8::1", True),
    (["2001:db8::1"], "2001:db8::2", False),
    (("198.51.100.1", "192.0.2.1"), "192.0.2.1", True),
    ([], "192.0.2.1", False),
]


@pytest.mark.parametrize(("entries", "address", "listed"), LISTED)
def test_whoever_is_on_the_denylist_is_always_refused(
    ada: Visitor, settings: Any, entries: Any, address: str, listed: bool
) -> None:
    settings.AXES_IP_BLACKLIST = entries
    assert ("_auth_user_id" in logged_in(ada.but(address=address))) is not listed


def logged_in(visitor: Visitor) -> Any:
    visitor.succeeds()
    return visitor.client.session


@pytest.mark.parametrize(("entries", "address", "listed"), LISTED)
def test_whoever_is_on_the_allowlist_is_never_locked_out(
    ada: Visitor, settings: Any, entries: Any, address: str, listed: bool
) -> None:
    settings.AXES_NEVER_LOCKOUT_WHITELIST = True
    settings.AXES_IP_WHITELIST = entries
    status = ada.but(address=address).fails(4).status_code
    assert status == (200 if listed else LOCKED_OUT)


def test_the_allowlist_exempts_nobody_unless_it_is_told_to(ada: Visitor, settings: Any) -> None:
    settings.AXES_IP_WHITELIST = ["192.0.2.1"]
    assert ada.fails(3).status_code == LOCKED_OUT


@pytest.mark.parametrize(("entries", "address", "listed"), LISTED)
def test_only_listed_addresses_may_log_in(
    ada: Visitor, settings: Any, entries: Any, address: str, listed: bool
) -> None:
    settings.AXES_ONLY_WHITELIST = True
    settings.AXES_IP_WHITELIST = entries
    assert ("_auth_user_id" in logged_in(ada.but(address=address))) is listed


def test_the_denylist_beats_the_allowlist(ada: Visitor, settings: Any) -> None:
    settings.AXES_NEVER_LOCKOUT_WHITELIST = True
    settings.AXES_IP_WHITELIST = settings.AXES_IP_BLACKLIST = ["192.0.2.1"]
    assert "_auth_user_id" not in logged_in(ada)


def test_an_exempt_attempt_is_not_recorded(ada: Visitor, settings: Any) -> None:
    settings.AXES_NEVER_LOCKOUT_WHITELIST = True
    settings.AXES_IP_WHITELIST = ["192.0.2.1"]
    ada.fails(2)
    assert not AccessAttempt.objects.exists()


def test_a_get_can_be_left_alone(ada: Visitor, settings: Any) -> None:
    ada = ada.but(path="/dispatched/")
    ada.fails(3)
    settings.AXES_NEVER_LOCKOUT_GET = True
    assert ada.looks().status_code == 200
    assert ada.fails().status_code == LOCKED_OUT


def test_only_the_admin_site_can_be_guarded(ada: Visitor, settings: Any) -> None:
    settings.AXES_ONLY_ADMIN_SITE = True
    assert ada.fails(5).status_code == 200
    assert not AccessAttempt.objects.exists()
    assert ada.but(path="/admin/login/").fails(3).status_code == LOCKED_OUT
    assert ada.succeeds().status_code == 302


def test_without_an_admin_site_there_is_none_to_guard(ada: Visitor, settings: Any) -> None:
    settings.AXES_ONLY_ADMIN_SITE = True
    settings.ROOT_URLCONF = "tests.urls_without_admin"
    assert ada.but(path="/check/").fails(5).status_code == 401


XFF = "HTTP_X_FORWARDED_FOR"
BEHIND = {"AXES_IPWARE_META_PRECEDENCE_ORDER": [XFF, "REMOTE_ADDR"]}
PROXIES = [
    # What is set; the header; the client's address. The proxy that connects is 192.0.2.1.
    ({}, "6.6.6.6", "192.0.2.1"),
    (BEHIND, "6.6.6.6", "6.6.6.6"),
    (BEHIND | {"AXES_IPWARE_PROXY_COUNT": 1}, "6.6.6.6", "192.0.2.1"),
    (BEHIND | {"AXES_IPWARE_PROXY_COUNT": 1}, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
    (BEHIND | {"AXES_IPWARE_PROXY_COUNT": 0}, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    (BEHIND | {"AXES_IPWARE_PROXY_ORDER": "right-most"}, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    (BEHIND | {"AXES_IPWARE_PROXY_TRUSTED_IPS": ["10.0.0.0/8"]}, "6.6.6.6", "192.0.2.1"),
    (
        BEHIND | {"AXES_IPWARE_PROXY_TRUSTED_IPS": ["192.0.2.1", "10.0.0.0/8"]},
        "6.6.6.6, 198.51.100.7, 10.0.0.1",
        "198.51.100.7",
    ),
    (BEHIND, "garbage", "192.0.2.1"),
    (BEHIND, "", "192.0.2.1"),
    (BEHIND, "[2001:db8::9]:443", "2001:db8::9"),
    (BEHIND, "198.51.100.7:1234", "198.51.100.7"),
    (BEHIND, "::ffff:198.51.100.7", "198.51.100.7"),
    ({"AXES_META_PRECEDENCE_ORDER": [XFF]}, "6.6.6.6", "6.6.6.6"),
    (BEHIND | {"AXES_PROXY_COUNT": 1}, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
    (BEHIND | {"AXES_PROXY_ORDER": "right-most"}, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    (BEHIND | {"AXES_PROXY_TRUSTED_IPS": ["10.0.0.0/8"]}, "6.6.6.6", "192.0.2.1"),
]


@pytest.mark.parametrize(("values", "header", "address"), PROXIES)
def test_the_proxy_settings_say_whose_word_is_taken(
    settings: Any, values: dict[str, Any], header: str, address: str
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    request = Visitor(headers={XFF: header}).request()
    assert get_client_ip_address(request) == address


def test_a_forged_header_is_no_way_out_of_a_lockout(ada: Visitor) -> None:
    for number in range(4):
        response = ada.but(headers={XFF: f"6.6.6.{number}"}).fails()
    assert response.status_code == LOCKED_OUT


def test_a_forged_left_side_is_no_way_out_behind_a_proxy(ada: Visitor, settings: Any) -> None:
    settings.AXES_IPWARE_META_PRECEDENCE_ORDER = [XFF]
    settings.AXES_IPWARE_PROXY_TRUSTED_IPS = ["192.0.2.1"]
    for number in range(4):
        response = ada.but(headers={XFF: f"6.6.6.{number}, 198.51.100.7"}).fails()
    assert response.status_code == LOCKED_OUT
    assert {attempt.ip_address for attempt in AccessAttempt.objects.all()} == {"198.51.100.7"}
