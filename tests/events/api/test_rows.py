"""`GET events`: filters, hostile values, pages by cursor, one event."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils.timezone import now
from psycopg import errors

from events.api import listing
from events.query import rows, searching
from events.segments import manifest
from tests.events.api.conftest import API
from tests.factories import make_event, send

HOSTILE = [
    "a'b", 'a"b', "a.b", "a__b", "a%sb", "%", "%(x)s", "{}", "$x", "/y", "~", "*", "", "0", "-1", "a]b", "a->b", "\\",
    "ключ", "😀", "x' OR 1=1 --", "$.a", " ", "properties.x", "tenant_id",
]  # fmt: skip


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["event_id"] for row in answer.json()["results"]]


def error(answer):
    return (
        answer.status_code,
        answer.json()["error"]["code"],
        answer.json()["error"].get("details", {}).get("parameter"),
    )


def ago(**span):
    return (now() - timedelta(**span)).isoformat()


# --- rows ---------------------------------------------------------------------------------------------


def test_a_row_has_every_column_with_times_in_utc(tenant, ask):
    sent = make_event(
        "signup", event_id="a", user_id="ada", properties={"plan": "pro"}, timestamp="2026-01-02T03:04:05+02:00"
    )
    send(tenant, sent, batch_id="b-1")
    row = ask("events").json()["results"][0]
    assert set(row) == set(rows.COLUMNS)
    assert (row["timestamp"], row["properties"], row["batch_id"]) == ("2026-01-02T01:04:05Z", {"plan": "pro"}, "b-1")
    assert row["created_at"].endswith("Z")
    assert (row["distinct_id"], row["tenant_id"]) == ("ada", str(tenant.id))


def test_an_acknowledged_event_is_in_the_very_next_answer(tenant, ask):
    for number in range(5):
        send(tenant, make_event(event_id=f"n{number}"))
        assert f"n{number}" in ids(ask("events"))


def test_without_any_filter_the_list_is_the_whole(tenant, ask):
    send(tenant, make_event(event_id="old", timestamp=ago(days=900)), make_event(event_id="new"))
    answer = ask("events")
    assert ids(answer) == ["new", "old"]
    assert "window" not in answer.json()


def test_another_tenants_rows_are_never_in_it(tenant, other, ask):
    send(other, make_event("theirs", event_id="t", user_id="ada", properties={"k": 1}))
    for query in ({}, {"event_name": "theirs"}, {"user_id": "ada"}, {"properties.k": "1"}, {"ordering": "seq"}):
        assert ids(ask("events", query)) == []
    assert ask("events/t").status_code == 404


# --- filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event_name", "a b"),
        ("event_category", "nav"),
        ("session_id", "s/1"),
        ("correlation_id", "c"),
        ("distinct_id", "u%"),
    ],
)
def test_a_filter_finds_exactly_its_value(tenant, ask, name, value):
    field = {"distinct_id": "user_id"}.get(name, name)
    send(tenant, {**make_event(event_id="hit"), field: value}, make_event(event_id="other"))
    assert ids(ask("events", {name: value})) == ["hit"]
    assert ids(ask("events", {name: value + "x"})) == []


def test_a_batch_is_found_by_its_id(tenant, ask):
    send(tenant, make_event(event_id="a"), batch_id="b-1")
    send(tenant, make_event(event_id="b"), batch_id="b-2")
    assert ids(ask("events", batch_id="b-2")) == ["b"]


def test_a_user_is_found_by_the_id_that_clients_send(tenant, ask):
    uuid = "5B1C7C1E-0C57-4A86-8F0C-5D3A1F4E2B6A"
    send(tenant, make_event(event_id="named", user_id="ada"), make_event(event_id="uuid", user_id=uuid.lower()),
         make_event(event_id="device", device_id="ada"))  # fmt: skip
    assert ids(ask("events", user_id="ada")) == ["named"]
    assert ids(ask("events", user_id=uuid)) == ["uuid"]


def test_a_user_is_found_by_the_uuid_that_a_row_shows(tenant, ask):
    send(tenant, make_event(event_id="named", user_id="ada"))
    shown = ask("events").json()["results"][0]["user_id"]
    assert ids(ask("events", user_id=shown)) == ["named"]


def test_page_url_contains_takes_wildcards_as_characters(tenant, ask):
    send(
        tenant,
        make_event(event_id="a", page_url="https://x/100%_done"),
        make_event(event_id="b", page_url="https://x/100"),
    )
    assert ids(ask("events", page_url__contains="0%_d")) == ["a"]
    assert ids(ask("events", page_url__contains="%")) == ["a"]


def test_since_and_until_are_half_open_and_take_epoch_milliseconds(tenant, ask):
    send(tenant, *[make_event(event_id=f"e{hour}", timestamp=f"2026-11-01T0{hour}:00:00Z") for hour in range(4)])
    assert ids(ask("events", since="2026-11-01T01:00:00Z", until="2026-11-01T03:00:00Z")) == ["e2", "e1"]
    assert ids(ask("events", since="2026-11-01T02:00:00+01:00", until="1793502000000")) == ["e2", "e1"]


PROPERTIES = {
    "five": 5, "five_float": 5.0, "five_text": "5", "true": True, "true_text": "true", "null": None,
    "null_text": "null", "text": "abc", "empty": "", "list": [1], "big": 12345678901234567890123, "small": 0.1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("5", {"five", "five_float", "five_text"}),
        ("5.0", {"five", "five_float"}),
        ("true", {"true", "true_text"}),
        ("null", {"null", "null_text"}),
        ("abc", {"text"}),
        ("", {"empty"}),
        ("[1]", {"list"}),
        ("12345678901234567890123", {"big"}),
        ("0.1", {"small"}),
        ("1e-1", {"small"}),
        ("1e999", set()),
        ("1e131072", set()),
        ("9" * 5_000, set()),
        ("NaN", set()),
        ("-", set()),
    ],
)
def test_a_property_is_found_as_json_value_and_as_text(tenant, ask, value, found):
    send(tenant, *[make_event(event_id=name, properties={"k": each}) for name, each in PROPERTIES.items()],
         make_event(event_id="absent"))  # fmt: skip
    assert set(ids(ask("events", {"properties.k": value}))) == found


@pytest.mark.parametrize("key", HOSTILE)
def test_a_hostile_name_of_a_property_is_only_a_name(tenant, ask, key):
    send(
        tenant,
        make_event(event_id="hit", properties={key: "v"}),
        make_event(event_id="miss", properties={"plain": "v"}),
    )
    assert ids(ask("events", {f"properties.{key}": "v"})) == ["hit"]


@pytest.mark.parametrize("value", [value for value in HOSTILE if value])
@pytest.mark.parametrize("name", ["event_name", "page_url__contains", "user_id", "properties.k"])
def test_a_hostile_value_is_only_a_value(tenant, ask, name, value):
    assert ids(ask("events", {name: value})) == []


# --- what is refused ------------------------------------------------------------------------------------


def test_an_unknown_parameter_is_named_with_what_is_allowed(ask):
    answer = ask("events", {"event": "x"})
    assert error(answer) == (400, "bad_request", "event")
    assert "event_name" in answer.json()["error"]["details"]["allowed"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "yesterday"), ("until", "2026-13-01"), ("since", "99999999999999999999"), ("limit", "0"),
        ("limit", "1001"), ("limit", "ten"), ("limit", "-1"), ("limit", "١"), ("ordering", "event_name"),
        ("ordering", "--seq"), ("cursor", "x"), ("cursor", "!"), ("cursor", "bnVsbA"), ("cursor", "WyJzZXEiLDEsMiwwXQ"),
        ("event_name", "a\0b"), ("event_name", "x" * 10_000), ("properties.k", "\0"), ("properties.a\0", "1"),
    ],
)  # fmt: skip
def test_a_bad_value_is_400_with_the_name_of_its_parameter(ask, name, value):
    assert error(ask("events", {name: value})) == (400, "bad_request", name)


def test_a_parameter_given_twice_is_refused_and_not_half_used(ask):
    assert error(ask("events?event_name=a&event_name=b")) == (400, "bad_request", "event_name")


def test_too_many_filters_of_properties_are_refused(ask):
    query = {f"properties.k{number}": "1" for number in range(listing.MAX_PROPERTIES + 1)}
    assert ask("events", query).status_code == 400


# --- looking back, and time --------------------------------------------------------------------------------


def test_a_filter_without_an_index_searches_all_rows(tenant, ask):
    send(tenant, make_event("x", event_id="old", timestamp=ago(days=800)), make_event("x", event_id="new"))
    answer = ask("events", event_name="x")
    assert ids(answer) == ["new", "old"]
    assert "window" not in answer.json()


def test_while_many_rows_wait_to_be_cut_it_looks_back_seven_days_and_says_so(tenant, ask, monkeypatch):
    monkeypatch.setattr(searching, "TAIL", 1)
    send(tenant, make_event("x", event_id="old", timestamp=ago(days=8)), make_event("x", event_id="new"))
    answer = ask("events", event_name="x")
    assert ids(answer) == ["new"]
    assert "since" in answer.json()["window"]["reason"]
    assert ids(ask("events", event_name="x", since=ago(days=9))) == ["new", "old"]


def test_a_filter_by_user_does_not_look_back(tenant, ask):
    send(tenant, make_event("x", event_id="old", user_id="ada", timestamp=ago(days=800)))
    assert ids(ask("events", user_id="ada")) == ids(ask("events", distinct_id="ada", event_name="x")) == ["old"]


def test_the_pages_of_a_bounded_search_begin_at_the_same_instant(tenant, ask, monkeypatch):
    monkeypatch.setattr(searching, "TAIL", 1)
    send(tenant, *[make_event("x") for _ in range(3)])
    first = ask("events", event_name="x", limit=1).json()
    second = ask(first["next"]).json()
    assert "window" not in second  # it is in the URL by now
    assert f"since={first['window']['since'].replace(':', '%3A')}" in first["next"]


def test_a_search_that_takes_too_long_is_504_and_names_since(tenant, ask, monkeypatch):
    send(tenant, *[make_event() for _ in range(50)])
    monkeypatch.setattr(rows, "SECONDS", 0.05)
    slow = rows._query

    def with_sleep(*arguments):
        return slow(*arguments).extra(where=["pg_sleep(0.1) IS NOT NULL"])

    monkeypatch.setattr(rows, "_query", with_sleep)
    answer = ask("events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "too_slow")
    assert "since" in answer.json()["error"]["message"]


def test_the_time_limit_of_a_question_ends_with_it(tenant, ask):
    ask("events")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_database_that_is_away_is_503_with_retry_after(ask, monkeypatch):
    def gone(*arguments):
        raise OperationalError("gone") from errors.AdminShutdown("gone")

    monkeypatch.setattr("events.api.listing.read_page", gone)
    answer = ask("events")
    assert (answer.status_code, answer.json()["error"]["code"], answer["Retry-After"]) == (503, "overloaded", "2")


# --- pages ------------------------------------------------------------------------------------------------


def walk(ask, query, between=lambda: None):
    """All pages forwards: their ids, and the last page's answer."""
    answer, found = ask("events", query).json(), []
    while True:
        found += [row["event_id"] for row in answer["results"]]
        if not answer["next"]:
            return found, answer
        between()
        answer = ask(answer["next"]).json()


