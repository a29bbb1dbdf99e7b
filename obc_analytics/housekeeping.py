"""Jobs that keep the installation's own tables small: sessions, and the jobs themselves."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import UniqueViolation

from obc_analytics.worker import STALLED_AFTER

KEEP_DONE = timedelta(days=1)
KEEP_FAILED = timedelta(days=30)


def clear_sessions() -> None:
    """Delete the rows of sessions that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def retry_stalled() -> int:
    """Hand jobs whose worker is gone to another one; how many. Where the next of its kind waits already, that one
    does the work: the dead one ends, so that its lock is free."""
    gone = Q(worker=None) | Q(worker__last_heartbeat__lt=now() - STALLED_AFTER)
    stalled = list(ProcrastinateJob.objects.filter(gone, status="doing"))
    for job in stalled:
        try:
            app.job_manager.retry_job_by_id(job.id, now(), job.priority, job.queue_name, job.lock)
        except UniqueViolation:  # procrastinate_jobs_queueing_lock_idx: one of a kind waits at a time
            with connection.cursor() as cursor:
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'aborted', false)", [job.id])
    return len(stalled)


def clear_jobs() -> int:
    """Delete jobs that ended long enough ago, with their events; how many."""
    ended = {"succeeded": KEEP_DONE, "cancelled": KEEP_DONE, "aborted": KEEP_FAILED, "failed": KEEP_FAILED}
    return sum(_delete(status, age) for status, age in ended.items())


def _delete(status: str, age: timedelta) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = %s::procrastinate_job_status AND NOT EXISTS ("
            " SELECT FROM procrastinate_events WHERE job_id = procrastinate_jobs.id AND at > %s)",
            [status, now() - age],
        )
        return cursor.rowcount
