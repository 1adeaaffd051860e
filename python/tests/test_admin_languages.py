"""The pages in the admin site are in the language of whoever looks at them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from django.utils.safestring import SafeData, mark_safe
from django.utils.translation import gettext, ngettext

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, AccessFailureLog, AccessLog

from .languages import LOCKED, RIGHT_TO_LEFT, speaking, visitors_choose
from .visible import Visible, visible
from .visitor import PASSWORD, Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def languages(settings: Any) -> Iterator[None]:
    with visitors_choose(settings):
        yield


@pytest.fixture
def root(ada: Visitor, settings: Any) -> Client:
    """An administrator's browser, and records of every kind. Data has no letters."""
    settings.AXES_COOLOFF_TIME = 1
    settings.AXES_ENABLE_ACCESS_FAILURE_LOG = True
    settings.AXES_USE_ATTEMPT_EXPIRATION = True
    nobody = ada.but(username="4711", agent="007")
    nobody.fails(3)
    nobody.but(address="192.0.2.2").fails()
    root = User.objects.create_superuser("1", password=PASSWORD)
    client = Client(REMOTE_ADDR="192.0.2.3", HTTP_USER_AGENT="008")
    assert client.post("/login/", {"username": "1", "password": PASSWORD}).status_code == 302
    assert root.is_superuser
    return client


def pages(root: Client, language: str) -> Iterator[Visible]:
    """Every page of Axes in the admin site, with every message."""

    def get(path: str) -> Visible:
        response = root.get(path, **speaking(language))
        assert response.status_code == 200
        return visible(response.content.decode())

    def post(path: str, **form: Any) -> Visible:
        response = root.post(path, form, follow=True, **speaking(language))
        assert response.status_code == 200
        return visible(response.content.decode())

    yield get("/admin/")
    yield get("/admin/axes/")
    for model in [AccessAttempt, AccessLog, AccessFailureLog]:
        name = model._meta.model_name
        yield get(f"/admin/axes/{name}/")
        for record in model._default_manager.all():
            yield get(f"/admin/axes/{name}/{record.pk}/change/")
            yield get(f"/admin/axes/{name}/{record.pk}/delete/")
            yield get(f"/admin/axes/{name}/{record.pk}/history/")

    attempts, tallies = "/admin/axes/accessattempt/", "/admin/axes/tally/"
    selected = [str(attempt.pk) for attempt in AccessAttempt.objects.filter(username="4711")]
    yield get(f"{attempts}?locked_out=yes")
    yield post(attempts, action="delete_selected", _selected_action=selected)
    yield post(attempts, action="cleanup_expired_attempts", _selected_action=selected)

    (lockout,) = AxesProxyHandler.lockouts()[0]
    key = lockout.scope_key
    yield get(tallies)
    yield get(f"{tallies}?q=nobody")
    yield post(tallies, action="unlock", _selected_action=key)
    yield post(tallies, action="unlock", _selected_action=key, reason="")
    yield post(tallies, action="unlock", _selected_action=key, reason="1234")
    yield post(tallies, unlock_one=key)
    yield post(attempts, action="reset_attempts", _selected_action=selected)
    yield get("/admin/")


@pytest.mark.parametrize("language", LOCKED)
def test_the_admin_pages_are_in_the_language(root: Client, language: str) -> None:
    said: set[str] = set()
    for page in pages(root, language):
        assert page.html["lang"] == language
        assert page.html["dir"] == ("rtl" if language in RIGHT_TO_LEFT else "ltr")
        said |= {text.rstrip(": ") for text in page.texts}
    with translation.override(language):
        for text in ["User Agent", "Failed Logins", "Attempt Time", "Unlock", "Reason"]:
            assert gettext(text) in said
            assert (gettext(text) == text) == (language == "en")
        removed = ngettext("%(n)d attempt removed.", "%(n)d attempts removed.", 1) % {"n": 1}
        assert removed in said


# Data that has letters, and what Django itself does not translate.
DATA = re.compile(r"/login/|<unknown>|username=|password=|[0-9a-f]{64}|^(True|False|Search)$")


def test_the_admin_pages_say_nothing_that_is_not_translated(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is translated is marked; what has no mark has not been."""
    for name in ["gettext", "ngettext", "pgettext", "npgettext"]:
        original = getattr(translation._trans, name)  # type: ignore[attr-defined]
        monkeypatch.setattr(translation._trans, name, marking(original))  # type: ignore[attr-defined]
    bare = set()
    for page in pages(root, "en"):
        for text in page.texts:
            if re.search(r"[^\W\d]", DATA.sub("", without_marked(text))):
                bare.add(text)
    assert not bare


def marking(original: Callable[..., str]) -> Callable[..., str]:
    def marked(*arguments: Any) -> str:
        text = f"⟦{original(*arguments)}⟧"
        return mark_safe(text) if isinstance(arguments[0], SafeData) else text

    return marked


def without_marked(text: str) -> str:
    """``text`` without what stands between marks, which may hold marks themselves."""
    while (shorter := re.sub("⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    return text
