"""Hostile events on every page, those that need an id among them, in the admin and in each file to download."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from dashboards.models import Board, SavedInsight, Sharing, Tile
from events.models import Event, QuarantinedEvent
from tenants.scope import operator_scope, tenant_scope
from tests.dashboards.test_hostile import CORPUS, Holes
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)

FORMULAS = ['=HYPERLINK("https://evil.example")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"]
TEXTS = [*CORPUS[:4], CORPUS[5], *FORMULAS, "x" * 3_000]
RAN = re.compile(r"^[=+\-@\t\r]")


@pytest.fixture
def tenant(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    made = make_tenant()
    for text in TEXTS:
        short = text[:200]
        common = {
            "user_id": short,
            "session_id": short,
            "page_url": text,
            "referrer": text,
            "user_agent": text,
            "event_category": short,
            "correlation_id": short,
            "device_info": {"browser": text, "os": text},
        }
        properties = {short: text, "path": text, "title": text, "type": text, "message": text, "stack": text,
                      "form": text, "field": text, "metric": "LCP", "value": 2000, "release": text,
                      "$set": {"name": text, "email": text, short: text}}  # fmt: skip
        names = ("page_view", "error", "form_start", "web_vital", "$identify", short)
        send(
            made,
            *[make_event(name, event_id=f"{name} {short}"[:255], properties=properties, **common) for name in names],
        )
        send(made, {"event_id": short, "event_name": "", "properties": properties})
    return made


def made_by_people(tenant):
    """A saved question, a board with a tile and a note in hostile words; their addresses."""
    with tenant_scope(tenant.id):
        question = {"kind": "trends", "series": [{"event": TEXTS[0], "label": TEXTS[1]}],
                    "breakdown": [{"property": "message"}]}  # fmt: skip
        insight = SavedInsight.objects.create(
            tenant_id=tenant.id, name=TEXTS[0], description=TEXTS[1], sharing=Sharing.SHARED, question=question
        )
        board = Board.objects.create(tenant_id=tenant.id, name=TEXTS[1], sharing=Sharing.SHARED)
        tile = Tile.objects.create(
            tenant_id=tenant.id,
            board=board,
            kind="insight",
            insight=insight,
            title=TEXTS[0],
            width=6,
            height=2,
        )
    at = f"boards/{board.id}"
    return f"insights/{insight.id}", at, f"{at}/tv", f"{at}/tiles/{tile.id}"


def addresses(tenant):
    for text in (*TEXTS[:5], TEXTS[-1]):  # formulas are for files
        short = quote(text[:200], safe="")
        yield f"events/detail?id={quote(f'page_view {text[:200]}'[:255], safe='')}"
        yield f"people/profile?id={short}"
        yield f"find?q={short}"
    for kind in ({"kind": "trends", "breakdown": [{"property": "message"}]}, {"kind": "flows", "anchor": {}},
                 {"kind": "funnel", "steps": [{"event": TEXTS[1]}, {"event": TEXTS[0]}]},
                 {"kind": "retention", "start": {"event": TEXTS[0]}}):  # fmt: skip
        yield "insights/result?q=" + quote(json.dumps(kind))
    actors = {"kind": "actors", "of": {"kind": "trends"}}
    yield "people-behind?q=" + quote(json.dumps(actors))
    yield from ("people/", "sessions/", "events/", "quality/errors/", "quality/vitals/", "quality/forms/", "cohorts/",
                "data/quarantine/", "data/dictionary/", "data/delivery/", "boards/", "insights/",
                "overview/panels")  # fmt: skip
    yield from made_by_people(tenant)


def test_nothing_hostile_becomes_markup_on_any_page(tenant, sign_in):
    pages = sign_in(tenant)
    refused = []
    for address in addresses(tenant):
        for headers in ({}, {"hx-request": "true"}):
            answer = pages.get(f"/t/{tenant.slug}/{address}", headers=headers)
            if answer.status_code != 200:
                refused.append((address[:80], answer.status_code))
            if answer["Content-Type"].startswith("text/html"):
                assert Holes(answer.content).found == [], address[:120]
            else:
                assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/json", "nosniff")
    assert refused == []
    errors = pages.get(f"/t/{tenant.slug}/quality/errors/", headers={"hx-request": "true"}).content.decode()
    groups = set(re.findall(r"quality/errors/([0-9a-f]{16})", errors))
    assert groups
    sessions = pages.get(f"/t/{tenant.slug}/sessions/", headers={"hx-request": "true"}).content.decode()
    found = {html.unescape(link) for link in re.findall(r"sessions/detail\?[^\"]+", sessions)}
    assert len(found) >= len(TEXTS)
    for address in [*(f"quality/errors/{group}" for group in sorted(groups)[:6]), *sorted(found)[:6]]:
        answer = pages.get(f"/t/{tenant.slug}/{address}", headers={"hx-request": "true"})
        assert (answer.status_code, Holes(answer.content).found) == (200, []), address


def test_nothing_hostile_becomes_markup_in_the_admin(tenant):
    admin = Client()
    admin.force_login(get_user_model().objects.create_superuser("root", password="a long pass phrase"))
    plain = Holes(admin.get("/admin/tenants/tenant/").content).found  # Django's own
    with operator_scope():
        event = Event.objects.filter(event_name="error").first()
        kept = QuarantinedEvent.objects.first()
    for path in ("event/", f"event/{event.pk}/change/", "quarantinedevent/", f"quarantinedevent/{kept.pk}/change/"):
        answer = admin.get(f"/admin/events/{path}", follow=True)
        assert answer.status_code == 200, path
        found = [hole for hole in Holes(answer.content).found if hole not in plain]
        assert [hole for hole in found if not hole.startswith("/")] == [], path
        assert b"<script>alert(1)" not in answer.content


SQL = "select event_name, properties, distinct_id from events"


@pytest.mark.parametrize("path", ["events/csv", "sessions/csv", "sql/csv"])
def test_no_cell_of_a_file_is_a_formula(tenant, sign_in, path):
    pages, at = sign_in(tenant, "analyst"), f"/t/{tenant.slug}/{path}"
    answer = pages.post(at, {"sql": SQL}) if path == "sql/csv" else pages.get(at)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode().removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) > len(TEXTS)
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if RAN.match(cell) and not re.fullmatch(r"-?[0-9.]+", cell)] == []
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
