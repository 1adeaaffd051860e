from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("axes", "0002_auto_20151217_2044")]

    operations = [
        migrations.AlterField(
            model_name="accessattempt",
            name="http_accept",
            field=models.CharField(max_length=1025, verbose_name="HTTP Accept"),
        ),
        migrations.AlterField(
            model_name="accesslog",
            name="http_accept",
            field=models.CharField(max_length=1025, verbose_name="HTTP Accept"),
        ),
    ]
