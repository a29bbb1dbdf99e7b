import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from events.schema import tenant_first_primary_key, tenant_foreign_key
from tenants.rls import keep_tenants_apart

TENANT = {
    "db_constraint": False,
    "db_index": False,
    "on_delete": django.db.models.deletion.DO_NOTHING,
    "to": "tenants.tenant",
}


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0006_dictionary"),
        ("tenants", "0003_one_time_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cohort",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("description", models.CharField(blank=True, default="", max_length=2000)),
                (
                    "version",
                    models.PositiveIntegerField(default=1, help_text="Counts saves: a change names the one it saw"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("trashed_at", models.DateTimeField(blank=True, null=True)),
                ("definition", models.JSONField(null=True)),
                ("origin", models.JSONField(editable=False, null=True)),
                ("static", models.BooleanField(default=False)),
                (
                    "member_count",
                    models.PositiveIntegerField(editable=False, help_text="Ids of a static cohort", null=True),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("tenant", models.ForeignKey(**TENANT)),
            ],
            options={
                "db_table": "cohorts",
                "indexes": [models.Index(fields=["tenant", "updated_at", "id"], name="cohorts_updated")],
            },
        ),
        migrations.CreateModel(
            name="CohortMember",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("distinct_id", models.CharField(max_length=255)),
                (
                    "cohort",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="events.cohort",
                    ),
                ),
                ("tenant", models.ForeignKey(**TENANT)),
            ],
            options={
                "db_table": "cohort_members",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "cohort", "distinct_id"), name="cohort_members_once"
                    ),
                ],
            },
        ),
        tenant_first_primary_key("cohorts"),
        tenant_first_primary_key("cohort_members"),
        tenant_foreign_key("cohort_members", "cohort_id", "cohorts", "CASCADE"),
        keep_tenants_apart("cohorts"),
        keep_tenants_apart("cohort_members"),
    ]
