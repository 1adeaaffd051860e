"""Guards for views of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_lockout_response


def axes_dispatch(func: Callable[..., Any]) -> Callable[..., Any]:
    """Answers whoever is locked out before the view is called, whatever the method."""

    @wraps(func)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        if AxesProxyHandler.is_allowed(request):
            return func(request, *args, **kwargs)
        return get_lockout_response(request)

    return guarded


def axes_form_invalid(func: Callable[..., Any]) -> Callable[..., Any]:
    """The same for the ``form_invalid`` method of a class-based view."""

    @wraps(func)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if AxesProxyHandler.is_allowed(self.request):
            return func(self, *args, **kwargs)
        return get_lockout_response(self.request)

    return guarded
