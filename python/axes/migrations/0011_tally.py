from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("scope_key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("scope", models.CharField(max_length=64)),
                ("username", models.CharField(max_length=255, null=True)),
                ("user_agent", models.CharField(max_length=255, null=True)),
                ("username_key", models.CharField(max_length=64, null=True)),
                ("network", models.CharField(db_index=True, max_length=49, null=True)),
                ("agent_key", models.CharField(db_index=True, max_length=64, null=True)),
                ("epoch", models.BigIntegerField()),
                ("version", models.BigIntegerField()),
                ("failures", models.BigIntegerField()),
                ("current_permits", models.BigIntegerField()),
                ("current_until", models.BigIntegerField()),
                ("previous_permits", models.BigIntegerField()),
                ("previous_until", models.BigIntegerField()),
                ("first_at", models.BigIntegerField()),
                ("last_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("locked_since", models.BigIntegerField(null=True)),
                ("listed_failures", models.IntegerField()),
                ("listed_until", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "lockout",
                "verbose_name_plural": "locked out now",
                "indexes": [
                    models.Index(
                        fields=["username_key", "scope", "network", "agent_key"],
                        name="axes_tally_counted",
                    ),
                    models.Index(
                        fields=["listed_failures", "listed_until", "scope", "scope_key"],
                        name="axes_tally_listed",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="accessattempt",
            name="agent_key",
            field=models.CharField(db_index=True, editable=False, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="accessattempt",
            name="network",
            field=models.CharField(db_index=True, editable=False, max_length=49, null=True),
        ),
        migrations.AddField(
            model_name="accessattempt",
            name="record_key",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="accessattempt",
            name="refused",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="accessattempt",
            name="last_failure_time",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="accessattempt",
            name="username_key",
            field=models.CharField(db_index=True, editable=False, max_length=64, null=True),
        ),
    ]
