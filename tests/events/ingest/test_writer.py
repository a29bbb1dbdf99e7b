"""Stored means committed, once, and counted: the writer against a real PostgreSQL."""

from __future__ import annotations

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from events.ingest import get_writer, ingest
from events.ingest.pipeline import prepare
from events.ingest.store import Session, connection_parameters
from events.ingest.writer import Writer
from events.models import ClientReport, Event, IngestOutcome, QuarantinedEvent
from obc_analytics.errors import Overloaded
from tenants.scope import tenant_scope
from tests.factories import make_envelope, make_event, make_sender, make_tenant, make_write_key, send

pytestmark = pytest.mark.django_db(transaction=True)


def ledger(tenant):
    with tenant_scope(tenant.id):
        totals = {}
        for line in IngestOutcome.objects.filter(tenant=tenant):
            totals[line.outcome, line.reason] = totals.get((line.outcome, line.reason), 0) + line.count
        return totals


def stored_ids(tenant):
    with tenant_scope(tenant.id):
        return sorted(Event.objects.filter(tenant=tenant).values_list("event_id", flat=True))


def results(receipt):
    return {key: verdict.result for key, verdict in receipt.results.items()}


def test_an_acknowledged_event_is_in_the_table_with_the_seq_of_its_ack():
    tenant = make_tenant()
    receipt = send(tenant, make_event("signup", event_id="a", properties={"plan": "pro"}))
    with tenant_scope(tenant.id):
        event = Event.objects.get(tenant=tenant)
    assert receipt.results["a"].seq == event.seq
    assert (event.event_name, event.properties) == ("signup", {"plan": "pro"})
    assert event.processed_at >= event.created_at


def test_the_same_event_again_is_a_duplicate_and_the_first_wins():
    tenant = make_tenant()
    send(tenant, make_event("first", event_id="a"))
    assert results(send(tenant, make_event("second", event_id="a"), make_event(event_id="b"))) == {
        "a": "duplicate",
        "b": "ok",
    }
    with tenant_scope(tenant.id):
        assert Event.objects.get(tenant=tenant, event_id="a").event_name == "first"
    assert ledger(tenant) == {("ok", ""): 2, ("duplicate", ""): 1}


def test_an_id_that_stands_twice_in_one_batch_shows_ok_and_counts_one_duplicate():
    tenant = make_tenant()
    receipt = send(tenant, make_event(event_id="a"), make_event(event_id="a"))
    assert (results(receipt), receipt.accepted, receipt.duplicates) == ({"a": "ok"}, 1, 1)
    assert ledger(tenant) == {("ok", ""): 1, ("duplicate", ""): 1}


def test_two_tenants_may_use_the_same_event_id():
    first, second = make_tenant("A"), make_tenant("B")
    assert results(send(first, make_event(event_id="a"))) == {"a": "ok"}
    assert results(send(second, make_event(event_id="a"))) == {"a": "ok"}
    assert stored_ids(first) == stored_ids(second) == ["a"]


def test_a_bad_event_costs_its_neighbours_nothing_and_is_kept():
    tenant = make_tenant()
    receipt = send(tenant, make_event(event_id="a"), {"event_id": "b"}, make_event(event_id="c"))
    assert results(receipt) == {"a": "ok", "b": "drop", "c": "ok"}
    assert ledger(tenant) == {("ok", ""): 2, ("quarantined", "missing_name"): 1}
    with tenant_scope(tenant.id):
        kept = QuarantinedEvent.objects.get(tenant=tenant)
    assert (bytes(kept.raw), kept.reason) == (b'{"event_id": "b"}', "missing_name")


def test_every_event_received_has_exactly_one_outcome():
    tenant = make_tenant()
    events = [make_event(event_id=f"e{n % 70}", timestamp=("bad" if n % 7 == 0 else None)) for n in range(200)]
    for _ in range(3):
        send(tenant, *events)
    assert sum(ledger(tenant).values()) == 600
    assert ledger(tenant)["ok", ""] == len(stored_ids(tenant))


