"""The signal that Axes sends, and the ones it hears."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.signals import setting_changed
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import Signal, receiver

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt

user_locked_out = Signal()
"""Sent with ``request``, ``username``, ``ip_address`` and ``newly_locked`` (true once for each
lockout) for every attempt that begins or meets a lockout."""


@receiver(user_login_failed, dispatch_uid="axes_user_login_failed")
def handle_user_login_failed(
    sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
) -> None:
    AxesProxyHandler.user_login_failed(sender, credentials, request, **kwargs)


@receiver(user_logged_in, dispatch_uid="axes_user_logged_in")
def handle_user_logged_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    AxesProxyHandler.user_logged_in(sender, request, user, **kwargs)


@receiver(user_logged_out, dispatch_uid="axes_user_logged_out")
def handle_user_logged_out(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    AxesProxyHandler.user_logged_out(sender, request, user, **kwargs)


@receiver(post_save, sender=AccessAttempt, dispatch_uid="axes_post_save_access_attempt")
def handle_post_save_access_attempt(instance: AccessAttempt, **kwargs: Any) -> None:
    AxesProxyHandler.post_save_access_attempt(instance, **kwargs)


@receiver(pre_delete, sender=AccessAttempt, dispatch_uid="axes_pre_delete_access_attempt")
def handle_pre_delete_access_attempt(instance: AccessAttempt, **kwargs: Any) -> None:
    instance.note_deletion()


@receiver(post_delete, sender=AccessAttempt, dispatch_uid="axes_post_delete_access_attempt")
def handle_post_delete_access_attempt(instance: AccessAttempt, **kwargs: Any) -> None:
    AxesProxyHandler.post_delete_access_attempt(instance, **kwargs)


@receiver(setting_changed, dispatch_uid="axes_setting_changed")
def handle_setting_changed(
    sender: Any, setting: str, value: Any, enter: bool, **kwargs: Any
) -> None:
    if setting == "AXES_HANDLER":
        AxesProxyHandler.get_implementation(force=True)
