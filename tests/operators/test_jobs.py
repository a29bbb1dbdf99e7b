"""Background jobs: the table, what they do, and the process that runs them."""

from __future__ import annotations

import signal
from datetime import timedelta

import croniter
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils.module_loading import import_string
from django.utils.timezone import now
from procrastinate.contrib.django import app

from events.lifecycle import expiry
from events.models import ClientReport, QuarantinedEvent
from obc_analytics import housekeeping, jobs
from tenants.scope import operator_scope
from tests.factories import make_event, make_tenant, send
from tests.live import wait_for


@pytest.mark.parametrize("job", jobs.JOBS, ids=lambda job: job.run)
def test_every_job_exists_has_a_rhythm_and_a_reason(job):
    assert callable(import_string(job.run)) and croniter.croniter.is_valid(job.every) and job.why
    assert (job.run, "") in app.periodic_registry.periodic_tasks


def test_no_job_runs_beside_itself_but_the_one_that_frees_the_locks_of_the_dead():
    assert {job.run: app.tasks[job.run].queueing_lock for job in jobs.JOBS} == {job.run: job.run for job in jobs.JOBS}
    unlocked = [job.run for job in jobs.JOBS if app.tasks[job.run].lock != job.run]
    assert unlocked == ["obc_analytics.housekeeping.retry_stalled"]


# --- what they do -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("job", jobs.JOBS, ids=lambda job: job.run)
def test_every_job_runs_on_an_empty_installation(job):
    app.tasks[job.run](timestamp=0)


@pytest.mark.django_db(transaction=True)
def test_quarantined_events_leave_when_their_time_is_up(monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 2)
    for name in ("A", "B"):
        send(make_tenant(name), *[{"event_id": f"e{number}"} for number in range(5)])
    with operator_scope():
        keep = QuarantinedEvent.objects.latest("id")
        QuarantinedEvent.objects.exclude(id=keep.id).update(expires_at=now() - timedelta(seconds=1))
    assert expiry.expire_quarantine() == 9
    with operator_scope():
        assert list(QuarantinedEvent.objects.all()) == [keep]


@pytest.mark.django_db(transaction=True)
def test_counters_of_senders_nobody_heard_of_leave(monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 1)
    tenant = make_tenant()
    for document in ("old", "older", "new"):
        send(tenant, make_event(), client={"document_id": document, "tracked": 1})
    with operator_scope():
        old = ClientReport.objects.filter(document_id__startswith="old")
        old.update(last_seen=now() - expiry.REPORTS_KEPT - timedelta(seconds=1))
    assert expiry.expire_reports() == 2
    with operator_scope():
        assert ClientReport.objects.get().document_id == "new"


@pytest.mark.django_db(transaction=True)
def test_sessions_that_ended_leave():
    for age in (-1, 3600):
        session = SessionStore()
        session.set_expiry(age)
        session.save()
    housekeeping.clear_sessions()
    assert Session.objects.count() == 1


def add_job(status, worker=None, ended=None, kind=None):
    with connection.as_login(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id, lock, queueing_lock)"
            " VALUES ('default', 'x', '{}', %s, %s, %s, %s) RETURNING id",
            [status, worker, kind, kind],
        )
        (job_id,) = cursor.fetchone()
        if ended:
            cursor.execute(
                "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, %s, now() - %s)",
                [job_id, status, ended],
            )
    return job_id


def add_worker(silent_for):
    with connection.as_login(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s) RETURNING id", [silent_for]
        )
        return cursor.fetchone()[0]


def states():
    with connection.as_login(), connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


@pytest.fixture
def no_jobs():
    with connection.as_login(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_dead_worker_are_handed_on(no_jobs):
    orphan, stalled = add_job("doing"), add_job("doing", add_worker(timedelta(minutes=5)))
    alive = add_job("doing", add_worker(timedelta(seconds=5)))
    assert housekeeping.retry_stalled() == 2
    assert states() == {orphan: "todo", stalled: "todo", alive: "doing"}


@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_job_ends_where_the_next_of_its_kind_waits(no_jobs):
    """Else the waiting one never starts: the dead one holds the lock, and can't wait beside it."""
    dead, other = add_job("doing", kind="cut"), add_job("doing", kind="merge")
    waiting = add_job("todo", kind="cut")
    assert housekeeping.retry_stalled() == 2
    assert states() == {dead: "aborted", other: "todo", waiting: "todo"}


@pytest.mark.django_db(transaction=True)
def test_jobs_that_ended_long_ago_leave(no_jobs):
    add_job("succeeded", ended=timedelta(days=2))
    add_job("failed", ended=timedelta(days=40))
    kept = [add_job("succeeded", ended=timedelta(hours=2)), add_job("failed", ended=timedelta(days=2)), add_job("todo")]
    assert housekeeping.clear_jobs() == 2
    assert sorted(states()) == kept


# --- the process ------------------------------------------------------------------------------------


def heartbeat(stack):
    with stack.connect() as connected:
        row = connected.execute("SELECT max(last_heartbeat) FROM procrastinate_workers").fetchone()
    return row[0]


def test_the_worker_outlives_its_database_and_goes_when_told(make_live_stack):
    stack = make_live_stack(worker=True)
    first = wait_for(lambda: heartbeat(stack), "a worker", lambda: stack.messages("worker"))
    wait_for(lambda: stack.request("GET", "/readyz")[1]["status"] == "ok", "/readyz to be content")
    stack.kill_postgres()
    stack.start_postgres()
    came_back = lambda: (beat := heartbeat(stack)) and beat > first  # noqa: E731
    wait_for(came_back, "the worker to come back", lambda: stack.messages("worker"))
    process = stack.worker
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert heartbeat(stack) is None  # it signed off


def test_the_table_of_jobs_can_be_read_on_the_command_line(live_stack):
    printed = live_stack.manage("worker", "--list")
    assert all(job.run in printed and job.why in printed for job in jobs.JOBS)
