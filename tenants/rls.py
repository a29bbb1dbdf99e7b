"""Row-level security as a migration operation: every table that holds tenant rows gets these two policies.

Closed by default: without a scope neither setting is there, and no row is visible. `nullif` because a
setting reads '' once the transaction that made it has ended.
"""

from __future__ import annotations

from django.db.migrations import RunSQL

ENABLE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON {table}
    USING ({column} = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY all_tenants ON {table}
    USING (current_setting('app.operator', true) = 'on');
"""
DISABLE = """
DROP POLICY one_tenant ON {table};
DROP POLICY all_tenants ON {table};
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


def keep_tenants_apart(table: str, column: str = "tenant_id") -> RunSQL:
    """Only the rows of the tenant whose scope is open are visible and writable in `table`."""
    return RunSQL(
        ENABLE.format(table=table, column=column),
        DISABLE.format(table=table, column=column),
    )
