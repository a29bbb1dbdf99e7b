"""A question is exact at every moment: while events come in, and while segments are cut and merged."""

from __future__ import annotations

import random
import threading
import time

import pytest

from events.query.relation import open_relation
from events.segments import merge as merging
from events.segments.cut import cut
from events.segments.manifest import Busy
from events.segments.merge import merge
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)


def count(tenant):
    """Rows, distinct ids and distinct seqs as one question sees them."""
    with open_relation(tenant.id) as relation:
        return relation.connection.execute(
            f"SELECT count(*), count(DISTINCT event_id), count(DISTINCT seq) FROM {relation.source()}"
        ).fetchone()


def test_counts_are_exact_at_every_moment(settings, tmp_path, monkeypatch, request):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(merging, "AT_LEAST", 2)
    tenant = make_tenant()
    seconds = 20 if request.config.getoption("--slow", default=False) else 5
    acked = [0] * 4
    errors: list[BaseException] = []
    stop = time.monotonic() + seconds

    def forever(work):
        try:
            while time.monotonic() < stop:
                work()
        except BaseException as error:
            errors.append(error)

    def write(number):
        def work():
            events = [make_event() for _ in range(random.randint(1, 40))]
            acked[number] += send(tenant, *events).accepted

        return work

    def maintain():
        try:
            cut(tenant.id, max_rows=random.choice([50, 500, 5_000]))
            if random.random() < 0.3:
                merge(tenant.id)
        except Busy:
            pass

    checked = 0
    threads = [threading.Thread(target=forever, args=(write(n),)) for n in range(4)]
    threads += [threading.Thread(target=forever, args=(maintain,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    while time.monotonic() < stop:
        before = sum(acked)
        rows, ids, seqs = count(tenant)
        assert rows == ids == seqs  # nothing twice
        assert rows >= before  # nothing that was acknowledged is missing
        checked += 1
    for thread in threads:
        thread.join()
    assert not errors
    assert count(tenant) == (sum(acked),) * 3
    assert checked > 5
