"""A login whose codes are guarded as its passwords are."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser
from django.forms import ValidationError
from django.http import HttpRequest
from django_otp.models import Device
from two_factor import views
from two_factor.forms import AuthenticationTokenForm


class CodeBackend(BaseBackend):
    """Checks codes where Django checks passwords: there Axes is asked before, and told after."""

    def authenticate(
        self, request: HttpRequest | None, username: str, otp_device: Device, otp_token: str
    ) -> AbstractBaseUser | None:
        # A copy: Django notes on it who checked it, and the login has to remember the password's.
        return copy(otp_device.user) if otp_device.verify_token(otp_token) else None


class GuardedForm:
    """For two-factor's forms that ask for a code."""

    def __init__(
        self, user: AbstractBaseUser, initial_device: Device, request: HttpRequest, **kwargs: Any
    ) -> None:
        super().__init__(user, initial_device, **kwargs)
        self.request = request

    def _verify_token(
        self, user: AbstractBaseUser, token: str, device: Device | None = None
    ) -> Device:
        if device is None or not device.verify_is_allowed()[0]:
            # django-otp says why it does not check the code; what is not checked is not counted.
            return super()._verify_token(user, token, device)
        username = user.get_username()
        code = {"otp_device": device, "otp_token": token}
        if authenticate(self.request, username=username, **code) is None:
            raise ValidationError(self.otp_error_messages["invalid_token"], code="invalid_token")
        return device


@cache
def guarded(form: type) -> type:
    """``form``, or the same with its code guarded if it asks for one."""
    if not issubclass(form, AuthenticationTokenForm):
        return form
    return type(f"Guarded{form.__name__}", (GuardedForm, form), {})


class LoginView(views.LoginView):
    """two-factor's own, with guarded forms."""

    def get_form_list(self) -> dict[str, type]:
        return {step: guarded(form) for step, form in super().get_form_list().items()}
