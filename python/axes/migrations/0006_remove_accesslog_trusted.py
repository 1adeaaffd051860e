from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("axes", "0005_remove_accessattempt_trusted")]

    operations = [
        migrations.RemoveField(model_name="accesslog", name="trusted"),
    ]
