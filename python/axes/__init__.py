"""Axes counts failed logins and locks out whoever fails too often."""

from __future__ import annotations

from axes._axes import __version__

__all__ = ["__version__"]
