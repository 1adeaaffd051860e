"""What the site keeps, with all its versions."""

from __future__ import annotations

import reversion
from django.db import models


@reversion.register()
class Note(models.Model):
    """Something that somebody wrote."""

    text = models.TextField()

    def __str__(self) -> str:
        return self.text