def test_a_warning_is_stored_and_shows_in_the_ledger_under_ok():
    tenant = make_tenant()
    receipt = send(tenant, make_event("a\x00", event_id="a"))
    assert (receipt.results["a"].result, receipt.results["a"].reason) == ("warning", "sanitised")
    assert ledger(tenant) == {("ok", "sanitised"): 1}


def test_any_text_comes_back_as_it_was_sent():
    tenant = make_tenant()
    texts = ["tab\there", "line\nbreak", "back\\slash", r"\N", r"\.", "x\x1e\x1f", "a\r\n", "\u202e bidi", "'; DROP--",
             "\U0001f600", "a\u2028", "\x01\x7f"]  # fmt: skip
    send(tenant, *[make_event(text, page_url=text, properties={text: text}) for text in texts])
    with tenant_scope(tenant.id):
        rows = list(Event.objects.filter(tenant=tenant).order_by("seq"))
    assert [row.event_name for row in rows] == texts
    assert [row.page_url for row in rows] == texts
    assert [row.properties for row in rows] == [{text: text} for text in texts]


def test_eight_clients_that_send_one_batch_three_times_shuffled_leave_exact_counts():
    tenant = make_tenant()
    batches = [[make_event(event_id=f"{batch}-{n}") for n in range(50)] for batch in range(10)]

    def client(number):
        random_ = random.Random(number)
        for batch in random_.sample(batches * 3, len(batches) * 3):
            events = random_.sample(batch, len(batch))
            while send(tenant, *events).retries:
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client, range(8)))
    assert len(stored_ids(tenant)) == 500
    counts = ledger(tenant)
    assert counts["ok", ""] == 500
    assert counts["duplicate", ""] == 8 * 3 * 500 - 500


def test_a_row_that_postgresql_refuses_is_quarantined_and_the_others_are_stored(monkeypatch):
    tenant = make_tenant()
    sender = make_sender(tenant)
    job = prepare(make_envelope(*[make_event(event_id=f"e{n}") for n in range(5)]), sender)
    job.rows[3].line = job.rows[3].line.replace("{}", "{broken", 1)  # what validation should never let through
    receipt = get_writer().submit(job).result(20)
    assert results(receipt) == {"e0": "ok", "e1": "ok", "e2": "ok", "e3": "drop", "e4": "ok"}
    assert ledger(tenant) == {("ok", ""): 4, ("quarantined", "refused"): 1}
    assert stored_ids(tenant) == ["e0", "e1", "e2", "e4"]


def test_connections_terminated_in_a_loop_lose_nothing_and_double_nothing():
    tenant = make_tenant()
    stop = threading.Event()

    def terminate():
        with psycopg.connect(**connection_parameters(), autocommit=True) as connection:
            while not stop.is_set():
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'obc-writer' AND pid <> pg_backend_pid()"
                )
                stop.wait(0.02)

    killer = threading.Thread(target=terminate)
    killer.start()
    acked, sent = set(), 0
    try:
        for batch in range(150):
            events = [make_event(event_id=f"{batch}-{n}") for n in range(20)]
            sent += 20
            for key, verdict in send(tenant, *events).results.items():
                if verdict.result != "retry":
                    acked.add(key)
    finally:
        stop.set()
        killer.join()
    found = set(stored_ids(tenant))
    assert acked <= found
    assert results(send(tenant, make_event(event_id="after"))) == {"after": "ok"}  # it came back by itself
    assert ledger(tenant)["ok", ""] == len(found) + 1


def test_a_commit_whose_answer_is_lost_is_looked_up():
    tenant = make_tenant()
    session = Session()

    class LosesTheAnswer:
        def __init__(self, connection):
            self._connection = connection

        def commit(self):
            self._connection.commit()
            self._connection.close()
            raise psycopg.OperationalError("the answer never came")

        def __getattr__(self, name):
            return getattr(self._connection, name)

    session._connection = LosesTheAnswer(session.connection())
    job = prepare(make_envelope(make_event(event_id="a")), make_sender(tenant))
    session.store([job])
    session.close()
    assert results(job.receipt()) == {"a": "ok"}
    assert stored_ids(tenant) == ["a"]


