"""Advisory locks of a tenant (PostgreSQL's 64-bit lock space).

`writing` is held shared by every transaction that stores events of the tenant and taken exclusively
for an instant by a cut, which so knows that all rows up to max(seq) are committed.
`maintenance` is held by cut, merge, erase, archive and rebuild from first read to commit.
"""

from __future__ import annotations

import uuid

_MAINTENANCE = 0x6D61696E74656E61


def writing(tenant_id: uuid.UUID) -> int:
    return int.from_bytes(tenant_id.bytes[:8], "big", signed=True)


def maintenance(tenant_id: uuid.UUID) -> int:
    return int.from_bytes(tenant_id.bytes[:8], "big", signed=True) ^ _MAINTENANCE
