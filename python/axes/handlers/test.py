"""The handler for a site's tests that are not about logins."""

from __future__ import annotations

from axes.handlers.base import AxesHandler


class AxesTestHandler(AxesHandler):
    """Admits everybody and counts nothing."""
