"""How the pages put into words what the engine says."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from axes._axes import Lockout, Refusal
from axes.clock import milliseconds, moment, now_in_milliseconds
from axes.models import Ban

PARAMETERS = {
    "username": gettext_lazy("Username"),
    "ip_address": gettext_lazy("IP Address"),
    "user_agent": gettext_lazy("User Agent"),
}

# What else keeps a client out.
REFUSED = {
    "denylisted": gettext_lazy("Refused: on the denylist"),
    "not_allowlisted": gettext_lazy("Refused: not on the allowlist"),
}


def in_words(seconds: int) -> str:
    """A length of time in the two largest units that it fills."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours % 24}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes % 60}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds % 60}
    return _("%(seconds)d s") % {"seconds": seconds}


def standing(failures_left: int | None, refusal: Refusal | None) -> str:
    """Where a client stands."""
    if refusal is None:
        if failures_left is None:
            return "-"
        text = ngettext("%(n)d attempt left", "%(n)d attempts left", failures_left)
        return text % {"n": failures_left}
    if refusal.reason != "locked_out":
        return str(REFUSED.get(refusal.reason, "-"))
    if refusal.retry_after is None:
        return _("Locked out until reset")
    return _("Locked out for %(time)s") % {"time": in_words(refusal.retry_after)}


def described(lockout: Lockout) -> list[str]:
    """Whom a lockout keeps out: one line for each value that it counts on."""
    return [f"{PARAMETERS[name]}: {value}" for name, value in lockout.values]


def whom(lockout: Lockout) -> str:
    """The same in one line."""
    return ", ".join(described(lockout))


def time_left(until: int | None) -> Any:
    """When a lockout ends, and how long that is."""
    return _("until reset") if until is None else shown_with_time_left(until)


def time_left_of_ban(ban: Ban) -> Any:
    """The same of a ban."""
    if ban.until_at is None:
        return _("until it is deleted")
    if not ban.holds:
        return _("ended")
    return shown_with_time_left(milliseconds(ban.until_at))


def shown_with_time_left(until: int) -> Any:
    seconds = -(-max(0, until - now_in_milliseconds()) // 1000)
    time = moment(until)
    shown = localize(localtime(time) if settings.USE_TZ else time)
    return format_html('{} <span class="quiet">({})</span>', shown, in_words(seconds))


def refused(reason: str | None) -> Any:
    """What else keeps them out, if anything does."""
    if reason is None:
        return ""
    return format_html('<div class="help">{}</div>', REFUSED[reason])
