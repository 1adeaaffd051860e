"""The authentication backend that asks before any password is checked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend

from axes.conf import settings
from axes.exceptions import AxesBackendPermissionDenied, AxesBackendRequestParameterRequired
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_credentials, get_lockout_message


class AxesStandaloneBackend(BaseBackend):
    """Stands first in ``AUTHENTICATION_BACKENDS``. It knows no users: it only refuses."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        """Takes a permit for checking this password.

        Raises ``AxesBackendPermissionDenied`` when the attempt is refused, and
        ``AxesBackendRequestParameterRequired`` when there is no request.
        """
        if not settings.AXES_ENABLED:
            return
        if request is None:
            raise AxesBackendRequestParameterRequired(
                "AxesBackend requires a request as an argument to authenticate: "
                "call authenticate(request, username=…, password=…)"
            )
        response_context = kwargs.pop("response_context", None)
        credentials = get_credentials(username=username, password=password, **kwargs)
        if AxesProxyHandler.admit(request, credentials) is None:
            return
        message = get_lockout_message()
        if isinstance(response_context, dict):
            response_context["error"] = message
        raise AxesBackendPermissionDenied("AxesBackend detected that the given user is locked out")


class AxesBackend(AxesStandaloneBackend, ModelBackend):
    """The same, for sites that have it as their only backend for users and permissions too."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        AxesStandaloneBackend.authenticate(self, request, username, password, **kwargs)
