"""Views of the tests' site: the ways in which sites check passwords."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import FormView

from axes.decorators import axes_dispatch, axes_form_invalid

from .async_auth import aauthenticate, alogin


def credentials(request: HttpRequest) -> dict[str, Any]:
    return {name: request.POST.get(name) for name in ("username", "password")}


@csrf_exempt
def check(request: HttpRequest) -> HttpResponse:
    """Checks a password without a login, as an API does for each request."""
    user = authenticate(request, **credentials(request))
    return HttpResponse("welcome" if user else "wrong", status=200 if user else 401)


@csrf_exempt
def check_and_login(request: HttpRequest) -> HttpResponse:
    user = authenticate(request, **credentials(request))
    if user is None:
        return HttpResponse("wrong", status=401)
    login(request, user)
    return HttpResponse("welcome")


async def check_and_login_async(request: HttpRequest) -> HttpResponse:
    user = await aauthenticate(request, **credentials(request))
    if user is None:
        return HttpResponse("wrong", status=401)
    await alogin(request, user)
    return HttpResponse("welcome")


# The decorator of Django 4.2 knows no coroutines.
check_and_login_async.csrf_exempt = True  # type: ignore[attr-defined]


@csrf_exempt
def check_and_raise(request: HttpRequest) -> HttpResponse:
    """Something breaks after the password was checked."""
    authenticate(request, **credentials(request))
    raise RuntimeError("after the check")


@csrf_exempt
def check_twice(request: HttpRequest) -> HttpResponse:
    """Checks two passwords in one request: the one in the form, and one that is wrong."""
    user = authenticate(request, **credentials(request))
    authenticate(request, username=request.POST.get("username"), password="never right")
    return HttpResponse("welcome" if user else "wrong", status=200 if user else 401)


@csrf_exempt
def check_without_request(request: HttpRequest) -> HttpResponse:
    authenticate(None, **credentials(request))
    return HttpResponse("unreachable")


@csrf_exempt
def check_with_context(request: HttpRequest) -> HttpResponse:
    """Shows what the backend writes for whoever asks."""
    context: dict[str, str] = {}
    authenticate(request, response_context=context, **credentials(request))
    return HttpResponse(context.get("error", ""), headers={"X-Error": context.get("error", "-")})


@csrf_exempt
@axes_dispatch
def dispatched(request: HttpRequest) -> HttpResponse:
    """A view that nobody reaches who is locked out."""
    if request.method == "POST":
        authenticate(request, **credentials(request))
    return HttpResponse("the page")


class FormLogin(FormView):  # type: ignore[type-arg]
    template_name = "admin/login.html"
    form_class = AuthenticationForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    @axes_form_invalid
    def form_invalid(self, form: Any) -> HttpResponse:
        return HttpResponse("try again", status=400)
