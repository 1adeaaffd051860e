"""Pages that check a password, and break afterwards."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class BrokenError(Exception):
    """What a site never meant to happen."""


def prepare(first: str | None) -> None:
    """What a view does in its transaction before it checks a password."""
    if first == "read":
        assert not Group.objects.filter(name="nobody").exists()
    elif first == "write":
        Group.objects.create(name="written by the view")


@csrf_exempt
def guess(request: HttpRequest) -> HttpResponse:
    """Logs in; ``then`` says whether the view breaks after the password was checked."""
    prepare(request.POST.get("first"))
    user = authenticate(
        request, username=request.POST["username"], password=request.POST["password"]
    )
    if request.POST.get("then") == "raise":
        raise BrokenError("in the view")
    if user is None:
        return HttpResponse("wrong", status=401)
    login(request, user)
    return HttpResponse("welcome")


class Api(APIView):
    """The same in REST framework, which asks its exception handler for the answer."""

    def post(self, request: Request) -> Response:
        prepare(request.data.get("first"))
        username, password = request.data["username"], request.data["password"]
        if authenticate(request, username=username, password=password) is None:
            raise AuthenticationFailed("wrong")
        return Response("welcome")


def broken_handler(error: Exception, context: dict[str, Any]) -> Response:
    """An exception handler that breaks itself."""
    raise BrokenError("in the exception handler") from error
