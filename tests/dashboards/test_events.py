"""The events explorer: filters, columns, pages and CSV; one event raw."""

from __future__ import annotations

import csv
import io
import re

import pytest

from dashboards.csv import neutral
from dashboards.exploring import read_columns
from dashboards.filtering import joined, read_filters
from events.models import Event
from tenants.scope import tenant_scope
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, make_sender, make_write_key, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def get(tenant, sign_in):
    client = sign_in(tenant, "viewer")
    return lambda path="", query=None: client.get(f"/t/{tenant.slug}/events/{path}", query or {})


def names(response):
    return re.findall(r'tabindex="0"><bdi>(\w+)</bdi>', response.content.decode())


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    "filter_, found",
    [
        ("$event_name~is~buy", {"buy"}),
        ("$event_name~is_not~buy", {"view", "leave"}),
        ("amount~gt~5", {"buy"}),
        ("amount~is_set", {"buy", "view"}),
        ("amount~is_not_set", {"leave"}),
        ("plan~contains~PR", {"view"}),
        ("a~b~is~c~d", {"leave"}),
    ],
)
def test_a_filter_of_the_address_decides_what_is_shown(tenant, get, filter_, found):
    send(
        tenant, make_event("buy", properties={"amount": 7}), make_event("view", properties={"amount": 3, "plan": "pro"})
    )
    send(tenant, make_event("leave", properties={"a~b": "c~d"}))
    shown = get(query={"f": filter_, "c": "$event_name"})
    assert set(names(shown)) == found


def test_filters_add_up_and_each_can_be_taken_away(tenant, get):
    send(tenant, make_event("buy", user_id="a"), make_event("buy", user_id="b"))
    shown = get(query={"f": ["$event_name~is~buy", "$distinct_id~is~a"], "c": ["$event_name", "$distinct_id"]})
    assert names(shown) == ["buy"]
    assert f'<a class="cell" href="/t/{tenant.slug}/people/profile?id=a"><bdi>a</bdi></a>' in shown.content.decode()
    assert 'href="?f=%24event_name~is~buy&amp;c=' in shown.content.decode()


def test_a_new_filter_becomes_part_of_the_address(get):
    answer = get(query={"fp": "plan", "fo": "is", "fv": "a & b", "range": "30d", "f": "x~is~y"})
    assert answer.status_code == 302
    assert answer["Location"].endswith("?range=30d&f=x~is~y&f=plan~is~a+%26+b")


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        "$nope~is~x",
        "amount~gt~five",
        "~is~x",
        "x" * 300 + "~is~y",
        "a~regex~(",
        "a~regex~[",
        "a~regex~*",
        "a~regex~\\",
    ],
)
def test_a_bad_filter_is_told_and_the_rest_is_kept(tenant, get, bad):
    send(tenant, make_event("buy"))
    shown = get(query={"f": [bad, "$event_name~is~buy"]})
    assert shown.status_code in (200, 400)
    assert b'role="alert"' in shown.content or b"not understood" in shown.content
    assert holes(shown) == []


@pytest.mark.parametrize("filtered", [False, True])
def test_pages_hold_every_event_once(tenant, get, monkeypatch, filtered):
    monkeypatch.setattr("dashboards.views.events.LIMIT", 3)
    send(tenant, *[make_event(f"e{n}", timestamp=f"2026-11-20T10:00:0{n // 2}Z") for n in range(8)])
    query = {
        "range": "2026-11-20..2026-11-20",
        "c": "$event_name",
        **({"f": "$event_name~starts_with~e"} if filtered else {}),
    }
    seen, address = [], query
    for _ in range(4):
        shown = get(query=address)
        seen.append(names(shown))
        older = re.search(r'href="\?([^"]*)">Older', shown.content.decode())
        if not older:
            break
        address = older.group(1).replace("&amp;", "&")
        address = dict(pair.split("=") for pair in address.split("&"))
        address = {name: value.replace("%24", "$") for name, value in address.items()}
    assert sorted(name for page in seen for name in page) == [f"e{n}" for n in range(8)]
    newer = re.search(r'href="\?([^"]*)">Newer', shown.content.decode()).group(1).replace("&amp;", "&")
    back = get(query={n: v.replace("%24", "$") for n, v in (pair.split("=") for pair in newer.split("&"))})
    assert names(back) == seen[-2]


