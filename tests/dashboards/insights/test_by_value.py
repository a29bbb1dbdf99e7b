"""Lifecycle, stickiness and flows by the values of a property: the page says what `POST query` says of each."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from dashboards.boards import answering
from dashboards.models import Board, SavedInsight, Sharing
from tenants.scope import tenant_scope
from tests.factories import make_event, make_secret_key, send

from .test_builder import Pages

pytestmark = pytest.mark.django_db(transaction=True)
RANGE = {"from": "2026-10-05", "to": "2026-10-08", "timezone": "UTC"}
DAYS = "2026-10-05..2026-10-08"
NAMES = {"free": "ann bob", "pro": "ann cid"}  # ann has two plans: she counts in both
BY_PLAN = {"breakdown": [{"property": "plan"}]}
LIFE = {"kind": "lifecycle", "interval": "day", **BY_PLAN}
STICK = {"kind": "stickiness", "interval": "day", **BY_PLAN}
FLOWS = {"kind": "flows", "anchor": {"event": "visit"}, "depth": 1, **BY_PLAN}
STATES = ("new", "returning", "resurrecting", "dormant")
CELL = re.compile(r'data-value="(\d+)"><button type="button" class="pick" data-at="([^"]+)"')
HEAD = re.compile(r'<th scope="row"><bdi>([^<]*)</bdi>')


@pytest.fixture
def pages(tenant, sign_in, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    days = {"ann": (5, 6, 8), "bob": (5,), "cid": (6, 7)}
    send(tenant, *[
        make_event(name, user_id=who, session_id=f"{who}{day}{plan}", properties={"plan": plan},
                   timestamp=f"2026-10-0{day}T{'08' if name == 'visit' else '09'}:00:00Z")
        for plan, people in NAMES.items() for who in people.split() for day in days[who]
        for name in (("visit", "buy") if plan == "pro" else ("visit",))
    ])  # fmt: skip
    return Pages(sign_in(tenant, "analyst"), tenant)


@pytest.fixture
def api(tenant, client):
    headers = {"authorization": f"Bearer {make_secret_key(tenant)}"}

    def ask(question):
        answer = client.post("/api/v1/analytics/query", json.dumps(question), "application/json", headers=headers)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


def result(pages, question, *value):
    named = {"value": json.dumps(value)} if value else {}
    answer = pages.get("insights/result", q=json.dumps(question), range=DAYS, tz="UTC", **named)
    assert answer.status_code == 200
    return answer.content.decode()


def cells(html):
    """{whom a number stands for: the number} of the table's numbers that open their people."""
    return {unescape(at): int(number) for number, at in CELL.findall(html)}


def parts(answer):
    """(what `at` says of it, numbers) of everybody and of each value."""
    yield {}, answer
    for part in answer["breakdowns"]:
        yield {"breakdown": part["value"]}, part


def wanted(question, answer):
    """What of the answer can be opened, as `cells` has it."""
    found = {}
    for at, part in parts(answer):
        if question is LIFE:
            counts = [({"state": state, "bucket": day}, part[state][number])
                      for state in STATES for number, day in enumerate(answer["buckets"])]  # fmt: skip
        elif question is STICK:
            counts = [({"n": each["n"]}, each["users"]) for each in part["counts"]]
        else:
            counts = [({"node": node["id"]}, node["count"]) for node in part["nodes"]]
        found |= {json.dumps({**at, **each}): count for each, count in counts if count}
    return found


@pytest.mark.parametrize("question", [LIFE, STICK, FLOWS], ids=lambda question: question["kind"])
def test_the_table_has_each_values_numbers_and_who_is_behind_them(pages, api, question):
    asked = {**question, "range": RANGE}
    shown = cells(result(pages, question))
    assert shown == wanted(question, api(asked))
    assert {"free", "pro"} <= {value for at in shown for value in json.loads(at).get("breakdown", ())}
    for at, number in shown.items():
        behind = {"kind": "actors", "of": asked, "at": json.loads(at)}
        total = api(behind)["total"]
        assert total == number if question is not FLOWS else 0 < total <= number  # paths of fewer people
    panel = pages.get("people-behind", q=json.dumps(behind))
    assert panel.status_code == 200 and f"<strong>{total} pe" in panel.content.decode()


@pytest.mark.parametrize("question", [LIFE, FLOWS], ids=lambda question: question["kind"])
def test_one_value_is_drawn_listed_and_named(pages, api, question):
    html = result(pages, question, "pro")
    drawn = json.loads(re.search(r'id="insight-data"[^>]*>(.*?)</script>', html, re.S)[1])
    assert all('"breakdown": ["pro"]' in at for at in cells(html))
    assert all(unescape(head).startswith("pro: ") for head in HEAD.findall(html))
    part = next(part for at, part in parts(api({**question, "range": RANGE})) if at.get("breakdown") == ["pro"])
    if question is LIFE:
        assert [series["values"] for series in drawn["series"][:3]] == [part[state] for state in STATES[:3]]
        assert drawn["series"][0]["at"]["breakdown"] == ["pro"]
    else:
        assert {node["id"]: node["count"] for node in drawn["nodes"]} == {
            node["id"]: node["count"] for node in part["nodes"]
        }
        assert drawn["nodes"][0]["at"]["breakdown"] == ["pro"]
    assert drawn["part"] == "plan: pro" and drawn["file"]["period"].endswith("plan: pro")
    assert '<option value="[&quot;pro&quot;]" selected>pro</option>' in html


