import uuid

import django.db.models.deletion
from django.db import migrations, models

from events.schema import tenant_first_primary_key
from tenants.rls import keep_tenants_apart


class Migration(migrations.Migration):
    dependencies = [("events", "0003_manifest"), ("tenants", "0002_keep_tenants_apart")]

    operations = [
        migrations.CreateModel(
            name="IdentityLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("device", "A device and its user in one event"),
                            ("alias", "An $alias event"),
                            ("merge", "Joined by hand"),
                            ("undo", "Taken apart by hand"),
                        ],
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(max_length=255)),
                ("target", models.CharField(max_length=255)),
                (
                    "timestamp",
                    models.DateTimeField(help_text="Of the event; of a link made by hand, when it was made"),
                ),
                ("event_id", models.CharField(max_length=255)),
                (
                    "by",
                    models.CharField(
                        blank=True, default="", help_text="Who joined or undid by hand", max_length=255
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "db_table": "identity_links",
                "indexes": [
                    models.Index(fields=["tenant", "version"], name="identity_links_version"),
                    models.Index(fields=["tenant", "source", "target"], name="identity_links_pair"),
                ],
            },
        ),
        tenant_first_primary_key("identity_links"),
        keep_tenants_apart("identity_links"),
    ]