@pytest.mark.parametrize("ordering", rows.ORDERINGS)
def test_pages_hold_every_row_once_and_in_order_even_of_one_instant(tenant, ask, ordering):
    moments = ["2026-11-01T00:00:00Z"] * 7 + ["2026-11-02T00:00:00Z", "2026-10-31T00:00:00Z"]
    send(tenant, *[make_event(event_id=f"e{number}", timestamp=moment) for number, moment in enumerate(moments)])
    found, _ = walk(ask, {"ordering": ordering, "limit": 2})
    everything = ids(ask("events", ordering=ordering, limit=1000))
    assert found == everything
    assert len(set(found)) == len(moments)
    assert (
        everything == ids(ask("events", ordering=ordering.lstrip("-") if ordering[0] == "-" else f"-{ordering}"))[::-1]
    )


def test_newest_first_is_the_order_without_one(tenant, ask):
    send(tenant, make_event(event_id="a", timestamp=ago(hours=2)), make_event(event_id="b", timestamp=ago(hours=3)))
    assert ids(ask("events")) == ids(ask("events", ordering="-timestamp")) == ["a", "b"]


def test_pages_stay_true_while_rows_arrive(tenant, ask):
    before = [f"e{number}" for number in range(12)]
    send(tenant, *[make_event(event_id=name, timestamp=ago(minutes=number)) for number, name in enumerate(before)])
    found, _ = walk(ask, {"limit": 3}, between=lambda: send(tenant, make_event(), make_event(timestamp=ago(minutes=5))))
    assert [name for name in found if name in before] == before
    assert len(found) == len(set(found))


