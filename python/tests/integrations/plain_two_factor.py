"""The pages of two-factor as they come, and views of one's own, made of the code in the guide."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from two_factor.urls import urlpatterns as two_factor
from urls import home

from tests.integrations.guide import code_with

CHECK = code_with("user = authenticate(request, username=name, otp_device")
TELL = code_with("user_login_failed.send(")


@csrf_exempt
def check_code(request: HttpRequest) -> HttpResponse:
    """Has the code checked where passwords are."""
    name, code = request.POST["username"], request.POST["code"]
    device = User.objects.get(username=name).totpdevice_set.get()
    known: dict[str, Any] = {"request": request, "name": name, "device": device, "code": code}
    exec(CHECK, {"authenticate": authenticate}, known)
    return HttpResponse(status=401 if known["user"] is None else 200)


@csrf_exempt
def tell(request: HttpRequest) -> HttpResponse:
    """Has checked something by itself, and tells that it was wrong."""
    known = {"request": request, "name": request.POST["username"]}
    exec(TELL, {"user_login_failed": user_login_failed, "__name__": __name__}, known)
    return HttpResponse(status=401)


urlpatterns = [
    path("", home, name="home"),
    path("check-code/", check_code),
    path("tell/", tell),
    path("", include(two_factor)),
]