def test_a_value_that_is_not_in_the_answer_is_told_and_everybody_is_drawn(pages):
    html = result(pages, LIFE, '<img src=x onerror="window.hit=1">')
    assert "has nothing in this range, so everybody is shown." in html and "<img" not in html
    assert set(HEAD.findall(html)) >= {"5 Oct", "pro: 5 Oct"}


def test_stickiness_is_a_line_a_value(pages):
    html = result(pages, STICK)
    drawn = json.loads(re.search(r'id="insight-data"[^>]*>(.*?)</script>', html, re.S)[1])
    assert {(series["label"], series["mark"], tuple(series["values"])) for series in drawn["series"]} == {
        ("free", "line", (1, 0, 1, 0)),
        ("pro", "line", (0, 1, 1, 0)),
    }


def test_the_choice_stands_in_the_address_and_goes_with_its_breakdown(pages):
    html = pages.get("insights/new", q=json.dumps(LIFE)).content.decode()
    pushed = pages.edit(html, value='["pro"]')["HX-Push-Url"]
    assert parse_qs(urlsplit(pushed).query)["value"] == ['["pro"]']
    html = pages.client.get(pushed).content.decode()
    assert urlencode({"value": '["pro"]'}) in unescape(html[html.index('id="ask"') :])
    assert "value=" in pages.edit(html, interval="week")["HX-Push-Url"]  # of what is not chosen anew
    for change in ({"breakdown.0.property": "$browser"}, {"do": "remove:breakdown.0"}, {"do": "kind:trends"}):
        assert "value=" not in pages.edit(html, **change)["HX-Push-Url"]
    assert "value=" not in pages.edit(html, value="")["HX-Push-Url"]
    for wrong in ("no JSON", '{"a": 1}', '["\\u0000"]', "[" * 9_000, '["a","b","c","d"]'):
        assert pages.get("insights/result", q=json.dumps(LIFE), value=wrong).status_code == 200


def test_the_choice_is_saved_taken_back_and_drawn_on_a_board(pages, tenant):
    id_ = pages.save(LIFE, value='["pro"]', range=DAYS, tz="UTC", sharing=Sharing.SHARED)
    with tenant_scope(tenant.id):
        saved = SavedInsight.objects.get(id=id_)
        assert saved.view["value"] == ["pro"]
        board = Board.objects.create(tenant=tenant, name="Growth", sharing=Sharing.SHARED)
        tile = board.add(kind="insight", insight=saved, width=6, height=4)
    html = pages.get(f"boards/{board.id}/tiles/{tile.id}").content.decode()
    assert "plan: pro</bdi>" in html and "<select" not in html
    assert cells(html) == cells(result(pages, LIFE, "pro"))
    html = pages.get(f"insights/{id_}").content.decode()
    assert "Unsaved changes" not in html
    pushed = pages.edit(html, f"?id={id_}", value="")["HX-Push-Url"]
    again = pages.client.get(pushed).content.decode()  # everybody, though a value is saved
    assert "Unsaved changes" in again and 'name="value" value="[]"' in again
    form = {"as": "same", "id": id_, "version": saved.version, "q": json.dumps(LIFE), "value": "[]", "range": DAYS}
    assert pages.post("insights/save", **form).status_code == 302
    with tenant_scope(tenant.id):
        assert "value" not in SavedInsight.objects.get(id=id_).view


def test_what_is_broken_down_by_people_is_not_shown_by_a_link():
    for kind in (LIFE, STICK, FLOWS):
        question = answering.parse_question({**kind, "breakdown": [{"property": "profile:email"}]})
        assert answering.stays_inside(question)


@pytest.mark.parametrize("value", [["a"] * 4, "a", [1], ["\x00"]], ids=["many", "text", "number", "nul"])
def test_a_value_that_is_none_is_refused_by_the_api(pages, value):
    body = {"name": "x", "question": LIFE, "view": {"value": value}}
    answer = pages.client.post("/api/v1/analytics/insights", json.dumps(body), "application/json")
    assert answer.status_code == 400 and "$.view.value" in answer.json()["error"]["message"]


def test_one_value_of_a_kind_that_draws_all_is_refused_by_the_api(pages):
    body = {"name": "x", "question": STICK, "view": {"value": ["pro"]}}
    answer = pages.client.post("/api/v1/analytics/insights", json.dumps(body), "application/json")
    assert answer.status_code == 400 and "lifecycle and flows only" in answer.json()["error"]["message"]
