"""The admin's list of events: newest first, found by index, in work that does not grow with the table."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.inspection import keyset
from events.models import Event
from tenants.scope import operator_scope
from tests.factories import at, make_event, make_sender, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/admin/events/event/"


def names(response):
    assert response.status_code == 200, response.status_code
    return [event.event_name for event in response.context["cl"].result_list]


def links(response):
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(\?[^"]*)"', response.content.decode())]


def older(response):
    return next((link for link in links(response) if "before=" in link), None)


def numbered(count, **fields):
    return [make_event(f"n{number:03d}", **fields) for number in range(count)]


def test_it_shows_an_event_right_after_its_ack(root, acme):
    send(acme, make_event("bought_tea"))
    assert names(root.get(URL)) == ["bought_tea"]


def test_it_shows_the_newest_first_and_names_the_tenant(root, acme, other):
    for number, tenant in enumerate((acme, other, acme)):
        received = at(f"2026-11-20 10:0{number}")
        send(tenant, make_event(f"n{number}"), sender=make_sender(tenant, received_at=received))
    response = root.get(URL)
    assert names(response) == ["n2", "n1", "n0"]
    assert [event.tenant.name for event in response.context["cl"].result_list] == ["Acme", "Other", "Acme"]


def test_its_pages_hold_every_event_once(root, acme, other):
    send(acme, *numbered(70))
    send(other, *numbered(70))
    seen, url = [], URL
    while url:
        response = root.get(url)
        seen += [event.id for event in response.context["cl"].result_list]
        url = URL + older(response) if older(response) else None
    assert len(seen) == len(set(seen)) == 140


def test_pages_by_time_hold_events_of_one_instant_once(root, acme):
    send(acme, *numbered(120, timestamp="2026-11-20T10:00:00Z"))
    seen, url = [], URL + "?day=2026-11-20"
    while url:
        response = root.get(url)
        seen += [event.id for event in response.context["cl"].result_list]
        url = URL + older(response) if older(response) else None
    assert len(seen) == len(set(seen)) == 120


def test_it_never_counts_the_table(root, acme):
    send(acme, *numbered(60))
    with CaptureQueriesContext(connection) as queries:
        root.get(URL)
    assert not [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]


def test_its_queries_do_not_grow_with_its_rows(root, acme):
    send(acme, make_event())
    root.get(URL)
    with CaptureQueriesContext(connection) as few:
        root.get(URL)
    send(acme, *numbered(49))
    with CaptureQueriesContext(connection) as many:
        root.get(URL)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?name=click", {"click"}),
        ("?user=mary", {"login"}),
        ("?day=2026-11-20", {"old"}),
        ("?day=2026-11-20&name=click", set()),
        ("?tenant=other", {"foreign"}),
        ("?tenant=nobody", set()),
        ("?event_category=media", {"film"}),
        ("?q=the-id", {"click"}),
        ("?q=mary", {"login"}),
        ("?q=s-77", {"film"}),
        ("?q=nothing", set()),
        ("?q=%00", {"click", "login", "old", "film", "foreign"}),
    ],
)
def test_it_filters_and_searches_exactly(root, acme, other, query, found):
    send(
        acme,
        make_event("click", event_id="the-id"),
        make_event("login", user_id="mary"),
        make_event("old", timestamp="2026-11-20T23:59:59.999Z"),
        make_event("film", event_category="media", session_id="s-77"),
    )
    send(other, make_event("foreign"))
    assert set(names(root.get(URL + query))) == found


def test_it_finds_an_event_by_its_own_id(root, acme):
    send(acme, make_event("click"), make_event("login"))
    with operator_scope():
        event = Event.objects.get(event_name="login")
    assert names(root.get(f"{URL}?q={event.id}")) == ["login"]


@pytest.mark.parametrize("query", ["?day=yesterday", "?day=9999-12-31", "?nonsense=1", "?id=7"])
def test_a_filter_that_makes_no_sense_leads_back_to_the_list(root, acme, query):
    response = root.get(URL + query)
    assert (response.status_code, response["Location"]) == (302, f"{URL}?e=1")


@pytest.mark.parametrize("before", ["x", "~", "2026~1~2", "00000000-0000-0000-0000-00000000000g", "%00"])
def test_a_place_that_makes_no_sense_is_the_beginning(root, acme, before):
    send(acme, make_event("click"))
    assert names(root.get(f"{URL}?before={before}")) == ["click"]


def test_filters_may_not_reach_into_other_tables(root, acme):
    assert root.get(f"{URL}?tenant__keys__digest__startswith=a").status_code == 400


def test_a_filter_without_an_index_looks_so_far_and_says_so(root, acme, monkeypatch):
    monkeypatch.setattr(keyset, "SCAN", 100)
    send(acme, make_event("rare"))
    send(acme, *numbered(350))
    response = root.get(f"{URL}?name=rare")
    assert names(response) == [] and "Look further back" in response.content.decode()
    pages = 1
    while not names(response):
        response = root.get(URL + older(response))
        pages += 1
    assert (names(response), pages) == (["rare"], 4)


def test_a_filter_link_begins_with_the_newest_again(root, acme):
    send(acme, *numbered(60))
    response = root.get(URL + older(root.get(URL)))
    assert not [link for link in links(response) if "before=" in link]
    assert 'name="before"' not in response.content.decode()


def test_with_many_tenants_it_shows_those_that_sent_last_and_says_so(root):
    tenants = [make_tenant(f"T{number}") for number in range(22)]
    send(tenants[0], make_event("hello"))
    response = root.get(URL)
    assert "20 tenants that sent last" in response.content.decode()
    assert len(response.context["cl"].tenants) == 20
    assert names(root.get(f"{URL}?tenant={tenants[0].slug}")) == ["hello"]


def test_its_queries_use_indexes(root, acme):
    """Asked of the planner, with sequential scans priced out: an index must be there for it."""
    send(acme, *numbered(5))
    for query in ("", "?day=2026-11-20", "?user=mary", "?q=the-id", "?name=n001"):
        with CaptureQueriesContext(connection) as queries:
            root.get(URL + query)
        statements = [entry["sql"] for entry in queries if 'FROM "analytics_events"' in entry["sql"]]
        assert statements
        with operator_scope(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            for statement in statements:
                cursor.execute("EXPLAIN " + statement)
                plan = "\n".join(line for (line,) in cursor.fetchall())
                assert "Seq Scan" not in plan, plan
