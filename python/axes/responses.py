"""What somebody who is refused gets to see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.duration import duration_iso_string
from django.utils.translation import gettext as _

from axes._axes import Refusal
from axes.callables import call_setting
from axes.conf import default_of, settings, values
from axes.formats import wants_json


def get_lockout_message(request: Any = None) -> str:
    """The text for somebody who is locked out, in the language of the moment."""
    from axes.helpers import get_cool_off

    ends = get_cool_off(request) is not None
    name = "AXES_COOLOFF_MESSAGE" if ends else "AXES_PERMALOCK_MESSAGE"
    text = getattr(settings, name)
    return str(default_of(name, None) if text is None else text)


def get_refusal_message(refusal: Refusal, request: Any = None) -> str:
    """The text for somebody who is refused, for whatever reason."""
    if refusal.reason == "busy":
        return _("Too many logins are being checked at once. Please try again in a moment.")
    if refusal.reason == "store_unavailable":
        return _("Logging in is not possible at the moment. Please try again later.")
    if refusal.reason == "banned":
        return _("You are not allowed to log in.")
    return get_lockout_message(request)


def get_cool_off_iso8601(delta: timedelta) -> str:
    """``delta`` as an ISO 8601 duration, such as ``P1DT2H3M4S``."""
    minutes, seconds = divmod(int(delta.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    date = f"{days}D" if days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{number}{unit}" for number, unit in parts if number)
    return f"P{date}T{time}" if time else f"P{date}" if date else "PT0S"


def get_lockout_response(
    request: Any, original_response: Any = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """The response to an attempt that is locked out, in the form that the settings choose."""
    refusal = refusal_for(request, credentials)
    if refusal is not None and refusal.undecided:
        return get_unavailable_response(request, refusal, original_response)
    if refusal is not None and refusal.reason == "banned":
        return get_banned_response(request, refusal, original_response)
    site = values()
    if site.AXES_LOCKOUT_CALLABLE:
        answer: HttpResponse = call_setting(
            "AXES_LOCKOUT_CALLABLE",
            request,
            original_response,
            credentials,
            older=(request, credentials),
        )
        return answer
    status = site.AXES_HTTP_RESPONSE_CODE
    response: HttpResponse
    if wants_json(request, original_response):
        response = json_response(lockout_context(request, credentials, refusal), status)
    elif site.AXES_LOCKOUT_TEMPLATE:
        context = lockout_context(request, credentials, refusal)
        response = render(request, site.AXES_LOCKOUT_TEMPLATE, context, status=status)
    elif site.AXES_LOCKOUT_URL:
        context = lockout_context(request, credentials, refusal)
        response = HttpResponseRedirect(with_username(site.AXES_LOCKOUT_URL, context))
    else:
        response = HttpResponse(get_lockout_message(request), status=status)
    retry_after = None if refusal is None else refusal.retry_after
    if retry_after is not None and site.AXES_ENABLE_RETRY_AFTER_HEADER:
        response["Retry-After"] = str(retry_after)
    return response


def refusal_for(request: HttpRequest, credentials: dict[str, Any] | None) -> Refusal | None:
    """The refusal that this request met, or would meet now."""
    from axes.handlers.proxy import AxesProxyHandler
    from axes.state import state_of

    answered = state_of(request).answered
    return answered or AxesProxyHandler.refusal_of(request, credentials)


def lockout_context(
    request: Any, credentials: dict[str, Any] | None, refusal: Refusal | None
) -> dict[str, Any]:
    """What templates and JSON bodies tell."""
    from axes.helpers import get_client_username, get_cool_off, get_failure_limit

    cool_off = get_cool_off(request)
    if refusal is not None and refusal.cool_off is not None:
        cool_off = timedelta(seconds=refusal.cool_off)
    context = {
        "failure_limit": get_failure_limit(request, credentials),
        "failure_count": refusal.failures if refusal is not None else 0,
        "username": get_client_username(request, credentials) or "",
        "cooloff_time": None if cool_off is None else get_cool_off_iso8601(cool_off),
        "cooloff_timedelta": cool_off,
        "retry_after": refusal.retry_after if refusal is not None else None,
        "reason": refusal.reason if refusal is not None else "locked_out",
    }
    if cool_off is None:
        del context["cooloff_time"], context["cooloff_timedelta"]
    return context


def json_response(context: dict[str, Any], status: int) -> JsonResponse:
    """The answer to a script or an API client."""
    body = {k: v for k, v in context.items() if k not in {"cooloff_timedelta", "reason"}}
    if "cooloff_timedelta" in context:
        body["cooloff_timedelta"] = duration_iso_string(context["cooloff_timedelta"])
    response = JsonResponse(body, status=status)
    response["Access-Control-Allow-Origin"] = settings.AXES_ALLOWED_CORS_ORIGINS
    response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = (
        "Origin, Content-Type, Accept, Authorization, x-requested-with"
    )
    return response


def with_username(url: str, context: dict[str, Any]) -> str:
    """``url`` with the username in its query."""
    parts = urlsplit(url)
    query = urlencode({"username": context["username"]})
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, query]))))


def get_banned_response(
    request: Any, refusal: Refusal, original_response: Any = None
) -> HttpResponse:
    """The answer to somebody whom an operator refuses; why is nobody else's business."""
    text = get_refusal_message(refusal, request)
    response: HttpResponse
    if wants_json(request, original_response):
        response = JsonResponse({"detail": text, "retry_after": refusal.retry_after}, status=403)
    else:
        response = HttpResponse(text, status=403, content_type="text/plain; charset=utf-8")
    if refusal.retry_after is not None and values().AXES_ENABLE_RETRY_AFTER_HEADER:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def get_unavailable_response(
    request: Any, refusal: Refusal, original_response: Any = None
) -> HttpResponse:
    """The answer when nothing could be decided: to try again (RFC 9110, 15.6.4)."""
    text = get_refusal_message(refusal, request)
    response: HttpResponse
    if wants_json(request, original_response):
        response = JsonResponse({"detail": text, "retry_after": refusal.retry_after}, status=503)
    else:
        response = HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")
    response["Retry-After"] = str(refusal.retry_after or 1)
    return response
