"""`manage.py demo`: 90 days of demo traffic for one tenant, through the real pipeline."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.demo import load, traffic
from events.demo.load import NotLoaded, Tally
from events.demo.progress import Progress
from events.ingest import stop_writer
from events.signals import demo_loaded
from tenants.auth import TenantConfig
from tenants.models import Tenant
from tenants.scope import operator_scope


class Command(BaseCommand):
    help = (
        "Load 90 days of demo traffic into a tenant. Run again, it adds what has happened since; "
        "with --again it sends everything once more, and the ledger shows the duplicates."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="", help="Its slug; default: the first tenant")
        parser.add_argument("--seed", type=int, default=1, help="Another seed is another history")
        parser.add_argument("--people", type=int, default=traffic.PEOPLE, help="Visitors in the 90 days")
        parser.add_argument("--until", type=datetime.fromisoformat, help="Nothing later than this (default: now)")
        parser.add_argument("--again", action="store_true", help="Send all days, not just those that are missing")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = find_tenant(options["tenant"])
        until = _in_utc(options["until"])
        known = load.loaded_days(tenant)
        first = known[0] if known else until.date() - timedelta(traffic.DAYS - 1)
        plan = traffic.Plan(first, options["seed"], options["people"])
        from_day = (known[1] - first).days if known and not options["again"] else 0
        if known:
            self.stdout.write(f"Demo traffic of {tenant.name} is here already, {known[0]} to {known[1]}.")
        started = time.monotonic()
        try:
            with Progress(self.stderr, from_day, traffic.last_day(plan, until)) as progress:
                tally = load.load(tenant, plan, until, from_day, progress.show)
        except NotLoaded as error:
            raise CommandError(str(error)) from error
        finally:
            stop_writer()
        demo_loaded.send(type(self), tenant=tenant, first=first)
        self.stdout.write(summary(tenant, tally, time.monotonic() - started))


def find_tenant(slug: str) -> TenantConfig:
    """The tenant of that slug, or the oldest. Raises CommandError."""
    with operator_scope():
        tenants = Tenant.objects.filter(slug=slug) if slug else Tenant.objects.order_by("created_at")
        tenant = tenants.first()
    if tenant is None:
        raise CommandError(f"There is no tenant {slug!r}." if slug else "There is no tenant yet: run `up` first.")
    return TenantConfig.of(tenant)


def summary(tenant: TenantConfig, tally: Tally, seconds: float) -> str:
    return (
        f"Demo of {tenant.name}: {tally.received:,} events received = {tally.ok:,} stored"
        f" + {tally.duplicate:,} duplicates + {tally.refused:,} dropped or quarantined,"
        f" in {seconds:.1f} s ({tally.received / max(seconds, 0.001):,.0f} a second)."
    )


def _in_utc(until: datetime | None) -> datetime:
    """Now, unless an earlier instant is named: there are no events in the future."""
    now = datetime.now(UTC)
    if until is None:
        return now
    return min(now, until.astimezone(UTC) if until.tzinfo else until.replace(tzinfo=UTC))
