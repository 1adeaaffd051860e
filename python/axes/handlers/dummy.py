"""The handler that guards nothing."""

from __future__ import annotations

from axes.handlers.base import AxesHandler


class AxesDummyHandler(AxesHandler):
    """Admits everybody and counts nothing."""
