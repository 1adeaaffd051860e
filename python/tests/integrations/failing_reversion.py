"""The example's pages, and one that checks a password and then goes wrong in every way."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from notes.models import Note
from reversion.signals import pre_revision_commit
from reversion.views import create_revision
from urls import urlpatterns as pages

POISON = "no revision of this can be kept"


@receiver(pre_revision_commit)
def refuse(versions: list[Any], **_kwargs: Any) -> None:
    """The transaction of the whole request fails when its middleware has all but ended."""
    if any(POISON in version.serialized_data for version in versions):
        raise RuntimeError("no such revision")


@csrf_exempt
def check(request: HttpRequest) -> HttpResponse:
    """Does something ``first``, checks the password, and ``then`` ends as it is told."""
    form = request.POST
    if form["first"] == "read":
        Note.objects.count()
    if form["first"] == "write":
        Note.objects.create(text="written before")
    user = authenticate(request, username=form["username"], password=form["password"])
    go_on(form["then"])
    return HttpResponse(status=401 if user is None else 200)


def go_on(then: str) -> None:
    if then == "raise":
        raise RuntimeError("the view does not work")
    if then == "forbid":
        raise PermissionDenied
    if then == "miss":
        raise Http404
    if then == "roll back":
        transaction.set_rollback(True)
    if then == "poison":
        Note.objects.create(text=POISON)


urlpatterns = [
    *pages,
    path("check/", check),
    path("check-in-a-revision/", csrf_exempt(create_revision()(check))),
]
