"""`manage.py demo` on a small scale, through the real pipeline and writer."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Max, Sum
from django.utils.timezone import now

from events.demo import noise
from events.models import Event, IngestOutcome, QuarantinedEvent
from tenants.scope import tenant_scope
from tests.factories import at, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = "2026-11-20 09:30"


def demo(tenant, **options) -> str:
    out = StringIO()
    call_command(
        "demo", tenant=tenant.slug, people=60, stdout=out, stderr=StringIO(), **{"until": at(UNTIL), **options}
    )
    return out.getvalue()


def outcomes(tenant) -> dict[str, int]:
    with tenant_scope(tenant.id):
        lines = IngestOutcome.objects.filter(door="demo").values_list("outcome").annotate(Sum("count"))
        return dict(lines)


def stored(tenant) -> int:
    with tenant_scope(tenant.id):
        return Event.objects.count()


def test_it_fills_a_tenant_and_the_ledger_agrees():
    tenant = make_tenant()

    summary = demo(tenant)

    ledger = outcomes(tenant)
    assert ledger["ok"] == stored(tenant) > 500
    assert f"{sum(ledger.values()):,} events received = {ledger['ok']:,} stored" in summary
    assert ledger["dropped"] > 89 * noise.CRAWLED
    with tenant_scope(tenant.id):
        assert QuarantinedEvent.objects.count() == ledger["quarantined"] > 0
        assert Event.objects.aggregate(last=Max("timestamp"))["last"] <= at(UNTIL)


def test_it_doubles_nothing_when_everything_is_sent_again():
    tenant = make_tenant()
    demo(tenant)
    before, count = outcomes(tenant), stored(tenant)

    summary = demo(tenant, again=True)

    assert "is here already" in summary
    assert stored(tenant) == count
    assert outcomes(tenant)["duplicate"] == 2 * before.get("duplicate", 0) + before["ok"]


def test_a_later_run_adds_only_what_has_happened_since():
    tenant = make_tenant()
    demo(tenant)
    count = stored(tenant)

    demo(tenant, until=at("2026-11-22 20:00"))

    assert stored(tenant) > count
    with tenant_scope(tenant.id):
        assert Event.objects.filter(timestamp__gt=at(UNTIL)).count() == stored(tenant) - count


def test_it_takes_the_first_tenant_when_none_is_named():
    first, second = make_tenant("First"), make_tenant("Second")

    call_command("demo", people=30, until=at(UNTIL), stdout=StringIO(), stderr=StringIO())

    assert stored(first) > 0
    assert stored(second) == 0


def test_it_never_reaches_into_the_future():
    tenant = make_tenant()

    demo(tenant, until=at("2100-01-01 00:00"))

    with tenant_scope(tenant.id):
        assert Event.objects.aggregate(last=Max("timestamp"))["last"] <= now()


def test_it_says_when_there_is_no_such_tenant():
    with pytest.raises(CommandError, match="nobody"):
        call_command("demo", tenant="nobody")


def test_it_shows_its_progress_in_lines_where_there_is_no_terminal():
    tenant, lines = make_tenant(), StringIO()

    call_command("demo", tenant=tenant.slug, people=30, until=at(UNTIL), stdout=StringIO(), stderr=lines)

    assert [line.split()[0] for line in lines.getvalue().splitlines()][-1] == "100%"
    assert "\r" not in lines.getvalue()
