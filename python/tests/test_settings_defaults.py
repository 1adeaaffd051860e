"""Settings are read when they are used, and have defaults that can be read."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import override_settings

from axes._axes import defaults
from axes.conf import default_of, engine
from axes.conf import settings as axes_settings

from .visitor import Visitor

SEED = {
    "AXES_CACHE": "default",
    "AXES_FAILURE_LIMIT": 3,
    "AXES_LOCK_OUT_AT_FAILURE": True,
    "AXES_COOLOFF_TIME": None,
    "AXES_LOGGER": "axes.watch_login",
    "AXES_LOCKOUT_TEMPLATE": None,
    "AXES_LOCKOUT_URL": None,
    "AXES_VERBOSE": True,
    "AXES_USERNAME_FORM_FIELD": "username",
    "AXES_PASSWORD_FORM_FIELD": "password",
    "AXES_NEVER_LOCKOUT_WHITELIST": False,
    "AXES_IP_WHITELIST": None,
    "AXES_DISABLE_ACCESS_LOG": False,
    "AXES_DISABLE_SUCCESS_ACCESS_LOG": False,
}
"""The defaults that the configuration page states. Its three other settings, which are deprecated,
count only where they are set."""

OLD_FLAGS = [
    "AXES_USE_USER_AGENT",
    "AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP",
    "AXES_ONLY_USER_FAILURES",
]


@pytest.mark.parametrize(("name", "default"), SEED.items())
def test_the_default_is_the_documented_one(name: str, default: Any) -> None:
    assert getattr(django_settings, name) == default


@pytest.mark.parametrize("name", defaults())
def test_the_default_can_be_read_from_the_settings(name: str) -> None:
    assert hasattr(django_settings, name)


@pytest.mark.parametrize("flag", OLD_FLAGS)
def test_an_old_flag_is_off_where_it_is_not_set(flag: str, settings: Any) -> None:
    assert engine().scopes == [["ip_address"]]
    setattr(settings, flag, False)
    assert engine().scopes == [["ip_address"]]


def test_the_settings_that_sites_import_are_djangos(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 7
    assert axes_settings.AXES_FAILURE_LIMIT == 7


def test_the_username_field_is_the_user_models() -> None:
    assert django_settings.AXES_USERNAME_FORM_FIELD == User.USERNAME_FIELD


@pytest.mark.django_db
def test_an_override_counts_from_the_next_attempt_on(ada: Visitor) -> None:
    ada.fails(2)
    with override_settings(AXES_FAILURE_LIMIT=10):
        assert ada.fails(2).status_code == 200
    assert ada.is_locked_out


@pytest.mark.django_db
def test_a_list_that_is_changed_in_place_counts(ada: Visitor, settings: Any) -> None:
    settings.AXES_IP_BLACKLIST = []
    assert ada.succeeds().status_code == 302
    settings.AXES_IP_BLACKLIST.append("192.0.2.1")
    assert ada.succeeds().status_code == 200


def test_a_list_in_a_list_that_is_changed_in_place_counts(settings: Any) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = [["username"]]
    assert engine().scopes == [["username"]]
    settings.AXES_LOCKOUT_PARAMETERS[0].append("ip_address")
    assert engine().scopes == [["username", "ip_address"]]


def test_a_set_that_is_changed_in_place_counts(settings: Any) -> None:
    settings.AXES_SENSITIVE_PARAMETERS = set()
    assert engine().form_lines([("city", "Ur")]) == "city=Ur"
    settings.AXES_SENSITIVE_PARAMETERS.add("city")
    assert engine().form_lines([("city", "Ur")]) == f"city={'*' * 20}"


def test_a_value_of_another_type_counts_though_it_is_equal(settings: Any) -> None:
    settings.AXES_VERBOSE = True
    assert engine().problems == []
    settings.AXES_VERBOSE = 1
    assert [problem[0] for problem in engine().problems] == ["AXES_VERBOSE"]


def test_the_engine_is_made_once_for_the_same_settings(settings: Any) -> None:
    assert engine() is engine()
    before = engine()
    settings.AXES_FAILURE_LIMIT = 9
    assert engine() is not before


def test_no_setting_is_read_at_import() -> None:
    """A value that is read at import cannot follow `override_settings`."""
    at_start = {"AXES_ENABLE_ADMIN"}
    for path in Path("axes").rglob("*.py"):
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                continue
            read = {
                node.attr
                for node in ast.walk(statement)
                if isinstance(node, ast.Attribute) and node.attr.startswith("AXES_")
            }
            assert read <= at_start, path


def test_the_old_name_of_a_setting_counts_where_the_new_one_is_not_set(settings: Any) -> None:
    meta = {"REMOTE_ADDR": "192.0.2.1", "HTTP_OLD": "192.0.2.2", "HTTP_NEW": "192.0.2.3"}
    assert engine().client_address(meta) == "192.0.2.1"
    settings.AXES_META_PRECEDENCE_ORDER = ["HTTP_OLD"]
    assert engine().client_address(meta) == "192.0.2.2"
    settings.AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_NEW"]
    assert engine().client_address(meta) == "192.0.2.3"


def test_the_order_of_django_ipware_is_the_default_where_a_site_has_it(settings: Any) -> None:
    name = "AXES_IPWARE_META_PRECEDENCE_ORDER"
    assert default_of(name, ["REMOTE_ADDR"]) == ["REMOTE_ADDR"]
    settings.IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_REAL_IP"]
    assert default_of(name, ["REMOTE_ADDR"]) == ["HTTP_X_REAL_IP"]
    # Whoever gave Axes an order of its own, by the old name, meant that one.
    settings.AXES_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]
    assert default_of(name, ["REMOTE_ADDR"]) == ["REMOTE_ADDR"]
