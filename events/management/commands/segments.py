"""manage.py segments: the state of the Parquet files that insights read, and what can be done about it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q, Sum

from events.models import Event, Segment, Watermark
from events.segments import cut, manifest, merge, rebuild, verify
from tenants.models import Tenant
from tenants.scope import operator_scope, tenant_scope

Row = dict[str, Any]


class Command(BaseCommand):
    help = "Show, check, repair, cut or merge the segments of all tenants, or of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument("--tenant", metavar="SLUG", help="one tenant only")
        parser.add_argument("--json", action="store_true", help="one line of JSON: a list of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        work = ACTIONS[options["action"]]
        rows = [row for tenant in tenants(options["tenant"]) for row in _of(tenant, work)]
        self.stdout.write(json.dumps(rows) if options["json"] else table(rows))
        damaged = sorted({row["tenant"] for row in rows if row.get("damage")})
        if options["action"] == "verify" and damaged:
            repairs = "; ".join(f"manage.py segments rebuild --tenant {slug}" for slug in damaged)
            raise CommandError(f"Damaged segments. Repair from PostgreSQL: {repairs}")


def tenants(slug: str | None) -> list[Tenant]:
    with operator_scope():
        found = list(Tenant.objects.filter(**({"slug": slug} if slug else {})).order_by("slug"))
    if slug and not found:
        raise CommandError(f"There is no tenant {slug!r}.")
    return found


def _of(tenant: Tenant, work: Callable[[Tenant], list[Row]]) -> list[Row]:
    try:
        return work(tenant)
    except (manifest.Busy, manifest.ManifestChanged) as error:
        raise CommandError(f"{tenant.slug}: something else is at work on its segments; try again.") from error


def status(tenant: Tenant) -> list[Row]:
    """`damaged` is what the last verify found."""
    with tenant_scope(tenant.id):
        files = Segment.objects.filter(tenant=tenant, replaced_at=None).aggregate(
            files=Count("id"), rows=Sum("rows", default=0), bytes=Sum("size", default=0),
            damaged=Count("id", filter=~Q(damage="")),
        )  # fmt: skip
        watermark = Watermark.objects.filter(tenant=tenant).values_list("seq", flat=True).first() or 0
        tail = Event.objects.filter(tenant=tenant, seq__gt=watermark).count()
    damaged = files.pop("damaged")
    per_event = round(files["bytes"] / files["rows"], 1) if files["rows"] else None
    return [
        {"tenant": tenant.slug, **files, "bytes_per_event": per_event, "watermark": watermark,
         "tail": tail, "damaged": damaged}
    ]  # fmt: skip


def check(tenant: Tenant) -> list[Row]:
    return [
        {"tenant": tenant.slug, "path": finding.path, "damage": finding.damage} for finding in verify.verify(tenant.id)
    ]


def rebuilt(tenant: Tenant) -> list[Row]:
    rows = rebuild.rebuild(tenant.id)
    merge.merge(tenant.id, wait=True)  # many rows are written raw
    return [{"tenant": tenant.slug, "rows_rebuilt": rows}]


ACTIONS: dict[str, Callable[[Tenant], list[Row]]] = {
    "status": status,
    "verify": check,
    "rebuild": rebuilt,
    "cut": lambda tenant: [{"tenant": tenant.slug, "rows_cut": cut.cut(tenant.id, wait=True)}],
    "merge": lambda tenant: [{"tenant": tenant.slug, "files_merged": merge.merge(tenant.id, wait=True)}],
}


def table(rows: list[Row]) -> str:
    """Columns under their names: texts to the left, numbers to the right."""
    if not rows:
        return "Nothing there yet."
    lines = [[name.replace("_", " ") for name in rows[0]], *[[shown(value) for value in row.values()] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    left = [isinstance(value, str) for value in rows[0].values()]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if is_text else cell.rjust(width)
            for cell, width, is_text in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in lines
    )


def shown(value: Any) -> str:
    if value is None:
        return "-"
    return value or "whole" if isinstance(value, str) else f"{value:,}"
