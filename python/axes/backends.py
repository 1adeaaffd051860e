"""The authentication backend that asks before any password is checked."""

from __future__ import annotations

from inspect import signature
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend

from axes.conf import values
from axes.exceptions import AxesBackendPermissionDenied, AxesBackendRequestParameterRequired
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_credentials, get_refusal_message


class AxesStandaloneBackend:
    """Stands first in ``AUTHENTICATION_BACKENDS``. It knows no users: it only refuses.

    It is no ``BaseBackend``, whose ``get_user`` would make ``Client.force_login`` choose it.
    """

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        """Takes a permit for checking this password.

        Raises ``AxesBackendPermissionDenied`` when the attempt is refused, and
        ``AxesBackendRequestParameterRequired`` when there is no request.
        """
        if not values().AXES_ENABLED:
            return
        if request is None:
            raise AxesBackendRequestParameterRequired(
                "AxesBackend requires a request as an argument to authenticate: "
                "call authenticate(request, username=…, password=…)"
            )
        response_context = kwargs.pop("response_context", None)
        credentials = get_credentials(username=username, password=password, **kwargs)
        refusal = AxesProxyHandler.admit(request, credentials)
        if refusal is None:
            if all(map(can_be_checked, credentials.values())):
                return
            # It counts as a wrong password. The other backends would break, and the permit with
            # them would stand in the way of others until its lease has run out.
            raise AxesBackendPermissionDenied("these credentials are no text that can be checked")
        if isinstance(response_context, dict):
            response_context["error"] = get_refusal_message(refusal, request)
        raise AxesBackendPermissionDenied("AxesBackend detected that the given user is locked out")

    # Django asks for the signature at every login; this is where `inspect` looks first.
    authenticate.__signature__ = signature(authenticate)  # type: ignore[attr-defined]

    async def aauthenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        """The same; not left to a class that this one is mixed with, which would check the
        password."""
        await sync_to_async(self.authenticate)(request, username, password, **kwargs)


def can_be_checked(credential: Any) -> bool:
    """Whether databases and hashes take it: not so for NUL characters and lone surrogates."""
    if not isinstance(credential, str):
        return True
    try:
        credential.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in credential


class AxesBackend(AxesStandaloneBackend, ModelBackend):
    """The same, for sites that have it as their only backend for users and permissions too."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        AxesStandaloneBackend.authenticate(self, request, username, password, **kwargs)
