"""The pages in the admin site."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import django
import pytest
from django.contrib.admin import AdminSite, site
from django.contrib.auth.models import Permission, User
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory
from django.utils import timezone

import axes.admin
from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog, Tally

from .visitor import PASSWORD, FakeClock, Visitor

pytestmark = pytest.mark.django_db

ATTEMPTS = "/admin/axes/accessattempt/"
LOG = "/admin/axes/accesslog/"
FAILURES = "/admin/axes/accessfailurelog/"


@pytest.fixture
def root(ada: Visitor) -> Client:
    """An administrator's browser."""
    return browser_of(User.objects.create_superuser("root", password=PASSWORD))


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def watcher(ada: Visitor) -> Client:
    """The browser of staff that may look at everything and do nothing."""
    user = User.objects.create_user("watcher", password=PASSWORD, is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="axes", codename__startswith="view_")
    )
    return browser_of(user)


def rows(client: Client, page: str, **query: str) -> list[Any]:
    response = client.get(page, query)
    assert response.status_code == 200, response.get("Location")
    return list(response.context["cl"].queryset)


@pytest.mark.parametrize("page", [ATTEMPTS, LOG, FAILURES])
def test_there_is_a_page_for_each_kind_of_record(root: Client, page: str) -> None:
    assert root.get(page).status_code == 200


def test_an_attempt_is_shown_with_what_is_known_of_it(root: Client, ada: Visitor) -> None:
    ada.fails(2)
    text = root.get(ATTEMPTS).content.decode()
    for shown in ["ada", "192.0.2.1", "Firefox", "/login/", ">2<"]:
        assert shown in text


def column(client: Client, name: str, **query: str) -> list[str]:
    text = client.get(ATTEMPTS, query).content.decode()
    return re.findall(rf'class="field-{name}(?: nowrap)?">([^<]*)<', text)


def test_whoever_is_locked_out_is_shown_so(root: Client, ada: Visitor) -> None:
    ada.fails(2)
    assert column(root, "status") == ["1 attempt left"]
    ada.fails()
    assert column(root, "status") == ["Locked out until reset"]


def test_how_long_a_lockout_still_lasts_is_shown(root: Client, ada: Visitor, settings: Any) -> None:
    settings.AXES_COOLOFF_TIME = 2
    ada.fails(3)
    (shown,) = column(root, "status")
    assert shown in {"Locked out for 2 h 0 min", "Locked out for 1 h 59 min"}


def test_a_lockout_by_address_is_shown_on_all_its_attempts(root: Client, ada: Visitor) -> None:
    for username in ["one", "two", "three"]:
        ada.but(username=username).fails()
    ada.but(address="192.0.2.2").fails()
    assert sorted(column(root, "status")) == ["2 attempts left", *["Locked out until reset"] * 3]


def test_who_is_refused_for_another_reason_is_shown_so(
    root: Client, ada: Visitor, settings: Any
) -> None:
    ada.fails()
    settings.AXES_IP_BLACKLIST = ["192.0.2.0/24"]
    assert column(root, "status") == ["Refused: on the denylist"]
    settings.AXES_IP_BLACKLIST = None
    settings.AXES_ONLY_WHITELIST = True
    assert column(root, "status") == ["Refused: not on the allowlist"]


