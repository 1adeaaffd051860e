from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("axes", "0009_add_session_hash")]

    operations = [
        migrations.CreateModel(
            name="AccessAttemptExpiration",
            fields=[
                (
                    "access_attempt",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="expiration",
                        serialize=False,
                        to="axes.accessattempt",
                        verbose_name="Access Attempt",
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        help_text="The time when the access attempt expires and is forgotten.",
                        verbose_name="Expires At",
                    ),
                ),
            ],
            options={
                "verbose_name": "access attempt expiration",
                "verbose_name_plural": "access attempt expirations",
            },
        ),
    ]