@pytest.mark.parametrize("ordering", rows.ORDERINGS)
def test_previous_leads_back_over_the_same_pages(tenant, ask, ordering):
    send(tenant, *[make_event(timestamp="2026-11-01T00:00:00Z") for _ in range(7)])
    forwards = [ask("events", ordering=ordering, limit=3).json()]
    while forwards[-1]["next"]:
        forwards.append(ask(forwards[-1]["next"]).json())
    backwards = [forwards[-1]]
    while backwards[-1]["previous"]:
        backwards.append(ask(backwards[-1]["previous"]).json())
    shown = [[row["event_id"] for row in page["results"]] for page in forwards]
    assert [[row["event_id"] for row in page["results"]] for page in backwards[::-1]] == shown
    assert forwards[0]["previous"] is None
    assert len(shown) == 3


def test_a_cursor_of_another_ordering_is_refused(tenant, ask):
    send(tenant, make_event(), make_event())
    following = ask("events", ordering="seq", limit=1).json()["next"]
    assert error(ask(following.replace("ordering=seq", "ordering=-seq"))) == (400, "bad_request", "cursor")


def test_the_next_page_keeps_the_filters_and_leaves_out_the_key(tenant, ask, client):
    send(tenant, *[make_event("a b&c") for _ in range(2)])
    following = ask("events", {"event_name": "a b&c", "limit": 1}).json()["next"]
    assert following.startswith(f"http://testserver{API}/events?event_name=a+b%26c")
    assert len(ids(ask(following))) == 1


