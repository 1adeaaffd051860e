"""What somebody who is locked out is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from axes.helpers import get_lockout_response

from .visitor import LOCKED_OUT, FakeClock, Visitor

pytestmark = pytest.mark.django_db

SCRIPT = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}


@pytest.fixture
def lockout_template(settings: Any, tmp_path: Any) -> str:
    (tmp_path / "locked.html").write_text(
        "{{ failure_limit }} {{ failure_count }} {{ username }} {{ cooloff_time }} "
        "{{ cooloff_timedelta }} {{ retry_after }}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    settings.AXES_LOCKOUT_TEMPLATE = "locked.html"
    return "locked.html"


def say_hello(request: HttpRequest, response: Any, credentials: Any) -> HttpResponse:
    return HttpResponse(f"hello {credentials['username']}, not {response.status_code}", status=418)


def test_without_a_cool_off_the_text_names_an_admin(ada: Visitor) -> None:
    response = ada.fails(3)
    assert response.content.decode() == (
        "Account locked: too many login attempts. Contact an admin to unlock your account."
    )


def test_with_a_cool_off_the_text_says_later(ada: Visitor, settings: Any) -> None:
    settings.AXES_COOLOFF_TIME = 1
    assert ada.fails(3).content.decode() == (
        "Account locked: too many login attempts. Please try again later."
    )


@pytest.mark.parametrize("cool_off", [None, 1])
def test_both_texts_can_be_replaced(ada: Visitor, settings: Any, cool_off: int | None) -> None:
    settings.AXES_COOLOFF_TIME = cool_off
    settings.AXES_PERMALOCK_MESSAGE, settings.AXES_COOLOFF_MESSAGE = "for ever", "for now"
    assert ada.fails(3).content == (b"for now" if cool_off else b"for ever")


def test_a_text_that_is_none_is_the_default(ada: Visitor, settings: Any) -> None:
    settings.AXES_PERMALOCK_MESSAGE = None
    assert ada.fails(3).content.startswith(b"Account locked: too many login attempts.")


def test_the_text_follows_the_cool_off_of_the_request(ada: Visitor, settings: Any) -> None:
    settings.AXES_COOLOFF_TIME = lambda request: (
        timedelta(hours=1) if request.path == "/login/" else None
    )
    assert b"try again later" in ada.fails(3).content
    assert b"Contact an admin" in ada.but(path="/check/", address="192.0.2.2").fails(3).content


def test_the_status_can_be_chosen(ada: Visitor, settings: Any) -> None:
    settings.AXES_HTTP_RESPONSE_CODE = 403
    assert ada.fails(3).status_code == 403


def test_retry_after_is_the_time_left(ada: Visitor, settings: Any, clock: FakeClock) -> None:
    settings.AXES_COOLOFF_TIME = timedelta(minutes=5)
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    assert ada.fails(3)["Retry-After"] == "300"
    clock.passes(seconds=100.5)
    assert ada.fails()["Retry-After"] == "200"
    clock.passes(seconds=199)
    assert ada.succeeds()["Retry-After"] == "1"
    clock.passes(seconds=1)
    assert ada.succeeds().status_code == 302


def test_an_attempt_during_a_lockout_starts_the_cool_off_again(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = timedelta(minutes=5)
    ada.fails(3)
    clock.passes(seconds=200)
    assert ada.succeeds()["Retry-After"] == "300"
    clock.passes(seconds=299)
    assert ada.succeeds()["Retry-After"] == "300"
    clock.passes(seconds=300)
    assert ada.succeeds().status_code == 302


def test_there_is_no_retry_after_without_a_cool_off(ada: Visitor) -> None:
    assert "Retry-After" not in ada.fails(3)


def test_retry_after_can_be_turned_off(ada: Visitor, settings: Any) -> None:
    settings.AXES_COOLOFF_TIME = 1
    settings.AXES_ENABLE_RETRY_AFTER_HEADER = False
    assert "Retry-After" not in ada.fails(3)


@pytest.mark.usefixtures("lockout_template")
def test_a_template_tells_limit_count_username_and_times(
    ada: Visitor, settings: Any, clock: FakeClock
) -> None:
    settings.AXES_COOLOFF_TIME = timedelta(hours=26, minutes=3)
    response = ada.fails(3)
    assert response.status_code == LOCKED_OUT
    assert response.content.decode() == "3 3 ada P1DT2H3M 1 day, 2:03:00 93780"
    assert response["Retry-After"] == "93780"


@pytest.mark.usefixtures("lockout_template")
def test_a_username_in_a_template_is_escaped(ada: Visitor) -> None:
    assert b"<script>" not in ada.but(username="<script>").fails(3).content


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/locked/", "/locked/?username=ada"),
        ("/locked/?a=1", "/locked/?a=1&username=ada"),
        ("https://id.example/out#top", "https://id.example/out?username=ada#top"),
    ],
)
def test_a_url_is_redirected_to_with_the_username(
    ada: Visitor, settings: Any, url: str, location: str
) -> None:
    settings.AXES_LOCKOUT_URL = url
    response = ada.fails(3)
    assert (response.status_code, response["Location"]) == (302, location)


def test_a_username_cannot_add_to_the_url(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_URL = "/locked/"
    response = ada.but(username="a&admin=1\r\nSet-Cookie: x#?").fails(3)
    assert response["Location"] == "/locked/?username=a%26admin%3D1%0D%0ASet-Cookie%3A+x%23%3F"


def test_a_script_gets_json(ada: Visitor, settings: Any, clock: FakeClock) -> None:
    settings.AXES_COOLOFF_TIME = timedelta(minutes=90)
    response = ada.but(headers=SCRIPT).fails(3)
    assert response.status_code == LOCKED_OUT
    assert json.loads(response.content) == {
        "failure_limit": 3,
        "failure_count": 3,
        "username": "ada",
        "cooloff_time": "PT1H30M",
        "cooloff_timedelta": "P0DT01H30M00S",
        "retry_after": 5400,
    }


def test_json_says_whom_it_is_for(ada: Visitor, settings: Any) -> None:
    settings.AXES_ALLOWED_CORS_ORIGINS = "https://app.example"
    response = ada.but(headers=SCRIPT).fails(3)
    assert response["Access-Control-Allow-Origin"] == "https://app.example"
    assert response["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert response["Access-Control-Allow-Headers"] == (
        "Origin, Content-Type, Accept, Authorization, x-requested-with"
    )


PRECEDENCE = [
    ("AXES_LOCKOUT_CALLABLE", "callable"),
    ("X-Requested-With", "json"),
    ("AXES_LOCKOUT_TEMPLATE", "template"),
    ("AXES_LOCKOUT_URL", "redirect"),
    (None, "text"),
]


@pytest.mark.parametrize("first", range(5), ids=[kind for _, kind in PRECEDENCE])
def test_callable_json_template_url_and_text_come_in_this_order(
    ada: Visitor, settings: Any, lockout_template: str, first: int
) -> None:
    given = {name for name, _ in PRECEDENCE[first:]}
    settings.AXES_LOCKOUT_CALLABLE = say_hello if "AXES_LOCKOUT_CALLABLE" in given else None
    settings.AXES_LOCKOUT_TEMPLATE = "locked.html" if "AXES_LOCKOUT_TEMPLATE" in given else None
    settings.AXES_LOCKOUT_URL = "/locked/" if "AXES_LOCKOUT_URL" in given else None
    response = ada.but(headers=SCRIPT if "X-Requested-With" in given else {}).fails(3)
    kind = (
        "callable"
        if response.status_code == 418
        else "json"
        if isinstance(response, JsonResponse)
        else "redirect"
        if isinstance(response, HttpResponseRedirect)
        else "text"
        if response.content.startswith(b"Account locked")
        else "template"
    )
    assert kind == PRECEDENCE[first][1]


def test_a_callable_gets_request_response_and_credentials(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_CALLABLE = "tests.test_answer.say_hello"
    assert ada.fails(3).content == b"hello ada, not 200"


def test_the_answer_can_be_made_for_a_bare_request(ada: Visitor) -> None:
    response = get_lockout_response(ada.request())
    assert (type(response), response.status_code) == (HttpResponse, LOCKED_OUT)


def test_the_answer_can_be_made_for_an_empty_request(db: None) -> None:
    response = get_lockout_response(HttpRequest(), credentials={"username": "ada"})
    assert response.status_code == LOCKED_OUT


def test_a_callable_that_is_none_is_named(ada: Visitor, settings: Any) -> None:
    settings.AXES_LOCKOUT_CALLABLE = 7
    ada.fails(2)
    ada.client.raise_request_exception = True
    with pytest.raises(TypeError, match="AXES_LOCKOUT_CALLABLE is 7"):
        ada.fails()
