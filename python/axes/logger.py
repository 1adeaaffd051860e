"""Where log lines go."""

from __future__ import annotations

import logging

from axes.conf import settings


def log() -> logging.Logger:
    """The logger that ``AXES_LOGGER`` names."""
    return logging.getLogger(settings.AXES_LOGGER)
