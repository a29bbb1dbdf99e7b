"""Nothing: segments that were cut before lack columns, which questions now make while they read (columns.completed)
and the worker adds by writing those files anew (merge.py).

This once had all rows cut again. Until that was done, a question of a large tenant read PostgreSQL's millions of rows
and ran out of time.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0004_identity_links")]

    operations = []
