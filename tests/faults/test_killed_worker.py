"""The worker killed again and again while it cuts: the next one finishes its work, and no answer was ever wrong."""

from __future__ import annotations

import signal

import pytest

from tests.faults.load import Load, assert_exact
from tests.live import wait_for

pytestmark = pytest.mark.slow  # cuts come by the minute, and a dead worker's job is handed on after 45 s


def total(stack):
    status, answer = stack.request(
        "POST",
        "/api/v1/analytics/query",
        {"kind": "trends", "series": [{"event": "load", "measure": "total"}]},
        stack.secret_key,
    )
    assert status == 200, answer
    return answer["series"][0]["total"]


def watermark(stack):
    with stack.connect() as connection:
        return connection.execute("SELECT coalesce(max(seq), 0) FROM watermarks").fetchone()[0]


def state(stack):
    """What jobs there are, and what the worker said."""
    with stack.connect() as connection:
        jobs = connection.execute("SELECT task_name, status::text, worker_id FROM procrastinate_jobs ORDER BY id")
        return "\n".join(map(str, jobs.fetchall()[-20:])) + stack.messages("worker")


def test_a_worker_killed_while_it_cuts_is_replaced_by_the_next(make_live_stack):
    stack = make_live_stack(worker=True)
    with Load(stack, clients=2, size=200) as load:
        for _ in range(3):
            before = watermark(stack)
            wait_for(lambda known=before: watermark(stack) > known, "a cut", lambda: state(stack), seconds=200)
            known = len(load.acked)
            stack._end("worker", signal.SIGKILL)
            assert known <= total(stack)
            stack.start_worker()
    assert_exact(stack, load)
    assert total(stack) == len(load.acked)
    reached = watermark(stack)
    stack.send({"event_id": "last", "event_name": "load"})
    wait_for(lambda: watermark(stack) > reached, "the last worker to cut", seconds=200)
    assert total(stack) == len(load.acked) + 1
