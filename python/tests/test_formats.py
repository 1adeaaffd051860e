"""Whether whoever is refused gets a page or JSON."""

from __future__ import annotations

import json

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse

from axes.helpers import get_lockout_response

from .test_store_errors import database_down
from .visitor import LOCKED_OUT, Visitor

pytestmark = pytest.mark.django_db

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

JSON_CLIENTS = [
    {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
    {"CONTENT_TYPE": "application/json"},
    {"CONTENT_TYPE": "Application/JSON; charset=utf-8"},
    {"CONTENT_TYPE": "application/vnd.api+json"},
    {"HTTP_ACCEPT": "application/json"},
    {"HTTP_ACCEPT": "application/json, text/plain, */*"},
    {"HTTP_ACCEPT": "application/problem+json;q=0.9, application/xml"},
    {"HTTP_ACCEPT": "text/html;q=0.5, application/json"},
    {"HTTP_ACCEPT": "text/html; Q=0.5; level=1, Application/JSON; q=0.6"},
    {"HTTP_ACCEPT": "application/*"},
    {"HTTP_ACCEPT": "*/*, text/html;q=0"},
    {"HTTP_ACCEPT": BROWSER, "CONTENT_TYPE": "application/json"},
]

PAGE_CLIENTS = [
    {},
    {"HTTP_ACCEPT": ""},
    {"HTTP_ACCEPT": "*/*"},
    {"HTTP_ACCEPT": BROWSER},
    {"HTTP_ACCEPT": "text/html, application/json"},
    {"HTTP_ACCEPT": "application/json;q=0.1, */*"},
    {"HTTP_ACCEPT": "application/json;q=0.9, text/*"},
    {"HTTP_ACCEPT": "application/json;q=0"},
    {"HTTP_ACCEPT": "text/plain"},
    {"HTTP_ACCEPT": "application/jsonp, text/json, xapplication/json"},
    {"HTTP_ACCEPT": ";;;,,=,q=,\x00/\x00;q=nan"},
    {"HTTP_ACCEPT": "x/y," * 100_000 + "application/json"},
    {"CONTENT_TYPE": "application/x-www-form-urlencoded"},
    {"CONTENT_TYPE": "application/jsonp"},
    {"CONTENT_TYPE": "multipart/form-data; boundary=application/json"},
]


def bare(**meta: str) -> HttpRequest:
    request = HttpRequest()
    request.META.update(meta)
    return request


@pytest.mark.parametrize("meta", JSON_CLIENTS, ids=str)
def test_who_speaks_json_is_answered_in_json(meta: dict[str, str]) -> None:
    assert isinstance(get_lockout_response(bare(**meta)), JsonResponse)


@pytest.mark.parametrize("meta", PAGE_CLIENTS, ids=lambda meta: str(meta)[:80])
def test_everybody_else_gets_a_page(meta: dict[str, str]) -> None:
    answer = get_lockout_response(bare(**meta))
    assert answer["Content-Type"].startswith("text/html")
    assert answer.content.startswith(b"Account locked")


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [
        ("application/json", True),
        ("application/problem+json; charset=utf-8", True),
        ("text/html; charset=utf-8", False),
        ("text/plain", False),
    ],
)
def test_json_takes_the_place_of_json(content_type: str, is_json: bool) -> None:
    original = HttpResponse("{}", content_type=content_type, status=401)
    answer = get_lockout_response(bare(HTTP_ACCEPT=BROWSER), original)
    assert isinstance(answer, JsonResponse) == is_json


def test_nothing_is_taken_over_from_what_is_replaced() -> None:
    original = JsonResponse({}, status=401, headers={"WWW-Authenticate": "Basic"})
    answer = get_lockout_response(bare(), original)
    assert answer.status_code == LOCKED_OUT
    assert "WWW-Authenticate" not in answer


def test_through_the_middleware_too(ada: Visitor) -> None:
    api = ada.but(headers={"HTTP_ACCEPT": "application/json"})
    assert [api.fails().status_code for _ in range(3)] == [200, 200, LOCKED_OUT]
    assert json.loads(api.succeeds().content)["failure_count"] >= 3
    page = ada.but(headers={"HTTP_ACCEPT": BROWSER}).succeeds()
    assert page.content.startswith(b"Account locked")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [("application/json", "application/json"), (BROWSER, "text/plain; charset=utf-8")],
)
def test_when_nothing_can_be_decided_too(ada: Visitor, accept: str, content_type: str) -> None:
    with database_down():
        answer = ada.but(headers={"HTTP_ACCEPT": accept}).succeeds()
    assert (answer.status_code, answer["Content-Type"]) == (503, content_type)
    assert answer["Retry-After"] == "1"
