"""What a handler is asked about a request, and which answers of a site's own the engine heeds."""

from __future__ import annotations

import warnings
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from axes import helpers
from axes._axes import Attempt, Refusal
from axes.conf import engine, values

Credentials = dict[str, Any] | None

# The methods that a site may override, each with those that ours asks in turn.
ASKED: dict[str, tuple[str, ...]] = {
    "is_allowed": ("is_blacklisted", "is_whitelisted", "is_locked", "get_failures"),
    "is_blacklisted": (),
    "is_whitelisted": (),
    "is_locked": ("get_failures",),
    "get_failures": (),
}


class HandlerQuestions:
    """The questions of the handler interface. A subclass may answer any of them itself."""

    def is_allowed(self, request: Any, credentials: Credentials = None) -> bool:
        """Whether an attempt would be admitted now. Takes nothing and records nothing."""
        return self.refusal_of(request, credentials, ASKED["is_allowed"]) is None

    def is_locked(self, request: Any, credentials: Credentials = None) -> bool:
        refusal = self.refusal_of(request, credentials, ASKED["is_locked"])
        return refusal is not None and refusal.reason == "locked_out"

    def is_blacklisted(self, request: Any, credentials: Credentials = None) -> bool:
        overrides = self._overrides(request, credentials, ())
        refusal = engine().rule(self._attempt(request, credentials), overrides)
        return refusal is not None and refusal.denied

    def is_whitelisted(self, request: Any, credentials: Credentials = None) -> bool:
        overrides = self._overrides(request, credentials, ())
        attempt = self._attempt(request, credentials)
        return engine().without_admission(attempt, overrides).exempt

    def get_failures(self, request: Any, credentials: Credentials = None) -> int:
        return self._peek(request, credentials, ())[0]

    def refusal_of(
        self, request: Any, credentials: Credentials = None, asked: tuple[str, ...] = tuple(ASKED)
    ) -> Refusal | None:
        """The refusal that an attempt would meet now, by the engine and by those of the ``asked``
        methods that the site overrides."""
        return self._peek(request, credentials, asked)[1]

    def get_admin_url(self) -> str | None:
        try:
            return reverse("admin:index")
        except NoReverseMatch:
            return None

    def is_admin_request(self, request: Any) -> bool:
        """Whether the request is for the admin site. Without one, none is."""
        url = self.get_admin_url()
        return url is not None and str(getattr(request, "path", "")).startswith(url)

    def is_admin_site(self, request: Any) -> bool:
        """Whether only the admin site is guarded and the request is for something else."""
        warnings.warn(
            "is_admin_site is deprecated: use is_admin_request", DeprecationWarning, stacklevel=2
        )
        return bool(values().AXES_ONLY_ADMIN_SITE) and not self.is_admin_request(request)

    # What is known of a request.

    def get_client_username(self, request: Any, credentials: Credentials = None) -> str | None:
        return helpers.get_client_username(request, credentials)

    def get_client_ip_address(self, request: HttpRequest) -> str | None:
        return helpers.get_client_ip_address(request)

    def get_client_user_agent(self, request: HttpRequest) -> str:
        return helpers.get_client_user_agent(request)

    def get_client_path_info(self, request: HttpRequest) -> str:
        return helpers.get_client_path_info(request)

    def get_client_http_accept(self, request: HttpRequest) -> str:
        return helpers.get_client_http_accept(request)

    def update_request(self, request: Any) -> None:
        """Sets the attributes that sites read from requests, once for each request."""
        helpers.update_request(request, self)

    # Translation.

    def _attempt(self, request: Any, credentials: Credentials) -> Attempt:
        return helpers.build_attempt(request, credentials, self)

    def _overrides(
        self, request: Any, credentials: Credentials, asked: tuple[str, ...] = tuple(ASKED)
    ) -> dict[str, Any]:
        """What the site's own callables, and its own methods of those ``asked``, say."""
        overrides = helpers.get_overrides(request, credentials)
        if asked and values().AXES_ONLY_ADMIN_SITE:
            overrides["not_applicable"] = not self.is_admin_request(request)
        for name in asked:
            if self._answers_itself(name):
                overrides[name] = getattr(self, name)(request, credentials)
        return overrides

    def _answers_itself(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(HandlerQuestions, name)

    def _peek(
        self, request: Any, credentials: Credentials, asked: tuple[str, ...]
    ) -> tuple[int, Refusal | None]:
        attempt = self._attempt(request, credentials)
        overrides = self._overrides(request, credentials, asked)
        failures, refusal, error = self._look(attempt, overrides)
        self._tell_error(error)
        return failures, refusal

    def _look(
        self, attempt: Attempt, overrides: dict[str, Any]
    ) -> tuple[int, Refusal | None, str | None]:
        raise NotImplementedError

    def _tell_error(self, error: str | None) -> None:
        raise NotImplementedError
