"""Figures of the overview, the quality pages, boards and CSV files are `POST query`'s, and those of a count by hand."""

from __future__ import annotations

import json

import pytest
from django.utils.timezone import now

from dashboards.charts.formats import say
from dashboards.models import Board, SavedInsight, Sharing
from dashboards.quality import measured
from events.segments import cut
from tenants.scope import tenant_scope
from tests.dashboards.saved_csv import files_of
from tests.dashboards.visited import (
    BEFORE,
    DAYS,
    EARLIER,
    INSIDE,
    MADE,
    OWN,
    ROWS,
    SINCE,
    UNTIL,
    ZONE,
    Page,
    Site,
    in_order,
    sent,
)
from tests.factories import make_event, make_secret_key, send
from tests.oracle import overview as hand
from tests.oracle import quality as quality_hand

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(tenant, sign_in, settings, tmp_path) -> Site:
    settings.DATA_DIR = tmp_path
    events = [sent(row) for row in MADE]
    send(tenant, *events[::2])
    cut.cut(tenant.id)
    at_once = [make_event("ping", user_id=who, timestamp=now().isoformat()) for who in ("u1", "u2")]
    send(tenant, *events[1::2], *at_once)
    return Site(f"/t/{tenant.slug}", sign_in(tenant), {"authorization": f"Bearer {make_secret_key(tenant)}"})


MEASURES = [
    {"event": "*", "measure": "uniques"},
    {"event": "*", "measure": "sessions"},
    {"event": "page_view"},
    {"event": "*"},
]


def test_the_overviews_key_figures_with_their_change(site):
    shown = site.page("overview/panels").figures
    values, before, wanted = hand.kpis(INSIDE), hand.kpis(EARLIER), []
    kinds = {"users": "Users", "sessions": "Sessions", "page_views": "Page views", "events": "Events",
             "bounce_rate": "Bounce rate", "session_seconds": "Session, median"}  # fmt: skip
    formats = {"bounce_rate": "share", "session_seconds": "seconds"}
    for name, label in kinds.items():
        wanted += [label, say(values[name], formats.get(name, "count"))]
        at = shown.index(label)
        assert shown[at + 2].endswith(f"from {say(before[name], formats.get(name, 'count'))}"), name
        assert f" {abs((values[name] - before[name]) / before[name]) * 100:.1f}% " in shown[at + 2], name
    assert [text for at, text in enumerate(shown) if at % 3 < 2][: len(wanted)] == wanted
    assert shown[shown.index("Active now") + 1] == "2"
    answer = site.ask(kind="trends", series=MEASURES)
    totals = [line["total"] for line in answer["series"]]
    assert totals == [values[name] for name in ("users", "sessions", "page_views", "events")]


def test_the_overviews_lists_and_days(site):
    page = site.page("overview/panels")
    names = hand.grouped(INSIDE, lambda row: row["event_name"])
    assert site.ranked("*", "$event_name") == names
    assert page.numbers("Top events") == {name: list(pair) for name, pair in names.items()}
    hosts = hand.grouped(hand.views(INSIDE), hand.foreign_host)
    assert page.numbers("Referrers") == {name: list(pair) for name, pair in hosts.items() if name}
    asked = site.ranked("page_view", "$referring_site")
    assert {name: pair for name, pair in asked.items() if name != "$none"} == {
        name: pair for name, pair in hosts.items() if name
    }
    paths = hand.grouped(hand.views(INSIDE), hand.path_of)
    assert site.ranked("page_view", "$view_path") == paths
    assert page.numbers("Pages") == {name: list(pair) for name, pair in paths.items()}
    devices = hand.grouped(INSIDE, lambda row: row["device"]["device_type"])
    assert site.ranked("*", "$device_type") == devices
    assert page.numbers("Devices") == {name: list(pair) for name, pair in devices.items()}
    days = hand.by_label(INSIDE, hand.day_of(ZONE))
    answer = site.ask(kind="trends", series=[MEASURES[3], MEASURES[0]], compare="previous_period")["series"]
    earlier = hand.by_label(EARLIER, hand.day_of(ZONE))
    wanted = [in_order(found, first, name) for name in ("events", "users")
              for found, first in ((days, SINCE), (earlier, BEFORE))]  # fmt: skip
    assert [line[which] for line in answer for which in ("values", "compare")] == wanted
    columns = [*zip(*page.tables["Over time"], strict=True)][1:]
    assert [[float(cell.value) for cell in column[1:15]] for column in columns] == wanted


