"""Every address, asked by one tenant's people and keys for another tenant's things.

The URL configuration is walked, so a new route is included by itself. A route whose parameters are not
known here fails the walk: say in PARAMETERS or OBJECTS which value of the other tenant belongs there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from dashboards.models import Annotation, Board, SavedInsight, ShareLink, Sharing
from events.models import ClientReport, Cohort, Event, IngestOutcome, QuarantinedEvent
from events.query.grouping import group_of
from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.scope import operator_scope, tenant_scope
from tenants.staff import NAME as STAFF_GROUP
from tests.factories import make_event, make_sender, make_write_key, send

pytestmark = pytest.mark.django_db(transaction=True)

METHODS = ("get", "post", "put", "patch", "delete")
IN_THE_ADMIN = {"nobody", "owner", "staff"}
MARKER = "marker-of-b"
# third parties' and framework addresses that hold no tenant's rows
NOT_OURS = {"app_label", "content_type_id", "url", "prefix", "version"}


@dataclass
class Side:
    """One tenant with rows in every table, and one of its people for each role."""

    tenant: Tenant
    write_key: str
    secret_key: str
    people: dict[str, Any] = field(default_factory=dict)
    event: Any = None
    objects: dict[str, str] = field(default_factory=dict)


def fill(name: str, marker: str) -> Side:
    with operator_scope():  # the slug stands in addresses, which answers repeat: it holds no marker
        tenant = Tenant.objects.create(name=f"{marker} Inc", slug=f"tenant-{name}")
    write = make_write_key(tenant)
    sender = make_sender(tenant, key_id=write.id)
    places = {"page_url": f"https://{marker}.example/{marker}", "referrer": f"https://{marker}.example/"}
    names = {"user_id": f"{marker}-user", "device_id": f"{marker}-device", "session_id": f"{marker}-session"}
    ids = {"correlation_id": f"{marker}-c", "event_category": marker, "properties": {marker: marker}}
    send(
        tenant,
        *[make_event(f"{marker}-name", **places, **names, **ids) for _ in range(3)],
        make_event("page_view", event_id=f"{name}-event", **places, **names),
        make_event("error", properties={"type": marker, "message": marker}),
        {"event_name": "", "properties": {marker: marker}},
        sender=sender,
        batch_id=f"{marker}-batch",
        client={"document_id": f"{marker}-document", "tracked": 3, "acked": 1, "dropped": {marker: 1}},
    )
    with operator_scope():
        _, secret = ApiKey.objects.create_secret(tenant, f"{marker}-secret", scopes=("read", "manage"))
        side = Side(tenant, write.token, secret)
        for role in Role.values:
            person = get_user_model().objects.create_user(f"{name}-{role}", f"{marker}@{role}.example", "long password")
            Membership.objects.create(tenant=tenant, user=person, role=role)
            side.people[role] = person
        staff = get_user_model().objects.create_user(f"{name}-staff", password="long password", is_staff=True)
        staff.groups.add(Group.objects.get(name=STAFF_GROUP))
        staff.user_permissions.add(
            *Permission.objects.filter(content_type__app_label__in=["dashboards", "events", "tenants"])
        )
        Membership.objects.create(tenant=tenant, user=staff, role=Role.OWNER)
        side.people["staff"] = staff
    with tenant_scope(tenant.id):
        side.event = Event.objects.get(event_id=f"{name}-event")
        for model in (Event, IngestOutcome, QuarantinedEvent, ClientReport, ApiKey, Membership):
            side.objects[model._meta.label_lower] = str(model.objects.filter(tenant=tenant).first().pk)
        side.objects["tenants.tenant"] = str(tenant.id)
        insight = SavedInsight.objects.create(
            tenant=tenant, name=f"{marker}-insight", sharing=Sharing.SHARED, question={"kind": "trends"}
        )
        side.objects["dashboards.savedinsight"] = str(insight.id)
        done = {"type": "behaviour", "event": f"{marker}-name"}
        cohort = Cohort.objects.create(tenant=tenant, name=f"{marker}-cohort", definition=done)
        side.objects["events.cohort"] = str(cohort.id)
        side.objects |= fill_board(tenant, insight, marker)
    return side


def fill_board(tenant: Tenant, insight: SavedInsight, marker: str) -> dict[str, str]:
    """A board with a tile, a link to it and a note; their ids by model."""
    board = Board.objects.create(tenant=tenant, name=f"{marker}-board", sharing=Sharing.SHARED)
    tile = board.add(kind="insight", insight=insight, title=f"{marker}-tile", width=6, height=4)
    note = Annotation.objects.create(tenant=tenant, day=date(2026, 11, 1), text=f"{marker}-note")
    options = {"label": f"{marker}-link", "state": "", "lasts": timedelta(days=7), "user_id": None}
    link, token = ShareLink.objects.create_for(board, **options)
    link.revoke()  # whoever has the token of an open one may look: tests/dashboards/test_share_links.py
    rows = (board, tile, note, link)
    return {**{row._meta.label_lower: str(row.pk) for row in rows}, "token": token}


@pytest.fixture
def a():
    return fill("a", "ours-a")


@pytest.fixture
def b():
    return fill("b", MARKER)


def routes(resolver: Any = None, before: str = "") -> list[tuple[str, list[str]]]:
    """Every route as a template of its parameters and their names."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        for template, names in normalize(before + pattern.pattern.regex.pattern.lstrip("^").replace(r"\Z", "")):
            if isinstance(pattern, URLResolver):
                continue
            found.append((template, names))
        if isinstance(pattern, URLResolver):
            found += routes(pattern, before + pattern.pattern.regex.pattern.lstrip("^").replace(r"\Z", ""))
        else:
            assert isinstance(pattern, URLPattern)
    return found


