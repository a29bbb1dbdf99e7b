"""The numbers that stand on a page are those of `POST query`, and those of a count by hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from events.segments import cut
from tests.factories import make_event, make_secret_key, send

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = "2026-10-05..2026-10-18"
RANGE = {"from": "2026-10-05", "to": "2026-10-18", "timezone": "UTC"}
HOURS = {"visit": "08", "buy": "09"}
ROWS = [
    (who, name, day)
    for who, days in {"ann": (5, 6, 12, 13), "bob": (5, 7), "cid": (9, 16), "dee": (14,)}.items()
    for day in days
    for name in (("visit", "buy") if who in "ann dee" else ("visit",))
]


class Numbers(HTMLParser):
    """The values of a page's table, row by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[float | None]] = []
        self.feed(page)
        self.rows = [row for row in self.rows if row]

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        if tag == "td" and "data-value" in given:
            self.rows[-1].append(float(given["data-value"]) if given["data-value"] else None)


@pytest.fixture
def both(tenant, sign_in, client, settings, tmp_path):
    """`both({...})`: the rows of numbers on the page, and the API's answer, of the same question."""
    settings.DATA_DIR = tmp_path
    events = [
        make_event(name, user_id=who, session_id=f"{who}{day}", timestamp=f"2026-10-{day:02}T{HOURS[name]}:00:00Z")
        for who, name, day in ROWS
    ]
    send(tenant, *events[::2])
    cut.cut(tenant.id)
    send(tenant, *events[1::2])
    pages, headers = sign_in(tenant), {"authorization": f"Bearer {make_secret_key(tenant)}"}

    def ask(question):
        question = {**question, "range": RANGE}
        query = {"q": json.dumps(question), "range": DAYS, "tz": "UTC"}
        page = pages.get(f"/t/{tenant.slug}/insights/result", query)
        answer = client.post("/api/v1/analytics/query", json.dumps(question), "application/json", headers=headers)
        assert (page.status_code, answer.status_code) == (200, 200)
        return Numbers(page.content.decode()).rows, answer.json()

    return ask


def columns(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def test_trends(both):
    series = [{"event": "visit"}, {"event": "*", "measure": "uniques"}]
    rows, answer = both({"kind": "trends", "series": series})
    values = [line["values"] for line in answer["series"]]
    assert columns(rows[:14])[:2] == values
    visits = Counter(day for _, name, day in ROWS if name == "visit")
    people = {day: len({who for who, _, each in ROWS if each == day}) for day in range(5, 19)}
    assert values == [[visits[day] for day in range(5, 19)], list(people.values())]


def test_funnel(both):
    rows, answer = both({"kind": "funnel", "steps": [{"event": "visit"}, {"event": "buy"}]})
    counts = [step["count"] for step in answer["steps"]]
    assert counts == [4, 2]
    assert [row[0] for row in rows[:2]] == counts


def test_retention(both):
    rows, answer = both({"kind": "retention", "start": {"event": "visit"}, "return": {"event": "visit"}, "unit": "week",
                         "periods": 2})  # fmt: skip
    cohorts = [(cohort["size"], cohort["counts"]) for cohort in answer["cohorts"]]
    assert cohorts == [(3, [3, 2]), (1, [1, 0])]
    sizes = [row[0] for row in rows if row[0] in (1, 3)]
    assert sorted(sizes) == [1, 3]


def test_lifecycle(both):
    rows, answer = both({"kind": "lifecycle", "event": "*", "interval": "week"})
    assert (answer["new"], answer["returning"], answer["dormant"]) == ([3, 1], [0, 2], [0, 1])
    shown = [sorted(abs(value) for value in row if value is not None) for row in rows]
    wanted = [sorted(answer[name][at] for name in ("new", "returning", "resurrecting", "dormant")) for at in range(2)]
    assert shown[:2] == wanted


def test_stickiness(both):
    rows, answer = both({"kind": "stickiness", "event": "*", "interval": "day"})
    days = Counter(len({day for other, _, day in ROWS if other == who}) for who in ("ann", "bob", "cid", "dee"))
    assert {each["n"]: each["users"] for each in answer["counts"] if each["users"]} == dict(days)
    assert [row[0] for row in rows if row[0]] == [each["users"] for each in answer["counts"] if each["users"]]


def test_flows(both):
    rows, answer = both({"kind": "flows", "anchor": {"event": "visit"}, "depth": 1})
    shown = sorted(value for row in rows for value in row[:1])
    assert shown == sorted(node["count"] for node in answer["nodes"])
    assert shown[-1] == sum(name == "visit" for _, name, _ in ROWS)


def test_the_overviews_figures_are_the_dashboards(tenant, both, sign_in, client):
    both({"kind": "trends"})
    page = sign_in(tenant).get(f"/t/{tenant.slug}/overview/panels?range={DAYS}&tz=UTC").content.decode()
    figures = re.findall(r"kpi-value[^>]*>(?:<[^>]*>)*\s*([\d,.]+)", page)
    assert f"{len(ROWS)}" in figures and "4" in figures
