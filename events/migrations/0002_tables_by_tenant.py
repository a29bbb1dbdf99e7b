from django.db import migrations

from events.schema import tenant_first_primary_key
from tenants.rls import keep_tenants_apart

TABLES = ["analytics_events", "ingest_outcomes", "quarantined_events", "client_reports"]


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial"), ("tenants", "0002_keep_tenants_apart")]

    operations = [
        *[tenant_first_primary_key(table) for table in TABLES],
        *[keep_tenants_apart(table) for table in TABLES],
        # CACHE 1: numbers drawn ahead of their transaction would slip behind the watermark of a cut
        migrations.RunSQL(
            "CREATE SEQUENCE analytics_events_seq_seq AS bigint CACHE 1 OWNED BY analytics_events.seq;"
            "ALTER TABLE analytics_events ALTER seq SET DEFAULT nextval('analytics_events_seq_seq');",
            "ALTER TABLE analytics_events ALTER seq DROP DEFAULT; DROP SEQUENCE analytics_events_seq_seq;",
        ),
        # the table only grows at its end: freeze and analyse by inserted rows, not by a share of all
        migrations.RunSQL(
            "ALTER TABLE analytics_events SET (autovacuum_analyze_scale_factor = 0.02,"
            " autovacuum_vacuum_insert_scale_factor = 0.1);",
            "ALTER TABLE analytics_events RESET (autovacuum_analyze_scale_factor,"
            " autovacuum_vacuum_insert_scale_factor);",
        ),
    ]