def test_a_caller_that_gives_up_ends_no_thread():
    tenant = make_tenant()
    for _ in range(20):
        ingest(make_envelope(make_event()), make_sender(tenant)).cancel()
    assert results(send(tenant, make_event(event_id="after"))) == {"after": "ok"}
    assert get_writer().alive()


def test_a_thread_that_died_is_missed_and_replaced():
    tenant = make_tenant()
    writer = get_writer()
    send(tenant, make_event())
    dead = threading.Thread(target=lambda: None)
    dead.start()
    dead.join()
    writer._threads[0] = dead
    assert not writer.healthy()
    send(tenant, make_event())
    assert writer.healthy()


def test_a_full_queue_refuses_at_once_and_takes_again_when_it_drained():
    tenant = make_tenant()
    writer = Writer(threads=0, max_events=10, max_bytes=10**6)  # nobody empties it
    sender = make_sender(tenant)
    writer.submit(prepare(make_envelope(*[make_event() for _ in range(10)]), sender))
    with pytest.raises(Overloaded) as refused:
        writer.submit(prepare(make_envelope(make_event()), sender))
    assert refused.value.retry_after


def test_the_queue_is_bounded_in_bytes():
    tenant = make_tenant()
    writer = Writer(threads=0, max_events=10**6, max_bytes=100_000)
    sender = make_sender(tenant)
    big = {"x": "y" * 60_000}
    writer.submit(prepare(make_envelope(make_event(properties=big)), sender))
    with pytest.raises(Overloaded):
        writer.submit(prepare(make_envelope(make_event(properties=big)), sender))


def test_stopping_finishes_what_waits_and_refuses_more():
    tenant = make_tenant()
    writer = Writer(threads=2, max_events=10**6, max_bytes=10**9)
    writer.start()
    futures = [
        writer.submit(prepare(make_envelope(*[make_event() for _ in range(100)]), make_sender(tenant)))
        for _ in range(20)
    ]
    assert writer.stop(timeout=20)
    assert [future.result(0).accepted for future in futures] == [100] * 20
    with pytest.raises(Overloaded):
        writer.submit(prepare(make_envelope(make_event()), make_sender(tenant)))


def test_an_error_nobody_foresaw_is_answered_retry_and_ends_no_thread(monkeypatch):
    tenant = make_tenant()
    get_writer()
    with monkeypatch.context() as patch:
        patch.setattr(Session, "store", lambda self, jobs: 1 / 0)
        assert results(send(tenant, make_event(event_id="a"))) == {"a": "retry"}
    assert results(send(tenant, make_event(event_id="a"))) == {"a": "ok"}


def test_a_clients_own_counters_are_kept_and_only_grow():
    tenant = make_tenant()
    send(tenant, make_event(), client={"document_id": "d", "tracked": 5, "acked": 4, "dropped": {"cap": 1}})
    send(tenant, client={"document_id": "d", "tracked": 3, "acked": 3, "dropped": {}})
    with tenant_scope(tenant.id):
        report = ClientReport.objects.get(tenant=tenant)
    assert (report.tracked, report.acked, report.dropped) == (5, 4, {"cap": 1})


def test_the_ledger_tells_door_and_key():
    tenant = make_tenant()
    key = make_write_key(tenant)
    send(tenant, make_event(), sender=make_sender(tenant, door="ws", key_id=key.id))
    with tenant_scope(tenant.id):
        line = IngestOutcome.objects.get(tenant=tenant)
        assert (line.door, line.key_id) == ("ws", key.id)
        deadline = time.monotonic() + 5
        while key.last_used_at is None and time.monotonic() < deadline:  # noted after the answer
            key.refresh_from_db()
        assert key.last_used_at is not None


def test_many_tenants_in_one_transaction_keep_their_own():
    tenants = [make_tenant(f"T{n}") for n in range(6)]

    def client(number):
        for _ in range(10):
            for tenant in random.Random(number).sample(tenants, 6):
                send(tenant, *[make_event(event_id=str(uuid.uuid4())) for _ in range(5)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(client, range(4)))
    assert [len(stored_ids(tenant)) for tenant in tenants] == [200] * 6
    assert [ledger(tenant) for tenant in tenants] == [{("ok", ""): 200}] * 6