def test_the_api_of_totals_and_of_the_overview(site):
    stats = site.get("stats", since=SINCE.isoformat(), until=UNTIL.isoformat(), timezone=ZONE.key)
    board = site.get("dashboard", range=DAYS, timezone=ZONE.key)
    values, days = hand.kpis(INSIDE), hand.by_label(INSIDE, hand.day_of(ZONE))
    assert {name: found["value"] for name, found in board["kpis"].items()} == pytest.approx(values)
    assert [found["previous"] for found in board["kpis"].values()] == pytest.approx([*hand.kpis(EARLIER).values()])
    shown = [stats[name] for name in ("total_events", "unique_users", "identified_users", "sessions")]
    assert shown == [values[name] for name in ("events", "users", "users", "sessions")]
    names = hand.grouped(INSIDE, lambda row: row["event_name"])
    for listed in (stats["events_by_name"], board["top_events"]):
        assert {row["name"]: (row["count"], row["users"]) for row in listed} == names
    assert {row["day"]: (row["events"], row["users"]) for row in stats["events_by_day"] if row["events"]} == {
        day: (found["events"], found["users"]) for day, found in days.items()
    }
    lines = site.ask(kind="trends", series=MEASURES)["series"]
    for line, name in zip(lines, ("users", "sessions", "page_views", "events"), strict=True):
        assert line["values"] == board["series"][name] == in_order(days, SINCE, name), name


def test_errors(site):
    page, answer = site.page("quality/errors/"), site.ask(kind="errors")
    counted = quality_hand.errors(ROWS, SINCE, UNTIL)
    wanted = sorted((found["count"], found["users"]) for found in counted.values())
    assert len(wanted) == 2
    assert sorted((group["count"], group["users"]) for group in answer["groups"]) == wanted
    assert sorted((int(row[2]), int(row[3])) for row in page.texts("Causes")) == wanted
    mine = [row for row in INSIDE if row["event_name"] == "error"]
    assert page.figures[:6] == ["Errors", str(len(mine)), "Users touched", str(hand.actors(mine)), "Causes", "2"]


def test_web_vitals(site):
    page, answer = site.page("quality/vitals/"), site.ask(kind="vitals")
    found = quality_hand.measured(ROWS, SINCE, UNTIL)
    for entry in answer["metrics"]:
        name = entry["metric"]
        wanted = quality_hand.vital([value for _, value in found[name]], name)
        assert (entry["count"], entry["p75"]) == (wanted["count"], pytest.approx(wanted["p75"]))
        label = next(at for at, text in enumerate(page.figures) if text.startswith(name))
        assert page.figures[label + 1] == measured(name, wanted["p75"])
    assert {entry["metric"] for entry in answer["metrics"]} == set(found) == {"LCP", "CLS"}
    rows = {(path, device): rest for path, device, *rest in page.texts("By page and device")}
    assert len(rows) == len(answer["pages"]) == 4
    for (path, device), (*cells, count) in rows.items():
        of = {name: [(place(row), value) for row, value in values] for name, values in found.items()}
        here = {name: [value for where, value in values if where == (path, device)] for name, values in of.items()}
        for name, cell in zip(("LCP", "CLS"), cells, strict=True):
            p75 = quality_hand.vital(here[name], name)["p75"] if here[name] else None
            assert f" {cell}".endswith(f" {measured(name, p75)}")
        assert int(count) == sum(map(len, here.values()))