def test_nobody_knows_how_many_attempts_are_left_where_code_decides(
    root: Client, ada: Visitor, settings: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = lambda: 3
    ada.fails()
    assert column(root, "status") == ["-"]


def test_the_status_of_one_attempt_is_on_its_page_and_at_hand(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    attempt = AccessAttempt.objects.get()
    admin = site._registry[AccessAttempt]
    assert isinstance(admin, AccessAttemptAdmin)
    assert admin.status(attempt) == "Locked out until reset"
    html = root.get(f"{ATTEMPTS}{attempt.pk}/change/").content.decode()
    assert "Locked out until reset" in html


def test_when_attempts_expire_is_shown_where_each_keeps_a_time_for_that(
    root: Client, ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.TIME_ZONE = "UTC"
    settings.AXES_COOLOFF_TIME = 2
    ada.but(address="192.0.2.2").fails()
    assert column(root, "expires_at") == []
    settings.AXES_USE_ATTEMPT_EXPIRATION = True
    ada.fails()
    assert sorted(column(root, "expires_at")) == ["-", "March 1, 2026, 2 p.m."]
    admin = AccessAttemptAdmin(AccessAttempt, AdminSite())
    assert admin.expiration(AccessAttempt.objects.latest("pk")) == clock.now() + timedelta(hours=2)
    assert admin.expiration(AccessAttempt.objects.earliest("pk")) is None


@pytest.mark.parametrize("kept", [True, False])
def test_what_has_expired_can_be_cleaned_up_whatever_is_selected(
    root: Client, ada: Visitor, settings: Any, clock: FakeClock, kept: bool
) -> None:
    settings.AXES_USE_ATTEMPT_EXPIRATION = kept
    settings.AXES_COOLOFF_TIME = 2
    ada.fails()
    clock.passes(hours=1)
    ada.but(username="bob").fails()
    clock.passes(hours=1)
    (selected,) = AccessAttempt.objects.filter(username="bob").values_list("pk", flat=True)
    form = {"action": "cleanup_expired_attempts", "_selected_action": [str(selected)]}
    html = root.post(ATTEMPTS, form, follow=True).content.decode()
    assert "Cleaned up 1 expired access attempt." in html
    assert [attempt.username for attempt in AccessAttempt.objects.all()] == ["bob"]


def test_nothing_expires_without_a_cool_off(root: Client, ada: Visitor, clock: FakeClock) -> None:
    ada.fails()
    clock.passes(days=10)
    html = act(root, "cleanup_expired_attempts").content.decode()
    assert "Cleaned up 0 expired access attempts." in html
    assert AccessAttempt.objects.count() == 1


@pytest.mark.parametrize(
    "parameters", [["ip_address"], ["username"], [["username", "ip_address"], "user_agent"]]
)
def test_the_filter_and_the_status_say_the_same(
    root: Client, ada: Visitor, settings: Any, parameters: list[Any]
) -> None:
    ada.fails(3)
    ada.but(agent="Curl", username="bob").fails()
    ada.but(address="192.0.2.2").fails(2)
    ada.but(username="carol", address="2001:db8::1", agent="Lynx").fails(2)
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    for limit in (2, 3, 4):
        settings.AXES_FAILURE_LIMIT = limit
        locked_out = {text for text in column(root, "status") if text.startswith("Locked out")}
        statuses = column(root, "status", locked_out="yes")
        assert all(text.startswith("Locked out") for text in statuses)
        others = column(root, "status", locked_out="no")
        assert not any(text.startswith("Locked out") for text in others)
        assert bool(locked_out) == bool(statuses)
        assert len(statuses) + len(others) == 4


def test_a_site_extends_the_classes(ada: Visitor, rf: RequestFactory) -> None:
    class SiteAdmin(AccessAttemptAdmin):
        list_display = AccessAttemptAdmin.list_display + ["expiration", "country"]  # noqa: RUF005
        list_filter = AccessAttemptAdmin.list_filter + ["username"]  # noqa: RUF005
        readonly_fields = AccessAttemptAdmin.readonly_fields + ["country"]  # noqa: RUF005
        actions = AccessAttemptAdmin.actions + ["export"]  # noqa: RUF005

        def country(self, obj: AccessAttempt) -> str:
            return f"{self.status(obj)} in Utopia"

        def export(self, request: Any, queryset: Any) -> None:
            """Nothing."""

    ada.fails(3)
    request = rf.get("/")
    request.user = User.objects.create_superuser("root", password=PASSWORD)
    response = SiteAdmin(AccessAttempt, AdminSite()).changelist_view(request)
    assert isinstance(response, TemplateResponse)
    (row,) = response.context_data["cl"].result_list  # type: ignore[index]
    assert SiteAdmin(AccessAttempt, AdminSite()).country(row) == "Locked out until reset in Utopia"


def test_the_rows_of_each_filter_can_be_counted_where_django_counts_them(
    root: Client, ada: Visitor
) -> None:
    ada.fails(3)
    html = root.get(ATTEMPTS, {"_facets": "True"}, follow=True).content.decode()
    for count in ["Yes (1)", "No (0)", "/login/ (1)"]:
        assert (count in html) == (django.VERSION >= (5, 0))


def test_a_reset_leaves_no_record_that_another_handler_wrote(
    root: Client, ada: Visitor, settings: Any
) -> None:
    ada.fails(3)
    settings.AXES_HANDLER = "axes.handlers.dummy.AxesDummyHandler"
    assert column(root, "status") == ["-"]
    assert "1 attempt removed." in act(root, "reset_attempts").content.decode()
    assert not AccessAttempt.objects.exists()


@pytest.mark.parametrize(
    ("query", "usernames"),
    [
        ({}, {"ada", "bob"}),
        ({"q": "bob"}, {"bob"}),
        ({"q": "192.0.2.1"}, {"ada"}),
        ({"q": "firefox"}, {"ada", "bob"}),
        ({"q": "nobody"}, set()),
        ({"locked_out": "yes"}, {"ada"}),
        ({"locked_out": "no"}, {"bob"}),
        ({"path_info": "/check/"}, {"bob"}),
    ],
)
def test_attempts_can_be_searched_and_filtered(
    root: Client, ada: Visitor, query: dict[str, str], usernames: set[str]
) -> None:
    ada.fails(3)
    ada.but(username="bob", address="192.0.2.2", path="/check/").fails()
    assert {attempt.username for attempt in rows(root, ATTEMPTS, **query)} == usernames


def test_the_newest_attempt_comes_first(root: Client, ada: Visitor) -> None:
    ada.but(username="one").fails()
    ada.but(username="two").fails()
    AccessAttempt.objects.filter(username="one").update(
        attempt_time=timezone.now() + timedelta(hours=1)
    )
    assert [attempt.username for attempt in rows(root, ATTEMPTS)] == ["one", "two"]


@pytest.mark.parametrize("page", [ATTEMPTS, LOG, FAILURES])
def test_pages_have_a_date_hierarchy(root: Client, ada: Visitor, settings: Any, page: str) -> None:
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    ada.fails()
    ada.succeeds()
    year = str(timezone.now().year)
    assert rows(root, page, attempt_time__year=year)
    assert not rows(root, page, attempt_time__year="1999")
    assert root.get(page).context["cl"].date_hierarchy == "attempt_time"


def act(client: Client, action: str, **extra: str) -> Any:
    selected = [str(attempt.pk) for attempt in AccessAttempt.objects.all()]
    form = {"action": action, "_selected_action": selected, **extra}
    return client.post(ATTEMPTS, form, follow=True)


def test_the_action_lifts_the_lockout_and_reports(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    response = act(root, "reset_attempts")
    assert "1 attempt removed." in response.content.decode()
    assert not ada.is_locked_out


@pytest.mark.parametrize("parameters", [["username"], ["ip_address"], [["username", "ip_address"]]])
def test_the_action_lifts_what_keeps_the_client_out(
    root: Client, ada: Visitor, settings: Any, parameters: list[Any]
) -> None:
    settings.AXES_LOCKOUT_PARAMETERS = parameters
    ada.fails(2)
    ada.but(agent="Curl").fails()
    attempt = AccessAttempt.objects.filter(user_agent="Curl").get()
    root.post(ATTEMPTS, {"action": "reset_attempts", "_selected_action": [str(attempt.pk)]})
    assert not ada.is_locked_out


def test_deleting_on_the_page_of_one_attempt_lifts_the_lockout(root: Client, ada: Visitor) -> None:
    ada.fails(3)
    attempt = AccessAttempt.objects.get()
    assert root.post(f"{ATTEMPTS}{attempt.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ada.is_locked_out


@pytest.mark.parametrize("page", [ATTEMPTS, LOG, FAILURES])
def test_nobody_can_add_records(root: Client, page: str) -> None:
    assert root.get(f"{page}add/").status_code == 403


def test_nobody_can_change_records(root: Client, ada: Visitor) -> None:
    ada.fails()
    attempt = AccessAttempt.objects.get()
    page = f"{ATTEMPTS}{attempt.pk}/change/"
    assert '<input type="text"' not in root.get(page).content.decode()
    assert root.post(page, {"username": "bob"}).status_code == 403
    assert AccessAttempt.objects.get().username == "ada"


def test_the_page_of_an_attempt_masks_what_is_sensitive(root: Client, ada: Visitor) -> None:
    ada.fails()
    text = root.get(f"{ATTEMPTS}{AccessAttempt.objects.get().pk}/change/").content.decode()
    assert f"password={'*' * 20}" in text


def test_staff_that_may_only_look_sees_the_pages(watcher: Client, ada: Visitor) -> None:
    ada.fails()
    assert [attempt.username for attempt in rows(watcher, ATTEMPTS)] == ["ada"]
    assert rows(watcher, LOG) == list(AccessLog.objects.all())
    assert rows(watcher, FAILURES) == list(AccessFailureLog.objects.all())


@pytest.mark.parametrize(
    "action", ["reset_attempts", "cleanup_expired_attempts", "delete_selected"]
)
def test_staff_that_may_only_look_cannot_reset(watcher: Client, ada: Visitor, action: str) -> None:
    ada.fails(3)
    act(watcher, action, post="yes")
    assert AccessAttempt.objects.count() == 1
    assert ada.is_locked_out


def test_staff_that_may_only_look_cannot_delete(watcher: Client, ada: Visitor) -> None:
    ada.fails(3)
    attempt = AccessAttempt.objects.get()
    response = watcher.post(f"{ATTEMPTS}{attempt.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
    assert ada.is_locked_out


def test_staff_without_permissions_sees_nothing(ada: Visitor) -> None:
    clerk = browser_of(User.objects.create_user("clerk", password=PASSWORD, is_staff=True))
    assert clerk.get(ATTEMPTS).status_code == 403


def test_hostile_text_is_shown_escaped(root: Client, ada: Visitor) -> None:
    ada.but(username="<script>alert(1)</script>", agent="<img src=x>", path="/check/").fails()
    text = root.get(ATTEMPTS).content.decode()
    assert "<script>alert(1)" not in text
    assert "<img src=x>" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_pages_can_be_left_out(tmp_path: Any) -> None:
    script = (
        "import os, django; from django.conf import settings; import tests.settings;"
        "tests.settings.AXES_ENABLE_ADMIN = False; django.setup();"
        "from django.contrib import admin;"
        "print([m for m in admin.site._registry if m._meta.app_label == 'axes'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_module_can_be_loaded_again_by_tests_that_know_three_pages() -> None:
    for model in (AccessAttempt, AccessLog, AccessFailureLog):
        site.unregister(model)
    importlib.reload(axes.admin)
    for model in (AccessAttempt, AccessLog, AccessFailureLog, Tally):
        assert site.is_registered(model)
