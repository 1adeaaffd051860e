from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("axes", "0011_tally")]

    operations = [
        migrations.AddField(
            model_name="accessattempt",
            name="seen_time",
            field=models.DateTimeField(db_index=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tally",
            name="seen_at",
            field=models.BigIntegerField(db_index=True, null=True),
        ),
        migrations.AddIndex(
            model_name="accessattemptexpiration",
            index=models.Index(fields=["expires_at"], name="axes_expiration_due"),
        ),
    ]
