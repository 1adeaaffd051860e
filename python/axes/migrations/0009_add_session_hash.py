from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("axes", "0008_accessfailurelog")]

    operations = [
        migrations.AddField(
            model_name="accesslog",
            name="session_hash",
            field=models.CharField(
                blank=True,
                default="",
                max_length=64,
                verbose_name="Session key hash (sha256)",
            ),
        ),
    ]
