"""Migration operations for tables that hold tenants' rows in bulk."""

from __future__ import annotations

from django.db.migrations import RunSQL


def tenant_first_primary_key(table: str) -> RunSQL:
    """Make the physical primary key (tenant_id, id): the table can be distributed by tenant."""
    return RunSQL(
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY (tenant_id, id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD PRIMARY KEY (id)",
    )


def tenant_foreign_key(table: str, column: str, target: str, on_delete: str) -> RunSQL:
    """A foreign key (tenant_id, column) → target: a row can't point into another tenant, and Citus can keep it."""
    name = f"{table}_{column}_of_tenant"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, {column})"
        f" REFERENCES {target} (tenant_id, id) ON DELETE {on_delete}",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
