"""A question is exact at every moment: while events come in, and while segments are cut and merged.

Each batch holds whole people, who do `start` and then `finish`. So at every moment, whatever is half done: as many
starts as finishes as people, and the funnel loses nobody.
"""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from itertools import count as counting

import pytest

from events.query import run as running
from events.query.relation import open_relation
from events.query.types import parse_question
from events.segments import merge as merging
from events.segments.cut import cut
from events.segments.manifest import Busy
from events.segments.merge import merge
from tenants.auth import TenantConfig
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
RANGE = {"from": "2026-11-01", "to": "2026-11-14", "timezone": "UTC"}
TRENDS = parse_question(
    {
        "kind": "trends",
        "range": RANGE,
        "series": [{"event": "start"}, {"event": "finish"}, {"event": "*", "measure": "uniques"}],
    }
)
FUNNEL = parse_question({"kind": "funnel", "range": RANGE, "steps": [{"event": "start"}, {"event": "finish"}]})


def person(number):
    moment = START + timedelta(seconds=number)
    return [make_event(name, user_id=f"p{number}", timestamp=moment.isoformat()) for name in ("start", "finish")]


def count(tenant):
    """Rows, distinct ids and distinct seqs as one question sees them."""
    with open_relation(tenant.id) as relation:
        return relation.connection.execute(
            f"SELECT count(*), count(DISTINCT event_id), count(DISTINCT seq) FROM {relation.source()}"
        ).fetchone()


class Asker:
    """Asks as the API does, cache included; each answer's own numbers must agree, and the next may not be less."""

    def __init__(self, tenant):
        self.tenant, self.least, self.cached = TenantConfig.of(tenant), 0, 0

    def people(self):
        trends = running.run(self.tenant, TRENDS, now=NOW)
        starts, finishes, uniques = [line["total"] for line in trends["series"]]
        assert starts == finishes == uniques == sum(trends["series"][0]["values"])
        assert uniques >= self.least
        funnel = running.run(self.tenant, FUNNEL, now=NOW)
        first, last = [step["count"] for step in funnel["steps"]]
        assert first == last >= uniques
        assert funnel["as_of_seq"] >= trends["as_of_seq"]
        self.least = first
        self.cached += sum("cached" in answer for answer in (trends, funnel))
        return uniques, last


def test_counts_are_exact_at_every_moment(settings, tmp_path, monkeypatch, request):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(merging, "AT_LEAST", 2)
    running.forget()
    tenant = make_tenant()
    checks = 100 if request.config.getoption("--slow", default=False) else 5
    numbers, sent, acked, cuts = counting(), [0] * 4, [0] * 4, []
    errors: list[BaseException] = []
    over = threading.Event()

    def forever(work):
        try:
            while not over.is_set():
                work()
        except BaseException as error:
            errors.append(error)
            over.set()

    def write(number):
        def work():
            events = [event for _ in range(random.randint(1, 20)) for event in person(next(numbers))]
            sent[number] += len(events) // 2
            accepted = send(tenant, *events).accepted
            assert accepted == len(events)
            acked[number] += accepted // 2

        return work

    def maintain():
        try:
            cuts.append(cut(tenant.id, max_rows=random.choice([200, 500, 5_000])))
            if random.random() < 0.3:
                merge(tenant.id)
        except Busy:
            pass

    asker = Asker(tenant)
    threads = [threading.Thread(target=forever, args=(write(n),)) for n in range(3)]
    threads += [threading.Thread(target=forever, args=(maintain,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    checked = 0
    try:
        while not over.is_set() and (checked < checks or len(cuts) < 3):
            before = sum(acked)
            rows, ids, seqs = count(tenant)
            assert rows == ids == seqs  # nothing twice
            assert rows >= 2 * before  # nothing that was acknowledged is missing
            before = sum(acked)
            least, most = asker.people()
            assert before <= least <= most <= sum(sent)
            checked += 1
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not errors
    assert count(tenant) == (2 * sum(acked),) * 3
    assert asker.people() == asker.people() == (sum(acked),) * 2
    assert asker.cached >= 2
