"""Whoever is refused is told so in their language."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import AsyncClient
from django.utils import translation
from django.utils.translation import gettext_lazy, ngettext

from axes.helpers import get_lockout_message

from .languages import LOCKED, REMOVED, speaking, visitors_choose
from .test_store_errors import database_down
from .visitor import LOCKED_OUT, WRONG, Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def languages(settings: Any) -> Iterator[None]:
    with visitors_choose(settings):
        yield


@pytest.mark.parametrize("language", LOCKED)
@pytest.mark.parametrize("cool_off", [None, 1])
def test_a_lockout_is_told_in_the_language_of_the_visitor(
    ada: Visitor, settings: Any, language: str, cool_off: int | None
) -> None:
    settings.AXES_COOLOFF_TIME = cool_off
    response = ada.but(headers=speaking(language)).fails(3)
    text = response.content.decode()
    assert response.status_code == LOCKED_OUT
    assert response["Content-Language"] == language
    assert text.startswith(LOCKED[language] + " ")
    setting = settings.AXES_PERMALOCK_MESSAGE if cool_off is None else settings.AXES_COOLOFF_MESSAGE
    with translation.override(language):
        assert text == str(setting)
    with translation.override("en"):
        assert (text == str(setting)) == (language == "en")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("en-GB", "en"), ("de-AT", "de"), ("pt-BR, nl;q=0.5", "nl"), ("tlh", "en"), ("fr-CA", "fr")],
)
def test_the_nearest_language_is_taken(
    ada: Visitor, settings: Any, wanted: str, language: str
) -> None:
    settings.LANGUAGES = [(code, code) for code in LOCKED]
    text = ada.but(headers=speaking(wanted)).fails(3).content.decode()
    assert text.startswith(LOCKED[language])


def test_without_a_choice_the_language_is_that_of_the_site(ada: Visitor, settings: Any) -> None:
    settings.MIDDLEWARE = settings.MIDDLEWARE[1:]
    settings.LANGUAGE_CODE = "de"
    with translation.override("de"):
        assert ada.but(headers=speaking("fr")).fails(3).content.decode().startswith(LOCKED["de"])


def test_a_visitor_gets_english_from_a_site_that_speaks_something_else(
    ada: Visitor, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "de"
    text = ada.but(headers=speaking("en")).fails(3).content.decode()
    assert text.startswith(LOCKED["en"])


def test_visitors_do_not_share_a_language(ada: Visitor) -> None:
    ada.fails(3)
    for language in [*LOCKED, *reversed(LOCKED)]:
        text = ada.but(headers=speaking(language)).fails().content.decode()
        assert text.startswith(LOCKED[language])


@pytest.mark.django_db(transaction=True)
def test_an_asynchronous_view_speaks_the_language_too(ada: Visitor) -> None:
    async def text() -> str:
        client = AsyncClient()
        form = {"username": "ada", "password": WRONG}
        for _ in range(3):
            response = await client.post(
                "/check-and-login-async/", form, **{"ACCEPT-LANGUAGE": "ru"}
            )
        return response.content.decode()

    assert asyncio.run(text()).startswith(LOCKED["ru"])


def test_a_text_of_the_site_follows_the_language(ada: Visitor, settings: Any) -> None:
    settings.AXES_PERMALOCK_MESSAGE = gettext_lazy("Logged out")
    ada.fails(3)
    for language, text in {"de": "Abgemeldet", "nl": "Afgemeld", "en": "Logged out"}.items():
        assert ada.but(headers=speaking(language)).fails().content.decode() == text


def test_a_text_that_was_replaced_for_a_while_is_translated_again(settings: Any) -> None:
    with translation.override("de"):
        before = get_lockout_message()
        settings.AXES_PERMALOCK_MESSAGE = "for ever"
        assert get_lockout_message() == "for ever"
        del settings.AXES_PERMALOCK_MESSAGE
        settings.AXES_PERMALOCK_MESSAGE = None
        assert get_lockout_message() == before
        assert before.startswith(LOCKED["de"])


def test_packages_that_ask_the_backend_get_the_text_in_the_language(ada: Visitor) -> None:
    response = ada.but(path="/check-with-context/", headers=speaking("pl")).fails(4)
    assert response.content.decode().startswith(LOCKED["pl"])


def test_a_store_that_does_not_answer_is_told_in_the_language(ada: Visitor) -> None:
    told = set()
    for language in LOCKED:
        with database_down():
            response = ada.but(headers=speaking(language)).succeeds()
        assert response.status_code == 503
        told.add(response.content.decode())
    assert len(told) == len(LOCKED)
    assert "Die Anmeldung ist derzeit nicht möglich." in "".join(told)


@pytest.mark.parametrize("language", LOCKED)
def test_numbers_have_the_right_plural(language: str) -> None:
    with translation.override(language):
        for number, text in REMOVED[language].items():
            said = ngettext("%(n)d attempt removed.", "%(n)d attempts removed.", number)
            assert said % {"n": number} == text
