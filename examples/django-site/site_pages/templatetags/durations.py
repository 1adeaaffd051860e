"""Times in words."""

from __future__ import annotations

from django import template
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def in_words(seconds: int) -> str:
    """``90`` is "1 minute 30 seconds"."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        hours and ngettext("%d hour", "%d hours", hours) % hours,
        minutes and ngettext("%d minute", "%d minutes", minutes) % minutes,
        seconds and ngettext("%d second", "%d seconds", seconds) % seconds,
    ]
    return " ".join(part for part in parts if part) or "a moment"
