"""What Axes reads from the requests that REST framework wraps."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import JsonResponse
from django.test import RequestFactory
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import form_of, get_client_username, get_lockout_response

from .clients import basic

PARSERS = [JSONParser(), FormParser(), MultiPartParser()]
FORM = "application/x-www-form-urlencoded"


def request(body: bytes, kind: str = "application/json", **headers: Any) -> Request:
    made = RequestFactory().generic("POST", "/login/", body, content_type=kind, **headers)
    return Request(made, parsers=PARSERS)


@pytest.mark.parametrize(
    ("body", "kind"), [(b'{"username": "ada"}', "application/json"), (b"username=ada", FORM)]
)
def test_the_username_is_read_from_the_body(body: bytes, kind: str) -> None:
    assert get_client_username(request(body, kind)) == "ada"


def test_the_username_is_read_from_a_body_that_was_read_before() -> None:
    wrapped = request(b'{"username": "ada"}')
    assert wrapped.data == {"username": "ada"}
    assert get_client_username(wrapped) == "ada"


@pytest.mark.parametrize("body", [b"{", b"[1]", b"null", b"\xff", b"7"])
def test_a_body_without_fields_has_no_username(body: bytes) -> None:
    assert get_client_username(request(body)) is None


def test_a_body_of_an_unknown_kind_has_no_username() -> None:
    assert get_client_username(request(b"username=ada", "application/x-unknown")) is None


def test_a_body_that_somebody_else_has_taken_has_no_username() -> None:
    wrapped = request(b'{"username": "ada"}')
    assert wrapped._request.read()
    assert get_client_username(wrapped) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"a=b", FORM),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--b--\r\n', "multipart"),
    ],
)
def test_a_body_is_left_to_the_view_where_the_header_has_the_credentials(
    body: bytes, kind: str
) -> None:
    kind = "multipart/form-data; boundary=b" if kind == "multipart" else kind
    authorization = basic("ada", "secret")["Authorization"]
    wrapped = request(body, kind, HTTP_AUTHORIZATION=authorization)
    assert AxesProxyHandler.is_allowed(wrapped, {"username": "ada", "password": "secret"})
    assert wrapped._request.read() == body


def test_a_form_that_was_read_is_recorded_all_the_same() -> None:
    wrapped = request(b"a=b", FORM, HTTP_AUTHORIZATION="Basic x")
    assert not form_of(wrapped)
    assert wrapped.data["a"] == "b"
    assert form_of(wrapped)["a"] == "b"


@pytest.mark.django_db
def test_a_wrapped_request_is_answered_too() -> None:
    assert isinstance(get_lockout_response(request(b"{}")), JsonResponse)


@pytest.mark.django_db
@pytest.mark.parametrize("username", ['{"a": 1}', "[]", "12", "true", '"a\\u0000"', '"\\ud800"'])
def test_a_username_that_is_no_name_can_be_asked_about(username: str) -> None:
    body = f'{{"username": {username}}}'.encode()
    assert AxesProxyHandler.is_allowed(request(body))
    assert get_lockout_response(request(body)).status_code == 429
