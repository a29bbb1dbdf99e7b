"""How long rows and the admin take over a large table."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from psycopg import sql

from events.bench.cases.context import Bench
from events.bench.figures import Row, Table, percentile
from events.bench.stack import Stack

CHUNK = 250_000  # rows of one transaction
USERS = 50_000
TIMES = 40  # the read API allows 600 a minute
API = "/api/v1/analytics"
FILL = """
INSERT INTO analytics_events (id, seq, event_id, tenant_id, user_id, distinct_id, device_id, session_id, event_name,
    event_category, properties, timestamp, page_url, referrer, user_agent, device_info, created_at, processed_at)
SELECT uuidv7(), nextval('analytics_events_seq_seq'), uuidv7()::text, %(tenant)s, person, person::text,
    'd-' || n %% %(users)s, 's-' || n / 12,
    (array['page_view', 'page_view', 'page_leave', 'click', 'search', 'dataset_opened', 'error'])[1 + n %% 7],
    'feature', jsonb_build_object('path', '/projects/overview', 'position', n %% 20, 'plan', 'free'),
    at, 'https://app.example/projects/overview', 'https://app.example/dashboard',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36',
    '{"browser": "Chrome", "os": "Mac OS X", "device_type": "desktop"}', at, at
FROM generate_series(%(first)s::bigint, %(last)s::bigint) n,
    LATERAL (SELECT md5((n * 7919 %% %(users)s)::text)::uuid AS person,
             now() - interval '90 days' * (1 - n / %(rows)s::float8) AS at) one
"""


def run(bench: Bench) -> list[Table]:
    stack = bench.stack
    seconds = fill(stack, bench.rows, bench.say)
    with stack.connect() as connection:
        size = connection.execute("SELECT pg_total_relation_size('analytics_events')").fetchone()
        person = connection.execute("SELECT user_id FROM analytics_events LIMIT 1").fetchone()
    assert size and person
    bearer = {"Authorization": f"Bearer {stack.secret_key}"}
    cookie = {"Cookie": f"sessionid={stack.session}"}
    first = f"{API}/events?limit=50"
    rows = [
        asked(stack, "GET events, first page", "≤ 30 ms", first, bearer),
        asked(stack, "GET events, second page", "", following(stack, first, bearer), bearer),
        asked(stack, "GET events of one user", "", f"{first}&user_id={person[0]}", bearer),
        asked(stack, "GET events of one name", "", f"{first}&event_name=error", bearer),
        asked(stack, "admin list", "≤ 300 ms", "/admin/events/event/", cookie),
        asked(stack, "admin list of one tenant", "", f"/admin/events/event/?tenant={stack.tenant_id}", cookie),
    ]
    note = f"{bench.rows:,} rows, {size[0] / 2**30:.1f} GB with indexes; filled in {seconds:.0f} s by INSERT … SELECT."
    return [Table(f"Reading at {bench.rows:,} events", rows, [note])]


def fill(stack: Stack, rows: int, say: Callable[[str], None]) -> float:
    """Rows of 90 days in the order of time, as the login; seconds it took."""
    began = time.monotonic()
    with stack.connect() as connection:
        for first in range(0, rows, CHUNK):
            last = min(first + CHUNK, rows) - 1
            values = {"tenant": stack.tenant_id, "users": USERS, "rows": rows, "first": first, "last": last}
            connection.execute(FILL, values)
            if first // CHUNK % 4 == 3:
                say(f"{last + 1:,} rows after {time.monotonic() - began:.0f} s")
        connection.execute(sql.SQL("VACUUM (ANALYZE) analytics_events"))
    return time.monotonic() - began


def asked(stack: Stack, name: str, goal: str, path: str, headers: dict[str, str]) -> Row:
    """The same question some times over one connection; the first answer is told apart, it fills caches."""
    connection = http.client.HTTPConnection(stack.host, stack.port, timeout=60)
    taken: list[float] = []
    for _ in range(TIMES if path else 0):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            return {"question": name, "goal": goal, "status": answer.status}
    connection.close()
    if not taken:
        return {"question": name, "goal": goal, "status": "not asked"}
    return {"question": name, "goal": goal, "status": 200, "first ms": taken[0], "p50 ms": percentile(taken, 0.5),
            "p99 ms": percentile(taken[1:], 0.99), "KB": len(body) / 1024}  # fmt: skip


def following(stack: Stack, path: str, headers: dict[str, str]) -> str:
    """Path of the page after this one; empty when there is none."""
    connection = http.client.HTTPConnection(stack.host, stack.port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    link = json.loads(body).get("next") if answer.status == 200 else None
    parts = urlsplit(link or "")
    return f"{parts.path}?{parts.query}" if link else ""
