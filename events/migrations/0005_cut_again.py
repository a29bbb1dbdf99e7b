"""Segments that were cut before lack columns that questions read now: all rows are the tail's again, and the worker
cuts them anew. PostgreSQL holds every row, so nothing is lost, and answers are right meanwhile, only slower.
"""

from django.db import migrations

CUT_AGAIN = """
UPDATE segments SET replaced_at = now() WHERE replaced_at IS NULL;
UPDATE watermarks SET seq = 0, manifest_version = manifest_version + 1;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0004_identity_links")]

    operations = [migrations.RunSQL(CUT_AGAIN, migrations.RunSQL.noop)]
