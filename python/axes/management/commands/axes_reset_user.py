from __future__ import annotations

from axes.management.commands.axes_reset_username import Command

__all__ = ["Command"]
