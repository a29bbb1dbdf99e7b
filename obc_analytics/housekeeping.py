"""Jobs that keep the installation's own tables small: sessions, and the jobs themselves."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db.models import Q
from django.utils.timezone import now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from obc_analytics.worker import STALLED_AFTER

KEEP_DONE = timedelta(days=1)
KEEP_FAILED = timedelta(days=30)


def clear_sessions() -> None:
    """Delete the rows of sessions that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def retry_stalled() -> int:
    """Hand jobs whose worker is gone to another one; how many."""
    gone = Q(worker=None) | Q(worker__last_heartbeat__lt=now() - STALLED_AFTER)
    stalled = list(ProcrastinateJob.objects.filter(gone, status="doing"))
    for job in stalled:
        app.job_manager.retry_job_by_id(job.id, now(), job.priority, job.queue_name, job.lock)
    return len(stalled)


def clear_jobs() -> int:
    """Delete jobs that ended long enough ago, with their events; how many."""
    ended = {"succeeded": KEEP_DONE, "cancelled": KEEP_DONE, "aborted": KEEP_FAILED, "failed": KEEP_FAILED}
    return sum(_delete(status, age) for status, age in ended.items())


def _delete(status: str, age: timedelta) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = %s::procrastinate_job_status AND NOT EXISTS ("
            " SELECT FROM procrastinate_events WHERE job_id = procrastinate_jobs.id AND at > %s)",
            [status, now() - age],
        )
        return cursor.rowcount