def parameters(side: Side) -> dict[str, str]:
    """A value of that tenant for each parameter's name."""
    return {
        "slug": side.tenant.slug,
        "tenant_id": str(side.tenant.id),
        "event_id": side.event.event_id,
        "user_id": str(side.people["viewer"].pk),
        "key_id": side.objects["tenants.apikey"],
        "insight_id": side.objects["dashboards.savedinsight"],
        "cohort_id": side.objects["events.cohort"],
        "board_id": side.objects["dashboards.board"],
        "tile_id": side.objects["dashboards.tile"],
        "note_id": side.objects["dashboards.annotation"],
        "link_id": side.objects["dashboards.sharelink"],
        "token": side.objects["token"],
        "group": group_of(MARKER, MARKER, None).hash,  # fill() sends one error of the other tenant
        "id": str(side.people["viewer"].pk),  # admin/auth/user/<id>/password/
    }


def address(template: str, names: list[str], side: Side) -> str:
    known = parameters(side)
    values = {}
    for name in names:
        if name == "object_id":
            model = ".".join(template.removeprefix("admin/").split("/")[:2])
            values[name] = side.objects.get(model, "1")
            if model not in side.objects and has_tenant(model):
                pytest.fail(f"/{template}: fill() must make a row of {model} for the walk")
        elif name in known:
            values[name] = known[name]
        elif name in NOT_OURS or name.startswith("_"):
            values[name] = "events"
        else:
            pytest.fail(f"/{template}: say in parameters() which value of a tenant {name!r} stands for")
    return "/" + template % values


def has_tenant(label: str) -> bool:
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return False
    return any(getattr(each, "name", "") == "tenant" for each in model._meta.get_fields())


def askers(side: Side) -> dict[str, Client]:
    found = {"nobody": Client()}
    for name, person in side.people.items():
        found[name] = Client()
        found[name].force_login(person)
    found["secret key"] = Client(headers={"Authorization": f"Bearer {side.secret_key}"})
    found["write key"] = Client(headers={"Authorization": f"Bearer {side.write_key}"})
    return found


def ask(client: Client, method: str, path: str) -> tuple[int, str]:
    body = "{}" if path.startswith("/api/") else ""
    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
    answer = getattr(client, method)(path, **({} if method == "get" else {"data": body, "content_type": kind}))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, content.decode(errors="replace") + json.dumps(dict(answer.headers))


def fingerprint(side: Side) -> str:
    """A hash over every row of the tenant, in every table that holds tenants' rows."""
    digest = hashlib.sha256()
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if any(getattr(each, "name", "") == "tenant" and each.concrete for each in model._meta.get_fields())
    ]
    with tenant_scope(side.tenant.id), connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE tenant_id = %s ORDER BY 1', [side.tenant.id])
            digest.update(repr(cursor.fetchall()).encode())
        cursor.execute("SELECT t::text FROM tenants_tenant t WHERE id = %s", [side.tenant.id])
        digest.update(repr(cursor.fetchall()).encode())
    return digest.hexdigest()


def test_the_walk_sees_the_routes():
    found = {template for template, _ in routes()}
    for expected in ("api/v1/analytics/events", "t/%(slug)s/overview/", "admin/events/event/%(object_id)s/change/"):
        assert expected in found
    assert len(found) > 80


def test_no_address_shows_or_changes_another_tenants_things(a, b):
    before, found, clients = fingerprint(b), [], askers(a)
    for template, names in routes():
        if "logout" in template:  # ends the session that the walk goes on with
            continue
        theirs, ours = address(template, names, b), address(template, names, a)
        named = f"{ours}?tenant_id={b.tenant.id}&tenant={b.tenant.slug}"
        by_parameter = bool(set(names) - NOT_OURS - {"event_id"})
        asked = [("get", named), *[(method, theirs) for method in METHODS]]
        for who in IN_THE_ADMIN if template.startswith("admin/") else clients:
            for method, path in asked:
                status, text = ask(clients[who], method, path)
                if status >= 500 or MARKER in text:
                    found.append(f"{who} {method} {path}: {status}{' shows it' if MARKER in text else ''}")
                if path == theirs and by_parameter and status < 300:
                    found.append(f"{who} {method} {path}: {status}")
    assert found == []
    assert fingerprint(b) == before


def test_a_session_or_key_that_names_another_tenant_reads_nothing(a, b):
    templates = [template for template, names in routes() if template.startswith("api/v1/analytics/") and not names]
    reads = [template for template in templates if not any(word in template for word in ("schema", "docs", "batch"))]
    assert len(reads) >= 5
    clients = askers(a)
    for template in reads:
        for who, client in clients.items():
            status, _ = ask(client, "get", f"/{template}?tenant_id={b.tenant.id}")
            assert 400 <= status < 500, f"{who} /{template}: {status}"


def test_another_tenants_event_is_as_absent_as_one_that_never_was(a, b):
    for client in (askers(a)["owner"], askers(a)["secret key"]):
        theirs = ask(client, "get", f"/api/v1/analytics/events/{b.event.event_id}")
        never = ask(client, "get", "/api/v1/analytics/events/b-never")
        assert theirs[0] == never[0] == 404
        assert theirs[1].replace(b.event.event_id, "X") == never[1].replace("b-never", "X")


def test_one_event_id_in_two_tenants_is_two_events(a, b):
    for side in (a, b):
        client = askers(side)["write key"]
        answer = client.post(
            "/api/v1/analytics/events", '{"event_id":"same","event_name":"x"}', content_type="application/json"
        )
        assert (answer.status_code, answer.json()["result"]) == (201, "ok")
    for side in (a, b):
        with tenant_scope(side.tenant.id):
            assert Event.objects.filter(event_id="same").count() == 1
