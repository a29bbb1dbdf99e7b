"""manage.py quarantine: what waits in the quarantine, and replay of all of it after a fix."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, QuerySet

from events.ingest import replay, stop_writer
from events.models import QuarantinedEvent
from tenants.models import Tenant
from tenants.scope import operator_scope


class Command(BaseCommand):
    help = "Count quarantined events by tenant and reason, or send those of one tenant in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="slug; needed for --replay")
        parser.add_argument("--reason", help="only events refused for this reason")
        parser.add_argument("--replay", action="store_true", help="send them in again")

    def handle(self, *args: Any, **options: Any) -> None:
        with operator_scope():
            tenants = list(Tenant.objects.filter(**({"slug": options["tenant"]} if options["tenant"] else {})))
        if options["tenant"] and not tenants:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        if not options["replay"]:
            return self.count(tenants, options["reason"])
        if not options["tenant"]:
            raise CommandError("--replay needs --tenant.")
        try:
            return self.replay(tenants[0], options["reason"])
        finally:
            stop_writer()

    def count(self, tenants: list[Tenant], reason: str | None) -> None:
        for tenant in tenants:
            with operator_scope():
                counts = list(waiting(tenant, reason).values_list("reason").annotate(n=Count("*")).order_by("-n"))
            for name, count in counts:
                self.stdout.write(f"{tenant.slug:30} {name:24} {count:>10,}")

    def replay(self, tenant: Tenant, reason: str | None) -> None:
        """Each row once, in the order of receipt: what fails again is a new row, and behind the last one."""
        with operator_scope():
            ids = list(waiting(tenant, reason).order_by("received_at", "id").values_list("id", flat=True))
        results: Counter[str] = Counter()
        for start in range(0, len(ids), replay.MOST):
            results.update(result.result for result in replay.replay(tenant.id, ids[start : start + replay.MOST]))
        for name, count in results.most_common():
            self.stdout.write(f"{name:40} {count:>10,}")


def waiting(tenant: Tenant, reason: str | None) -> QuerySet[QuarantinedEvent]:
    rows = QuarantinedEvent.objects.filter(tenant=tenant, replayed_at=None)
    return rows.filter(reason=reason) if reason else rows
