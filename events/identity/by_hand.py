"""Joining two people by hand, and taking a link apart: two entries of the log, nothing else is changed.

The next answer of every kind counts by them; undoing what was merged puts all of it back. How merges and undos
that build on each other are read stands in resolve.py.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection
from django.utils.timezone import now

from events.identity import links, record
from events.identity.record import Pair
from events.query.run import answered
from obc_analytics.errors import Conflict, NotFound
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

LONGEST_NAME = 255


def merge(tenant: TenantConfig, wanted: links.Merge, by: str, *, as_seen: bool = False) -> dict[str, Any]:
    """Make the two one person. Returns what links.preview() foretold, as it stood when it was done, and `link`.

    The entry joins the names by which both go now, so a link of one of them that is undone later changes nothing
    for the other. `as_seen`: only while the two still go by the ids wanted, in this direction. Raises what the
    preview raises, and Conflict when somebody was faster.
    """
    found = answered(tenant, wanted, links.preview)
    if as_seen and (found["joined"]["id"], found["person"]["id"]) != (wanted.id, wanted.into):
        raise Conflict("One of these belongs to somebody else meanwhile: look again before you merge them.")
    pair = Pair(tenant.id, "merge", found["joined"]["id"], found["person"]["id"])
    _add(pair, by, refuse={"merge"}, why="Somebody has merged these meanwhile.")
    return {**found, "link": {"source": pair.source, "target": pair.target}}


def undo(tenant: TenantConfig, source: str, target: str, by: str) -> None:
    """Take a pair of ids apart, whatever joined it: an event that says so again does not join it any more.

    Raises NotFound for a pair that nothing joined, Conflict for one that is apart.
    """
    pair = Pair(tenant.id, "undo", source, target)
    _add(pair, by, refuse={"undo"}, why="These two were taken apart already.", joined=True)


def _add(pair: Pair, by: str, refuse: set[str], why: str, joined: bool = False) -> None:
    """Append, under the lock of the tenant's version, what the last entry by hand of the pair does not say already."""
    with tenant_scope(pair.tenant_id), connection.cursor() as cursor:
        versions = record.bump(cursor, [pair.tenant_id])
        ends: dict[str, Any] = {"tenant": pair.tenant_id, "a": pair.source, "b": pair.target}
        cursor.execute(record.statement("by_pair"), ends)
        kinds = [kind for (kind,) in cursor.fetchall()]
        if joined and not kinds:
            raise NotFound("Nothing joined these two ids.")
        if next((kind for kind in kinds if kind in ("merge", "undo")), None) in refuse:
            raise Conflict(why)
        record.append(cursor, [(pair, (now(), str(uuid.uuid4())))], versions, by[:LONGEST_NAME])
