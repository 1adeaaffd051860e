"""Middleware that breaks, after the view has answered."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from .views import BrokenError

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Breaking:
    """Breaks."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        self.get_response(request)
        raise BrokenError("in a middleware")


class BreakingInTransaction(Breaking):
    """Breaks inside a transaction of its own, which has written and has the view in it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic():
            Group.objects.create(name="written by a middleware")
            return super().__call__(request)
