"""What gunicorn serves with ``--preload``: a site whose store is in use when the server forks."""

from __future__ import annotations

import itertools
import os
import threading
from types import SimpleNamespace
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest

from axes.handlers.proxy import AxesProxyHandler

from .sites import FORKED_AT

application = get_wsgi_application()
master = os.getpid()


def fails(address: str) -> bool:
    """Whether a wrong password from that address was checked, and counted."""
    request: Any = HttpRequest()
    request.method = "POST"
    request.META = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": address}
    request.resolver_match = SimpleNamespace(kwargs={"scopes": "address"})
    if AxesProxyHandler.admit(request, {"username": "master"}) is not None:
        return False
    AxesProxyHandler.user_login_failed("tests", {"username": "master"}, request)
    return True


def go_on() -> None:
    """Whenever the server forks, it is in the middle of this."""
    for number in itertools.count():
        fails(f"203.0.113.{number % 250}")


assert fails(FORKED_AT)
threading.Thread(target=go_on, daemon=True).start()
