"""What happens when Django starts."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from typing import Any

from django import apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from axes.logger import log


class AppConfig(apps.AppConfig):
    name = "axes"
    label = "axes"
    verbose_name = _("Axes")
    default_auto_field = "django.db.models.AutoField"
    # Whether the line that says what runs here was written.
    initialized = False

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        from axes.conf import install_defaults

        # Before any module reads them: the admin site imports admin.py before we are ready.
        install_defaults()
        from axes.stores import mask_setting

        mask_setting()

    def ready(self) -> None:
        from axes import wiring
        from axes.conf import install_username_field

        install_username_field()
        wired = wiring.wire()

        from axes import checks, signals  # noqa: F401  (they register themselves)
        from axes.adoption import adopt_records
        from axes.handlers.proxy import give_back_at_exit
        from axes.stores import prepare_store

        post_migrate.connect(adopt_records, sender=self, dispatch_uid="axes_adopt_records")
        post_migrate.connect(prepare_store, sender=self, dispatch_uid="axes_prepare_store")
        atexit.register(give_back_at_exit)
        self.initialize(wired)

    @classmethod
    def initialize(cls, wired: Sequence[str] = ()) -> None:
        """Says once what runs here."""
        from axes import __version__, wiring
        from axes.conf import settings

        if cls.initialized or not settings.AXES_ENABLED or not settings.AXES_VERBOSE:
            return
        cls.initialized = True
        log.info("AXES: BEGIN version %s, %s", __version__, wiring.announcement())
        if wired:
            log.info("AXES: added the %s, which the settings do not name", " and the ".join(wired))
