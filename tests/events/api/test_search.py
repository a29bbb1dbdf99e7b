"""`GET events` by filters without an index: what a plain filter over all rows finds, in segments and tail alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from events.api import listing
from events.query import engine, rows, searching
from events.segments import cut, manifest
from obc_analytics.errors import TooSlow
from tenants.auth import TenantConfig
from tests.events.api.test_query import own_folder  # noqa: F401
from tests.events.api.test_rows import HOSTILE, PROPERTIES
from tests.factories import make_event, send

START = datetime(2026, 11, 1, tzinfo=UTC)
VALUES = [*PROPERTIES.values(), 5e3, 1.10, "1.10", 10**40, [1, 2], {"a": 1}, '{"a": 1}', "[1, 2]", "NULL", 7, "007"]
QUERIES = [
    *[{"properties.k": text} for text in ("5", "5.0", "5000", "5e3", "1.1", "1.10", "true", "null", "", "[1, 2]", "0.1",
       '{"a": 1}', "12345678901234567890123", "1" + "0" * 40, "7", "007", "-", "1e999", "absent", "NULL")],
    {"event_name": "a"}, {"event_name": "a", "properties.k": "5"}, {"event_category": "nav", "session_id": "s/1"},
    {"page_url__contains": "0%_d"}, {"properties.k": "5", "since": "2026-11-01T00:00:20Z"},
    {"event_name": "b", "until": "2026-11-01T00:00:40Z"}, {"properties.k": ["5", "5.0"]},
]  # fmt: skip


@pytest.fixture
def config(tenant):
    """Two of three rows lie in segments, in two files; many share an instant."""
    events = [
        make_event(
            "ab"[number % 2],
            timestamp=(START + timedelta(seconds=number // 3)).isoformat(),
            event_category="nav" if number % 5 else None,
            session_id="s/1",
            page_url="https://x/100%_done" if number % 7 == 0 else "https://x/100",
            properties={"k": value},
        )
        for number, value in enumerate(VALUES * 3)
    ]
    for number in range(3):
        send(tenant, *events[number * len(VALUES) : (number + 1) * len(VALUES)])
        if number < 2:
            cut.cut(tenant.id)
    return TenantConfig.of(tenant)


def query_of(values):
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


def searched(config, query, ordering, limit):
    """All pages forwards, then all back again: the ids of both ways."""
    ways = []
    page = None
    for direction in ("next", "previous"):
        found, cursor = [], None if page is None else page.previous
        while page is None or cursor:
            page = searching.search(
                config, listing.wanted(query), listing.filtered(query, config), ordering, limit, cursor
            )
            ids = [row["seq"] for row in page.rows]
            found = found + ids if direction == "next" else ids + found
            cursor = getattr(page, direction)
        ways.append(found)
    return ways


def plain(config, query, ordering):
    page = rows.read_page(config, listing.filtered(query, config), ordering, 1_000, None)
    return [row["seq"] for row in page.rows]


def test_pages_of_any_filter_and_ordering_hold_what_a_plain_filter_finds(config):
    found_any = 0
    for number, values in enumerate(QUERIES):
        query, ordering = query_of(values), rows.ORDERINGS[number % 4]
        expected = plain(config, query, ordering)
        forwards, _ = searched(config, query, ordering, 1_000)
        assert forwards == expected, (values, ordering)
        found_any += bool(expected)
    assert found_any > len(QUERIES) * 0.7


@pytest.mark.parametrize("ordering", rows.ORDERINGS)
def test_small_pages_lead_through_all_rows_and_back(config, ordering):
    for values in ({"properties.k": "[1, 2]"}, {"event_name": "a"}):  # of the lists, only some pass
        query = query_of(values)
        expected = plain(config, query, ordering)
        forwards, backwards = searched(config, query, ordering, 2)
        assert forwards == expected and len(expected) > 4
        last = len(expected) % 2 or 2
        assert backwards == expected[:-last]


def test_hostile_names_and_values_are_only_names_and_values(tenant):
    names = [*HOSTILE, "tab\tline\nbell\x07del\x7f\x1f", 'quo"te\\', "\u2028é"]
    send(tenant, *[make_event("x", event_id=f"e{at}", properties={key: key}) for at, key in enumerate(names)])
    cut.cut(tenant.id)
    config = TenantConfig.of(tenant)
    for at, key in enumerate(names):
        query = query_of({f"properties.{key}": key})
        page = searching.search(config, listing.wanted(query), listing.filtered(query, config), "seq", 9, None)
        assert [row["event_id"] for row in page.rows] == [f"e{at}"], key


def test_at_every_moment_of_a_cut_each_row_is_found_once(config, tenant, monkeypatch):
    query, seen = query_of({"event_name": "a"}), []

    def look(*arguments, **options):
        seen.append(searched(config, query, "-timestamp", 1_000)[0])

    whole = manifest.commit

    def watched(*arguments, **options):
        look()
        whole(*arguments, **options)
        look()

    monkeypatch.setattr(manifest, "commit", watched)
    expected = plain(config, query, "-timestamp")
    look()
    assert cut.cut(tenant.id) == len(VALUES)
    assert seen == [expected] * 3


def test_a_search_past_its_time_names_since(config, monkeypatch):
    monkeypatch.setattr(rows, "SECONDS", 0.0)
    monkeypatch.setattr(engine, "INTERRUPT_EVERY_S", 0.001)
    endless = "SELECT count(*) FROM range(1000000) a(i), range(100000) b(i) WHERE a.i % 7 = b.i % 5"
    monkeypatch.setattr(searching, "candidates", lambda relation, *_: relation.connection.execute(endless).fetchall())
    query = query_of({"event_name": "a"})
    with pytest.raises(TooSlow, match="since") as raised:
        searching.search(config, listing.wanted(query), listing.filtered(query, config), "seq", 9, None)
    assert raised.value.details == {"narrow": "since"}
