"""A damaged segment: every question is exact or names the command that repairs it, in the API and on the pages."""

from __future__ import annotations

import io
import json
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command

from events.models import Segment
from events.query import engine
from events.query import run as running
from events.segments import cut, files, promoted, rebuild, slices
from tenants.scope import tenant_scope
from tests.factories import make_event, make_secret_key, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1/analytics/"
DAYS = {"from": "2026-01-01", "to": "2026-03-31", "timezone": "UTC"}
REPAIR = "manage.py segments rebuild"
QUESTIONS = [
    {"kind": "trends", "range": DAYS, "interval": "month", "breakdown": [{"property": "plan"}]},
    {"kind": "funnel", "range": DAYS, "steps": [{"event": "a"}, {"event": "error"}]},
    {"kind": "errors", "range": DAYS},
    {"kind": "actors", "of": {"kind": "trends", "range": DAYS}},
    {"kind": "sql", "sql": "select event_name, count(*), max(properties) from events group by 1 order by 1"},
]
FLAT = ("as_of_seq", "timing_ms", "cached")


@pytest.fixture
def tenant(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    made = make_tenant()
    forget()
    send(made, *[
        make_event(
            "error" if n % 3 else "a", user_id=f"u{n % 7}", timestamp=f"2026-0{1 + n % 2}-0{1 + n % 9}T00:00:00Z",
            properties={"plan": f"p{n % 3}", "message": f"m{n}" * 9},
        )
        for n in range(60)
    ])  # fmt: skip
    send(made, make_event("$alias", user_id="u1", properties={"alias": "somebody"}))
    cut.cut(made.id)
    yield made
    forget()


def forget():
    """As a process that has just begun."""
    running.forget()
    engine.forget()
    promoted._columns.clear()


def path_of(tenant):
    with tenant_scope(tenant.id):
        return files.absolute(Segment.objects.filter(replaced_at=None).order_by("min_seq").first().path)


@pytest.fixture
def ask(tenant, client):
    """Status and answer of each question, without what differs from time to time."""
    headers = {"authorization": f"Bearer {make_secret_key(tenant)}"}

    def all_of_them():
        running.forget()
        answers = [
            client.post(f"{API}query", json.dumps(each), "application/json", headers=headers) for each in QUESTIONS
        ]
        for path in ("stats?since=2026-01-01T00:00:00Z&until=2026-04-01T00:00:00Z", "values?property=plan"):
            answers.append(client.get(API + path, headers=headers))
        return [(answer.status_code, without(answer.json())) for answer in answers]

    return all_of_them


def without(answer):
    return {key: value for key, value in answer.items() if key not in FLAT}


def segments(*arguments):
    printed = io.StringIO()
    call_command("segments", *arguments, stdout=printed)
    return printed.getvalue()


def middle_gone(content):
    return content[: len(content) // 2] + content[len(content) // 2 + 60 :]


DAMAGE = {
    "missing": None,
    "truncated": lambda content: content[: len(content) // 2],
    "middle gone": middle_gone,
    "footer overwritten": lambda content: content[:-200] + b"\x00" * 192 + content[-8:],
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_said_by_every_question_or_its_answer_is_exact(tenant, ask, kind):
    whole = ask()
    assert {status for status, _ in whole} == {200}
    path = path_of(tenant)
    content = path.read_bytes()
    path.unlink()
    if DAMAGE[kind]:
        path.write_bytes(DAMAGE[kind](content))
    for warm in (True, False):
        if not warm:
            forget()
        for (status, answer), right in zip(ask(), whole, strict=True):
            if status == 503:
                assert answer["error"]["code"] == "segment_unreadable" and REPAIR in answer["error"]["message"]
            else:
                assert (status, answer) == right
    assert 503 in {status for status, _ in ask()}
    with pytest.raises(CommandError, match=REPAIR):
        segments("verify")
    segments("rebuild")
    assert "whole" in segments("verify")
    assert ask() == whole


def test_a_flipped_bit_is_found_by_verify_and_then_said_by_every_question_that_would_read_it(tenant, ask):
    whole = ask()
    path = path_of(tenant)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 8
    path.write_bytes(content)
    with pytest.raises(CommandError, match=REPAIR):
        segments("verify")
    found = ask()
    assert [status for status, _ in found[:-1]] == [503] * (len(found) - 1)
    assert segments("rebuild", "--json")
    assert ask() == whole


def test_pages_say_it_in_their_place(tenant, sign_in):
    path_of(tenant).unlink()
    pages, at = sign_in(tenant), f"/t/{tenant.slug}/"
    asked = quote(json.dumps(QUESTIONS[0]))
    days = "range=2026-01-01..2026-03-31"
    parts = (f"insights/result?q={asked}", f"overview/panels?{days}", f"quality/errors/?{days}", "people/")
    for part in parts:
        answer = pages.get(at + part, headers={"hx-request": "true"})
        assert answer.status_code == 503 and REPAIR in answer.content.decode(), part


def test_a_rebuild_that_fails_half_way_changes_nothing(tenant, ask, monkeypatch):
    whole = ask()
    monkeypatch.setattr(slices, "MAX_ROWS", 20)
    copy_rows = slices.copy_rows

    def fail_behind_the_first(connection, tenant_id, above, *where):
        if above:
            raise OSError("the disk is full")
        return copy_rows(connection, tenant_id, above, *where)

    monkeypatch.setattr(slices, "copy_rows", fail_behind_the_first)
    with pytest.raises(OSError, match="full"):
        rebuild.rebuild(tenant.id)
    assert ask() == whole
    monkeypatch.undo()
    assert rebuild.rebuild(tenant.id) == 61
    assert ask() == whole


def test_a_fatal_error_of_the_engine_ends_one_question_not_all(tenant, ask):
    import duckdb

    whole = ask()
    with pytest.raises(duckdb.FatalException), engine.cursor():
        before = engine.instance()
        raise duckdb.FatalException("database has been invalidated")
    assert engine.instance() is not before
    assert ask() == whole  # the links' table, which questions keep in the engine, is made again
