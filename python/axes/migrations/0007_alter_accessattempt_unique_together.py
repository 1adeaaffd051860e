from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count, Max, Sum


def merge_duplicates(apps: Any, schema_editor: Any) -> None:
    """Joins records of the same username, address and user agent into the newest of them."""
    attempts = apps.get_model("axes", "AccessAttempt").objects.using(schema_editor.connection.alias)
    identity = ("username", "ip_address", "user_agent")
    groups = (
        attempts.order_by()
        .values(*identity)
        .annotate(count=Count("pk"), newest=Max("pk"), failures=Sum("failures_since_start"))
    )
    for group in groups.filter(count__gt=1):
        same = attempts.filter(**{name: group[name] for name in identity})
        if None not in (group["username"], group["ip_address"]):
            same.exclude(pk=group["newest"]).delete()
            same.update(failures_since_start=group["failures"])


class Migration(migrations.Migration):
    dependencies = [("axes", "0006_remove_accesslog_trusted")]

    operations = [
        migrations.RunPython(merge_duplicates, migrations.RunPython.noop, elidable=True),
        migrations.AlterUniqueTogether(
            name="accessattempt",
            unique_together={("username", "ip_address", "user_agent")},
        ),
    ]