def test_a_csv_has_the_chosen_columns_and_no_formula(tenant, get):
    send(tenant, make_event("buy", user_id="=cmd|'/c calc'!A1", properties={"plan": "+1", "n": -5}))
    send(tenant, make_event("skip"))
    query = {"f": "$event_name~is~buy", "c": ["$event_name", "$distinct_id", "plan", "n"]}
    (row,) = rows_of(get("csv", query))
    assert (row["$event_name"], row["$distinct_id"], row["plan"]) == ("buy", "'=cmd|'/c calc'!A1", "'+1")
    assert row["properties"] == '{"n": -5, "plan": "+1"}'
    assert row["event_id"].startswith("e-")


def test_a_csv_is_bounded(tenant, get, monkeypatch):
    monkeypatch.setattr("dashboards.views.events.CSV_ROWS", 4)
    monkeypatch.setattr("dashboards.views.events.CSV_PAGE", 2)
    send(tenant, *[make_event() for _ in range(9)])
    assert len(rows_of(get("csv"))) == 4


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_starts_a_formula_is_neutralised(text):
    assert neutral(text) == f"'{text}"
    assert neutral("plain = 1") == "plain = 1"
    assert neutral(-5) == -5


def test_one_event_shows_everything_that_was_kept_of_it(tenant, get):
    key = make_write_key(tenant)
    event = make_event(
        "buy", user_id="ada", session_id="s-1", page_url="https://a.example/x", properties={"plan": {"deep": [1, "é"]}},
        timestamp="2020-01-01T00:00:00Z", device_info={"browser": "Chrome"},
    )  # fmt: skip
    send(tenant, event, sender=make_sender(tenant, key_id=key.id), sent_at="2020-01-01T00:00:10Z", batch_id="b-1")
    shown = get("detail", {"id": event["event_id"]}).content.decode()
    with tenant_scope(tenant.id):
        stored = Event.objects.get(event_id=event["event_id"])
    for text in (
        "ada",
        "s-1",
        "https://a.example/x",
        "Chrome",
        "b-1",
        str(stored.seq),
        "2020-01-01T00:00:00",
        key.name,
    ):
        assert text in shown, text
    assert "It came in this way" in shown
    assert "moved" in shown
    assert "&quot;deep&quot;" in shown
    assert "f=%24session_id~is~s-1" in shown


@pytest.mark.parametrize("id_", ["", "never", "x" * 300, "a\x00b", "<script>"])
def test_an_event_that_is_not_there_is_not_found(get, id_):
    assert get("detail", {"id": id_}).status_code == 404


def test_an_id_with_odd_characters_has_its_address(tenant, get):
    event = {**make_event("odd"), "event_id": "a/b?c=d&e#f%20é"}
    send(tenant, event)
    address = re.search(r'events/(detail\?id=[^"]+)"', get().content.decode()).group(1)
    assert get(address).status_code == 200


def test_hostile_events_render_as_text(tenant, get):
    events = [
        make_event(
            text[:255], page_url=text, referrer=text, user_id=text[:255], properties={text[:200]: text}, user_agent=text
        )
        for text in CORPUS
    ]
    send(tenant, *events)
    columns = {"c": ["$event_name", "$referrer", *[text[:200] for text in CORPUS[:4]]]}
    details = [get("detail", {"id": event["event_id"]}) for event in events]
    filters = {"f": [f"{text[:100]}~is~{text[:300]}" for text in CORPUS]}
    for response in (get(), get(query=columns), get(query=filters), get(query={"cursor": CORPUS[0]}), *details):
        assert response.status_code in (200, 400)
        assert holes(response) == []


def test_columns_are_known_built_ins_or_properties_and_bounded():
    assert read_columns(["$nope", "plan", "plan", "$os"]) == ["plan", "$os"]
    assert len(read_columns([f"p{n}" for n in range(99)])) == 12
    assert read_columns(["$nope"]) == ["$event_name", "$distinct_id", "$page_url", "$browser"]


@pytest.mark.parametrize("name, op, value", [("a", "is", "b"), ("a~b", "is_not", "~~"), ("$os", "is_set", "")])
def test_a_filter_reads_as_it_was_written(name, op, value):
    ((chosen,), problem) = read_filters([joined(name, op, value)])
    assert (problem, chosen.filter.op, chosen.text) == ("", op, joined(name, op, value))
