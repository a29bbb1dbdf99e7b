"""People's SQL: what it answers, and that a hostile statement reaches nothing else."""

from __future__ import annotations

import os
import threading

import pytest

from events.query import engine, people_sql, run
from events.query.engine import Cancelled, Ticket
from events.query.sandbox import pool
from events.query.types import parse_question
from events.segments import cut
from obc_analytics.errors import BadRequest, ObcError, TooSlow
from tenants.auth import TenantConfig
from tests.factories import make_event, make_tenant, send
from tests.live import wait_for

FOREVER = "select count(*) from range(1000000) a, range(1000000) b"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant(settings, tmp_path):
    """Two rows in a segment, one in the tail."""
    settings.DATA_DIR = tmp_path
    run.forget()
    tenant = make_tenant()
    send(tenant, make_event("a", user_id="ann", device_id="d", properties={"plan": "pro"}), make_event("b"))
    cut.cut(tenant.id)
    send(tenant, make_event("a", device_id="d"))
    return tenant


def ask(tenant, sql, ticket=None):
    return run.run(TenantConfig.of(tenant), parse_question({"kind": "sql", "sql": sql}), ticket=ticket)


def test_segments_and_tail_are_one_table(tenant):
    found = ask(tenant, "select event_name, count(*) as n from events group by 1 order by 1; -- done")
    assert found["columns"] == [{"name": "event_name", "type": "VARCHAR"}, {"name": "n", "type": "BIGINT"}]
    assert (found["rows"], found["truncated"]) == ([["a", 2], ["b", 1]], False)


def test_who_is_one_actor_for_linked_ids(tenant):
    assert ask(tenant, "select count(distinct who) from events where event_name = 'a'")["rows"] == [[1]]


def test_every_documented_column_is_there(tenant):
    found = ask(tenant, "select * from events")
    assert [(column["name"], column["type"]) for column in found["columns"]] == [
        (name, type_) for name, type_, _ in people_sql.COLUMNS
    ]


def test_values_are_json_that_loses_nothing(tenant):
    found = ask(
        tenant,
        "select 9007199254740993, 1.5, 0.1234567890123456789, 'nan'::double, [1, null], {'a': 1}, '\\xFF'::blob,"
        " timestamp '2026-01-02 03:04:05', timestamptz '2026-01-02 03:04:05+01', date '2026-01-02'",
    )
    assert found["rows"] == [
        ["9007199254740993", 1.5, "0.1234567890123456789", None, [1, None], {"a": 1}, "ff",
         "2026-01-02T03:04:05", "2026-01-02T02:04:05Z", "2026-01-02"]
    ]  # fmt: skip


def test_rows_beyond_the_limit_are_cut_and_said_to_be(tenant):
    found = ask(tenant, "select * from range(500000000)")
    assert (len(found["rows"]), found["truncated"]) == (people_sql.ROWS, True)


def hostile(folder):
    return [
        "copy events to '/tmp/x.csv'", "attach '/tmp/x.db'", "install httpfs", "load httpfs", "set threads = 9",
        "pragma database_list", "select 1; select 2", "drop table tail", "create table x as select 1", "",
        "from read_csv('/etc/passwd')", "from read_text('/etc/passwd')", "from glob('/*')", "from '/etc/passwd'",
        f"from read_parquet('{folder}/segments/*/*/*.parquet')", "from 'https://example.org/x.csv'",
        "select getenv('PATH')", "from duckdb_settings()", "from duckdb_views", "from sqlite_master",
        "from information_schema.tables", "from pg_catalog.pg_views", "select current_setting('allowed_paths')",
        "from query('from duckdb_settings()')", "from query_table('tail')", "from tail", "show tables",
        "call duckdb_settings()",
        "explain select * from events", "with x as (from duckdb_settings()) from x",
        "select (select max(sql) from duckdb_views())", "show tables from main",
        # a WITH of the same name opened the engine's own, outside of it and by its schema
        'with "information_schema.tables" as (select 1) from information_schema.tables',
        "select sql from (with duckdb_views as (select 1) from duckdb_views) a, duckdb_views",
        "from (with sqlite_master as (select 1) select 1), sqlite_master",
        'with "main.tail" as (select 1) from main.tail',
        f"from parquet_metadata('{folder}/x')", "select nonsense from events", "from events.a.b",
        "select json_execute_serialized_sql('x')", "select filename from events",
    ]  # fmt: skip


def test_a_hostile_statement_is_refused_and_names_no_path(tenant, tmp_path):
    answered, telling = [], []
    for sql in hostile(tmp_path):
        try:
            answered.append((sql, ask(tenant, sql or " ")["rows"]))
        except BadRequest as error:
            assert error.details["path"] == "$.sql"
            if str(tmp_path) in error.message or "root:" in error.message:
                telling.append((sql, error.message))
    assert (answered, telling) == ([], [])


def test_a_with_may_have_the_name_of_anything_that_is_not_the_engines_own(tenant):
    for name in ("tables", "views", "columns", "events", "Links"):
        assert ask(tenant, f"with {name} as (select 7) from {name.lower()}")["rows"] == [[7]]


@pytest.mark.parametrize(
    "sql",
    [
        "select string_agg(repeat('x', 1000000)) from range(100000)",
        "select count(*) from range(1000000) a, range(1000000) b, range(1000) c",
        "with recursive x as (select 1 n union all select n + 1 from x) select count(*) from x",
        "select list(a.range) from range(500000000) a",
        "select " + "(" * 3000,
    ],
)
def test_what_takes_too_much_ends_and_the_next_one_is_answered(tenant, monkeypatch, sql):
    monkeypatch.setattr(people_sql, "SECONDS", 1.5)
    with pytest.raises(ObcError) as refused:
        ask(tenant, sql)
    assert isinstance(refused.value, BadRequest | TooSlow)
    monkeypatch.setattr(people_sql, "SECONDS", 10.0)
    assert ask(tenant, "select 1")["rows"] == [[1]]


def test_a_statement_holds_no_place_of_the_engine_and_cancelling_ends_its_child(tenant, monkeypatch):
    children = []
    monkeypatch.setattr(pool, "_end", lambda child, end=pool._end: (children.append(child), end(child)))
    ticket = Ticket()

    def ask_in_vain():
        with pytest.raises(Cancelled):
            ask(tenant, FOREVER, ticket)

    asking = threading.Thread(target=ask_in_vain)
    asking.start()
    wait_for(lambda: pool.places.free == 0 and engine.places.free == engine.RUNNING, "the child to work alone")
    ticket.cancel()
    asking.join(people_sql.SECONDS)
    assert (pool.places.free, asking.is_alive()) == (1, False)
    assert [child.poll() is not None for child in children] == [True]


def test_another_tenants_rows_are_in_no_answer(tenant):
    other = make_tenant("Other")
    send(other, make_event("theirs"))
    cut.cut(other.id)
    assert ask(tenant, "select count(*) from events where event_name = 'theirs'")["rows"] == [[0]]


def test_the_child_has_no_network_where_the_system_allows_that(tenant):
    if not ask(tenant, "select 1")["limits"]["offline"]:
        pytest.skip("NOT TESTED HERE: a network namespace needs root or user namespaces")
    pool.prepare()
    child = pool._spare.pid
    wait_for(lambda: os.readlink(f"/proc/{child}/ns/net") != os.readlink("/proc/self/ns/net"), "the child to leave it")