def explained(tenant, **filters):
    from events.models import Event
    from tenants.auth import TenantConfig
    from tenants.scope import tenant_scope

    cursor = rows.Cursor("-timestamp", now(), 10**9)
    with tenant_scope(TenantConfig.of(tenant).id), connection.cursor() as database:
        database.execute("SET LOCAL enable_seqscan = off")  # the table is tiny here
        query = rows._query(tenant.id, Event.objects.filter(**filters), "-timestamp", cursor)[:51]
        return query.explain()


def test_a_page_is_read_by_the_index_of_its_order(tenant):
    send(tenant, *[make_event(user_id=f"u{number}") for number in range(500)])
    with manifest.connect() as owner:
        owner.execute("ANALYZE analytics_events")  # an empty table's two indexes cost the same
    assert "analytics_events_time" in explained(tenant)
    assert "analytics_events_actor" in explained(tenant, distinct_id="ada")


# --- one event ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event_id", ["a", "a/b/c", "a b?c#d%", "../stats", "é"])
def test_an_event_is_found_by_the_senders_id(tenant, ask, event_id):
    from urllib.parse import quote

    send(tenant, make_event(event_id=event_id))
    for slash in ("", "/"):
        answer = ask(f"events/{quote(event_id, safe='')}{slash}")
        assert (answer.status_code, answer.json()["event_id"]) == (200, event_id)


def test_an_event_that_is_not_there_is_404(ask):
    answer = ask("events/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
