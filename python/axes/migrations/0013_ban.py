from __future__ import annotations

import django.utils.timezone
from django.db import migrations, models

from axes.fields import MillisecondsField, TargetField


class Migration(migrations.Migration):
    dependencies = [("axes", "0012_purging")]

    operations = [
        migrations.CreateModel(
            name="Ban",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("target", TargetField(editable=False, max_length=80, unique=True)),
                ("username", models.TextField(blank=True, null=True, verbose_name="Username")),
                (
                    "network",
                    models.CharField(
                        blank=True, max_length=49, null=True, verbose_name="Address or network"
                    ),
                ),
                ("reason", models.TextField(blank=True, default="", verbose_name="Reason")),
                (
                    "author",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="Author"),
                ),
                (
                    "since_at",
                    MillisecondsField(
                        default=django.utils.timezone.now, editable=False, verbose_name="Since"
                    ),
                ),
                (
                    "until_at",
                    MillisecondsField(blank=True, db_index=True, null=True, verbose_name="Until"),
                ),
            ],
            options={
                "verbose_name": "ban",
                "verbose_name_plural": "bans",
                "ordering": ["-since_at", "-pk"],
            },
        ),
    ]
