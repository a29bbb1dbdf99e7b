"""kill -9 at each step of a cut, a merge, a rebuild and a clean-up: no row is lost or doubled, nothing stays behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection

from events.models import Segment
from events.query.relation import open_relation
from events.segments import clean, cut, files, maintenance, merge, rebuild, verify
from tenants.scope import tenant_scope
from tests import own_server
from tests.factories import make_event, make_tenant, send
from tests.faults.mortal import STEPS
from tests.live import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
KILLED = -9


@pytest.fixture(scope="module")
def process(tmp_path_factory, django_db_setup):
    folder = tmp_path_factory.mktemp("data")
    environment = own_server.clean_environment(
        DATABASE_URL=database_url(), OBC_DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="obc_analytics.settings"
    )
    command = [sys.executable, "-m", "tests.faults.mortal"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes) as started:
        assert started.stdout.readline() == "ready\n"
        yield folder, started
        started.stdin.close()
    assert started.returncode == 0


@pytest.fixture
def mortal(process, settings, monkeypatch):
    """`mortal("cut", "renamed", tenant)`: that job in a process of its own; how it ended."""
    settings.DATA_DIR, started = process
    for name in ("GRACE", "ORPHAN_AGE"):
        monkeypatch.setattr(clean, name, timedelta(0))
    monkeypatch.setattr(merge, "AT_LEAST", 2)

    def run(job, step, tenant):
        started.stdin.write(json.dumps({"job": job, "step": step, "tenant": str(tenant.id)}) + "\n")
        started.stdin.flush()
        return int(started.stdout.readline())

    return run


def database_url():
    """The test database, for another process."""
    name = connection.settings_dict["NAME"]
    return urlsplit(django_settings.DATABASE_URL)._replace(path=f"/{name}").geturl()


def fill(tenant, count=7):
    send(tenant, *[make_event(timestamp=f"2026-{1 + n % 2:02}-01T00:00:00Z") for n in range(count)])


def asked(tenant):
    """How often each event is in the answer of a question."""
    with open_relation(tenant.id) as relation:
        rows = relation.connection.execute(f"SELECT event_id FROM {relation.source()}").fetchall()
    return Counter(row[0] for row in rows)


def stored(tenant):
    with tenant_scope(tenant.id), connection.cursor() as cursor:
        cursor.execute("SELECT event_id FROM analytics_events WHERE tenant_id = %s", [tenant.id])
        return Counter(row[0] for row in cursor.fetchall())


def finish(job, tenant):
    """The same job again, as the next worker would run it."""
    work = {"cut": cut.cut, "backlog": cut.cut, "merge": merge.merge, "rebuild": rebuild.rebuild}
    if job in {"cut", "backlog", "merge"}:  # the dead one's lock goes when PostgreSQL notices
        work[job](tenant.id, wait=True)
    elif job == "rebuild":
        rebuild.rebuild(tenant.id)
    clean.clean(tenant.id)


def left_over(tenant):
    """Files that no manifest names, and pieces of work that nobody finishes."""
    with tenant_scope(tenant.id):
        named = {files.absolute(path) for path in Segment.objects.values_list("path", flat=True)}
    found = {path for path in files.folder(tenant.id).rglob("*") if path.is_file()}
    return (found ^ named) | set((django_settings.DATA_DIR / "tmp").iterdir())


@pytest.mark.parametrize("job", STEPS)
def test_a_kill_at_any_step_loses_nothing_doubles_nothing_and_leaves_nothing(mortal, job):
    for step in STEPS[job]:
        tenant = make_tenant(f"{job} {step}")
        for _ in range(2):
            fill(tenant)
            if job not in {"cut", "backlog"}:
                cut.cut(tenant.id)
        if job == "clean":
            merge.merge(tenant.id)
        fill(tenant, 3)

        assert mortal(job, step, tenant) == KILLED, step
        assert asked(tenant) == stored(tenant), step
        assert sum(asked(tenant).values()) == 17, step
        finish(job, tenant)
        maintenance.clean_files()
        assert asked(tenant) == stored(tenant), step
        assert left_over(tenant) == set(), step
        assert [finding.damage for finding in verify.verify(tenant.id) if finding.damage] == [], step
        fill(tenant, 4)
        assert cut.cut(tenant.id) in {4, 7}, step
        assert asked(tenant) == stored(tenant) and sum(stored(tenant).values()) == 21, step