def place(row):
    return row["page_url"].removeprefix(OWN), row["device"]["device_type"]


def test_forms(site):
    page, answer = site.page("quality/forms/"), site.ask(kind="forms")
    counted = quality_hand.forms(ROWS, SINCE, UNTIL)
    names = ("starts", "succeeded", "failed", "abandoned", "left")
    wanted = {form: [*(found[name] for name in names), len(found["who"])] for form, found in counted.items()}
    assert all(count for row in wanted.values() for count in row), "each outcome is to be told from the others"
    assert {row["form"]: [row[name] for name in (*names, "users")] for row in answer["forms"]} == wanted
    shown = {row[0]: [int(cell.split()[0]) for at, cell in enumerate(row) if at in {1, 3, 4, 5, 6, 7}]
             for row in page.texts("Forms")}  # fmt: skip
    assert shown == wanted
    assert {row["form"]: row["submits"] for row in answer["forms"]} == {
        form: found["submits"] for form, found in counted.items()
    }


def test_a_boards_number_and_its_table(site, tenant):
    question = {"kind": "trends", "series": [{"event": "page_view"}, MEASURES[0]]}
    with tenant_scope(tenant.id):
        board = Board.objects.create(tenant=tenant, name="Growth", sharing=Sharing.SHARED)
        saved = SavedInsight.objects.create(
            tenant=tenant, name="Both", sharing=Sharing.SHARED, question=question, view={"chart": "table"}
        )
        people = {"kind": "trends", "series": [MEASURES[0]]}
        number = board.add(kind="number", title="People", question=people, width=3, height=2)
        table = board.add(kind="insight", insight=saved, width=6, height=4)
    path = f"boards/{board.id}/tiles"
    assert str(hand.actors(INSIDE)) in site.page(f"{path}/{number.id}").figures
    rows = site.page(f"{path}/{table.id}").numbers("")
    lines = site.ask(**question)["series"]
    days = hand.by_label(INSIDE, hand.day_of(ZONE))
    wanted = [in_order(days, SINCE, name) for name in ("page_views", "users")]
    assert [line["values"] for line in lines] == wanted
    assert [*rows.values()][:14] == [list(pair) for pair in zip(*wanted, strict=True)]
    assert [*rows.values()][14:] == [[len(hand.views(INSIDE)), hand.actors(INSIDE)]]


@pytest.mark.node
def test_a_csv_file_has_the_numbers_of_its_page(site, tmp_path):
    names = hand.grouped(INSIDE, lambda row: row["event_name"])
    question = json.dumps({"kind": "trends", "series": [{"event": "*"}], "breakdown": [{"property": "$event_name"}]})
    insight = site.pages.get(
        f"{site.root}/insights/result", {"q": question, "range": DAYS, "tz": ZONE.key}
    ).content.decode()
    page = site.page("overview/panels")
    files = files_of([page.tables["Top events"], page.tables["Referrers"], *Page(insight).tables.values()], tmp_path)
    safe = {name.replace("=click", "'=click"): pair for name, pair in names.items()}
    assert {row[0]: (int(row[1]), int(row[2])) for row in files[0][1:]} == safe
    hosts = hand.grouped(hand.views(INSIDE), hand.foreign_host)
    assert {row[0]: (int(row[1]), int(row[2])) for row in files[1][1:]} == {k: v for k, v in hosts.items() if k}
    columns = {column[0]: column[1:15] for column in zip(*files[2], strict=True)}
    lines = {line["breakdown"][0]: line["values"] for line in site.ask(**json.loads(question))["series"]}
    assert lines.keys() == names.keys()
    for name, values in lines.items():
        assert [int(cell) for cell in columns[name.replace("=click", "'=click")]] == values, name
        assert sum(values) == names[name][0], name
