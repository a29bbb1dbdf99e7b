"""Links are there for the very next answer, whoever sent what first, and cost nothing once they are known."""

from __future__ import annotations

import itertools

import duckdb
import pytest

from events.identity import cached, record
from events.models import IdentityLink, Watermark
from events.query import engine, snapshot
from events.query.relation import open_relation
from events.query.run import run
from events.query.types import parse_question
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = parse_question(
    {
        "kind": "trends",
        "series": [{"event": "*", "measure": "uniques"}],
        "range": {"from": "2026-11-01", "to": "2026-11-30", "timezone": "UTC"},
    }
)


@pytest.fixture
def tenant(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return make_tenant()


def visit(minute=0, **fields):
    return make_event("visit", timestamp=f"2026-11-10T09:{minute:02}:00Z", **fields)


def uniques(tenant):
    return run(TenantConfig.of(tenant), QUESTION)["series"][0]["total"]


def log(tenant):
    with tenant_scope(tenant.id):
        return list(IdentityLink.objects.filter(tenant=tenant).order_by("version").values_list("source", "target"))


def version(tenant):
    with tenant_scope(tenant.id):
        return sum(Watermark.objects.filter(tenant=tenant).values_list("identity_version", flat=True))


def canonical(tenant, id_):
    with open_relation(tenant.id) as relation:
        if relation.actors is None:
            return id_
        found = relation.connection.execute(f"SELECT canonical FROM {relation.actors} WHERE id = ?", [id_]).fetchone()
    return found[0] if found else id_


def test_the_answer_after_a_login_counts_device_and_user_as_one(tenant):
    send(tenant, visit(device_id="d1"), visit(device_id="d2"), visit(user_id="ann"))
    assert uniques(tenant) == 3
    send(tenant, visit(5, device_id="d1", user_id="ann"))
    assert uniques(tenant) == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_earliest_joining_event_decides_in_every_order(tenant, order):
    joining = [visit(minute, device_id="d1", user_id=user) for minute, user in enumerate(["ann", "bob", "ann"])]
    for number in order:
        send(tenant, joining[number])
        canonical(tenant, "d1")
    assert canonical(tenant, "d1") == "ann"


def test_known_links_are_not_written_again_by_this_process_or_another(tenant, monkeypatch):
    send(tenant, visit(1, device_id="d1", user_id="ann"))
    send(tenant, visit(2, device_id="d1", user_id="ann"))
    monkeypatch.setattr(record, "memory", record.Memory())  # as another process would begin
    send(tenant, visit(3, device_id="d1", user_id="ann"))
    assert (log(tenant), version(tenant)) == ([("d1", "ann")], 1)


def test_an_event_that_was_stored_before_joins_nothing(tenant):
    send(tenant, visit(event_id="a", device_id="d1"))
    send(tenant, visit(event_id="a", device_id="d1", user_id="ann"), visit(event_id="b"))
    assert log(tenant) == []


def test_an_alias_joins_two_ids(tenant):
    send(tenant, visit(user_id="ann"), visit(user_id="anna"))
    send(tenant, make_event("$alias", timestamp="2026-11-10T09:00:00Z", user_id="ann", properties={"alias": "anna"}))
    assert (canonical(tenant, "anna"), uniques(tenant)) == ("ann", 1)


@pytest.mark.parametrize("alias", [None, "", [], {"a": 1}, "x" * 300, "ann"])
def test_an_alias_that_is_no_other_id_joins_nothing(tenant, alias):
    send(tenant, make_event("$alias", user_id="ann", properties={"alias": alias}))
    assert log(tenant) == []


def test_an_older_snapshot_keeps_its_links(tenant):
    send(tenant, visit(5, device_id="d1", user_id="bob"))
    with open_relation(tenant.id) as older:
        send(tenant, visit(1, device_id="d1", user_id="ann"))
        assert canonical(tenant, "d1") == "ann"
        known = older.connection.execute(f"SELECT canonical FROM {older.actors}").fetchall()
        assert known == [("bob",)]
        assert cached.map_of(older.connection, older.snapshot) == older.actors


class Interrupted:
    """A connection whose nth statement is cut off before it does anything, as by a question that is cancelled."""

    def __init__(self, connection, nth):
        self.connection, self.left = connection, nth

    def execute(self, *arguments):
        self.left -= 1
        if self.left == 0:
            raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")
        return self.connection.execute(*arguments)


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_question_that_is_cut_off_while_it_reads_links_breaks_no_later_one(tenant, nth):
    send(tenant, visit(device_id="d1", user_id="ann"))
    with snapshot.take(tenant.id) as state, engine.cursor() as connection, pytest.raises(duckdb.InterruptException):
        cached.map_of(Interrupted(connection, nth), state)
    assert canonical(tenant, "d1") == "ann"


def test_ids_with_quotes_separators_and_line_ends_travel_unharmed(tenant):
    device, user = "d\",\n\\N\t'", "ü\r\n,,'; DROP TABLE links"
    send(tenant, visit(device_id=device, user_id=user))
    assert canonical(tenant, device) == user


def test_links_stay_with_their_tenant(tenant):
    other = make_tenant("Other")
    send(tenant, visit(device_id="d1", user_id="ann"))
    send(other, visit(device_id="d1", user_id="bob"))
    assert (canonical(tenant, "d1"), canonical(other, "d1")) == ("ann", "bob")
