"""Tests that say nothing about the native handler on the tables of the site, each with the reason."""

from __future__ import annotations

LEFT_OUT: dict[str, str] = {}
