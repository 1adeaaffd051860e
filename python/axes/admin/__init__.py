"""The pages in the admin site.

A site with an ``AdminSite`` of its own registers the classes itself: ``Tally`` with
``LockoutAdmin`` is the page of those who are locked out now.
"""

from __future__ import annotations

from django.contrib import admin

from axes.admin.bans import BanAdmin
from axes.admin.filters import IsLockedOutFilter, PathFilter
from axes.admin.lockouts import LockoutAdmin
from axes.admin.records import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.conf import settings
from axes.models import AccessAttempt, AccessFailureLog, AccessLog, Ban, Tally

__all__ = [
    "AccessAttemptAdmin",
    "AccessFailureLogAdmin",
    "AccessLogAdmin",
    "BanAdmin",
    "IsLockedOutFilter",
    "LockoutAdmin",
    "PathFilter",
]

if settings.AXES_ENABLE_ADMIN:
    admin.site.register(AccessAttempt, AccessAttemptAdmin)
    admin.site.register(AccessLog, AccessLogAdmin)
    admin.site.register(AccessFailureLog, AccessFailureLogAdmin)
    # Sites' tests take the three away and load this module again; they do not know of the others.
    if not admin.site.is_registered(Tally):
        admin.site.register(Tally, LockoutAdmin)
    if not admin.site.is_registered(Ban):
        admin.site.register(Ban, BanAdmin)
