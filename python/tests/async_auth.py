"""``aauthenticate`` and ``alogin``, or what a site writes instead with a Django before 5.0."""

from __future__ import annotations

import django

if django.VERSION >= (5, 0):
    from django.contrib.auth import aauthenticate, alogin
else:
    from asgiref.sync import sync_to_async
    from django.contrib.auth import authenticate, login

    aauthenticate = sync_to_async(authenticate)
    alogin = sync_to_async(login)

__all__ = ["aauthenticate", "alogin"]
