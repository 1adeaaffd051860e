"""What makes Axes the one that counts: wrong passwords, and wrong codes of the second factor."""

from __future__ import annotations

from copy import copy
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Leaves the counting of wrong passwords to Axes.

    allauth's own limit would go on refusing after Axes was reset, and with a form instead of the
    lockout page.
    """

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts nothing."""


class CodeBackend(BaseBackend):
    """Checks codes where Django checks passwords: there Axes is asked before, and told after."""

    def authenticate(
        self, request: HttpRequest | None, username: str, mfa_form: CodeForm
    ) -> AbstractBaseUser | None:
        # A copy: Django notes on it who checked it, and the login has to remember the password's.
        return copy(mfa_form.user) if mfa_form.finds_authenticator() else None


class CodeForm(forms.BaseAuthenticateForm):
    """allauth's form, with the code checked by ``authenticate``."""

    def clean_code(self) -> str:
        username = self.user.get_username()
        if authenticate(context.request, username=username, mfa_form=self) is None:
            raise get_adapter().validation_error("incorrect_code")
        return self.cleaned_data["code"]

    def finds_authenticator(self) -> bool:
        """Whether the code is right for one of the user's authenticators."""
        code = self.cleaned_data["code"]
        # A security key has no codes.
        able = Authenticator.objects.filter(user=self.user).exclude(
            type=Authenticator.Type.WEBAUTHN
        )
        self.authenticator = next((one for one in able if one.wrap().validate_code(code)), None)
        return self.authenticator is not None


class AuthenticateForm(CodeForm, forms.AuthenticateForm):
    """The second step of a login."""


class ReauthenticateForm(CodeForm, forms.ReauthenticateForm):
    """Asks somebody who is logged in once more."""
