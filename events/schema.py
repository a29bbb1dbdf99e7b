"""Migration operations for tables that hold tenants' rows in bulk."""

from __future__ import annotations

from django.db.migrations import RunSQL


def tenant_first_primary_key(table: str) -> RunSQL:
    """Make the physical primary key (tenant_id, id): the table can be distributed by tenant."""
    return RunSQL(
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY (tenant_id, id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY (id)",
    )
