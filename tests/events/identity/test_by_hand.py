"""Merging by hand: foretold, done, undone, and every kind of question back where it was."""

from __future__ import annotations

import pytest

from events.identity import by_hand, links, profiles
from events.models import IdentityLink
from events.query import run
from events.query.types import parse_question
from events.segments import cut
from obc_analytics.errors import Conflict, NotFound
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send
from tests.oracle import identity as oracle

pytestmark = pytest.mark.django_db(transaction=True)

RANGE = {"from": "2026-11-09", "to": "2026-11-22", "timezone": "UTC"}
QUESTIONS = [
    {"kind": "trends", "series": [{"event": "*", "measure": "uniques"}, {"event": "*", "measure": "sessions"}]},
    {"kind": "funnel", "steps": [{"event": "visit"}, {"event": "buy"}]},
    {"kind": "retention", "unit": "week", "periods": 2},
    {"kind": "flows", "anchor": {"event": "visit"}},
    {"kind": "lifecycle", "interval": "week"},
    {"kind": "stickiness"},
    {"kind": "actors", "of": {"kind": "trends", "series": [{"event": "*"}], "range": RANGE}},
    {"kind": "sql", "sql": "select count(distinct who) from events"},
]
HOSTILE = ["d\",\n\\N\t'", "ü\r\n,,'; DROP TABLE identity_links --", "\u202e<script>", "x" * 255]


@pytest.fixture
def tenant(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()
    return make_tenant()


def visit(day, name="visit", **fields):
    return make_event(name, timestamp=f"2026-11-{day:02}T09:00:00Z", **fields)


def fill(tenant):
    """Ann on a phone and, unknown, on a tablet; Bob."""
    send(tenant, visit(10, device_id="phone"), visit(11, device_id="phone", user_id="ann"))
    send(tenant, visit(12, "buy", user_id="ann"), visit(12, device_id="tablet"), visit(18, device_id="tablet"))
    send(tenant, visit(10, user_id="bob"), visit(19, "buy", user_id="bob"))


def numbers(tenant):
    """The answers of every kind of question."""
    found = []
    for each in QUESTIONS:
        question = each if each["kind"] in ("sql", "actors") else {**each, "range": RANGE}
        answer = run.run(TenantConfig.of(tenant), parse_question(question))
        found.append({key: value for key, value in answer.items() if key not in ("timing_ms", "cached")})
    return found


def people(tenant):
    answer = run.answered(TenantConfig.of(tenant), profiles.Profiles(), profiles.listed)
    return {person["id"]: person["events"] for person in answer["people"]}


def merge(tenant, id_, into):
    return by_hand.merge(TenantConfig.of(tenant), links.Merge(id_, into), "olga")


def undo(tenant, source, target):
    by_hand.undo(TenantConfig.of(tenant), source, target, "olga")


def preview(tenant, id_, into):
    return run.answered(TenantConfig.of(tenant), links.Merge(id_, into), links.preview)


def listed(tenant, id_):
    return run.answered(TenantConfig.of(tenant), links.Links(id_), links.listed)["links"]


def log(tenant):
    with tenant_scope(tenant.id):
        rows = IdentityLink.objects.filter(tenant=tenant).order_by("version")
        return [
            {
                "kind": row.kind,
                "source": row.source,
                "target": row.target,
                "ts": row.timestamp,
                "event_id": row.event_id,
            }
            for row in rows
        ]


@pytest.mark.parametrize("segments", [False, True])
def test_counts_are_those_of_one_person_after_a_merge_and_the_same_as_before_after_its_undo(tenant, segments):
    fill(tenant)
    if segments:
        cut.cut(tenant.id)
    before = numbers(tenant)
    assert people(tenant) == {"ann": 3, "tablet": 2, "bob": 2}
    foretold = preview(tenant, "tablet", "ann")
    assert (foretold["person"]["id"], foretold["joined"]["id"]) == ("ann", "tablet")
    assert (foretold["ids"], foretold["moves"]) == (["tablet"], {"ids": 1, "events": 2})
    assert numbers(tenant) == before  # looking changes nothing
    merge(tenant, "tablet", "phone")  # any id of a person names it
    assert people(tenant) == {"ann": 5, "bob": 2}
    after = numbers(tenant)
    assert after[0]["series"][0]["total"] == before[0]["series"][0]["total"] - 1
    assert [name for name, was, now in zip(QUESTIONS, before, after, strict=True) if was == now] == [
        # sessions and paths of two devices that were never used together stay what they were
        each for each in QUESTIONS if each["kind"] == "flows"
    ]  # fmt: skip
    assert oracle.canonical(log(tenant), ["phone", "tablet", "bob"]) == {"phone": "ann", "tablet": "ann", "bob": "bob"}
    undo(tenant, "ann", "tablet")  # either way round
    assert numbers(tenant) == before
    assert people(tenant) == {"ann": 3, "tablet": 2, "bob": 2}


def test_two_users_merge_by_hand_only_and_take_their_devices_along(tenant):
    fill(tenant)
    send(tenant, visit(13, device_id="phone", user_id="bob"))
    assert people(tenant)["bob"] == 3
    merge(tenant, "bob", "ann")
    assert people(tenant) == {"ann": 6, "tablet": 2}
    undo(tenant, "bob", "ann")
    assert people(tenant) == {"ann": 3, "bob": 3, "tablet": 2}


def test_a_user_keeps_its_id_whichever_way_round_the_merge_is_asked_for(tenant):
    fill(tenant)
    found = merge(tenant, "ann", "tablet")
    assert (found["person"]["id"], found["joined"]["id"]) == ("ann", "tablet")
    assert found["link"] == {"source": "tablet", "target": "ann"}
    send(tenant, visit(20, device_id="tablet", user_id="bob"))  # a late event must not join Ann and Bob
    assert people(tenant) == {"ann": 5, "bob": 3}


@pytest.mark.parametrize("first", ["merge", "event"])
def test_a_merge_holds_whether_events_that_join_come_before_or_after_it(tenant, first):
    send(tenant, visit(10, device_id="d1"), visit(10, device_id="d2"))
    if first == "merge":
        merge(tenant, "d1", "d2")
    send(tenant, visit(11, device_id="d2", user_id="ann"))
    if first == "event":
        merge(tenant, "d1", "d2")
    assert people(tenant) == {"ann": 3}


def test_what_is_merged_already_is_not_merged_again(tenant):
    fill(tenant)
    merge(tenant, "tablet", "ann")
    with pytest.raises(Conflict):
        merge(tenant, "tablet", "ann")
    with pytest.raises(Conflict):
        merge(tenant, "phone", "phone")
    undo(tenant, "tablet", "ann")
    merge(tenant, "tablet", "ann")
    assert people(tenant) == {"ann": 5, "bob": 2}


def test_undoing_an_older_merge_leaves_the_newer_one_that_built_on_it(tenant):
    fill(tenant)
    merge(tenant, "tablet", "ann")
    merge(tenant, "ann", "bob")
    assert people(tenant) == {"bob": 7}
    undo(tenant, "tablet", "ann")
    assert people(tenant) == {"bob": 5, "tablet": 2}
    undo(tenant, "ann", "bob")
    assert people(tenant) == {"ann": 3, "bob": 2, "tablet": 2}


def test_the_list_of_links_says_what_joined_each_pair_and_who_took_it_apart(tenant):
    fill(tenant)
    assert [(each["kind"], each["source"], each["state"]) for each in listed(tenant, "phone")] == [
        ("device", "phone", "joined")
    ]
    merge(tenant, "tablet", "ann")
    newest = listed(tenant, "ann")[0]
    assert (newest["kind"], newest["source"], newest["target"]) == ("merge", "tablet", "ann")
    assert (newest["by"], newest["state"], newest["event_id"]) == ("olga", "joined", None)
    undo(tenant, "tablet", "ann")
    for id_ in ("tablet", "ann"):
        found = listed(tenant, id_)[0]
        assert (found["state"], found["undone_by"], found["source"]) == ("undone", "olga", "tablet")


def test_a_device_that_belongs_to_an_earlier_user_is_listed_as_outvoted(tenant):
    fill(tenant)
    send(tenant, visit(20, device_id="phone", user_id="bob"))
    assert [(each["source"], each["state"]) for each in listed(tenant, "bob")] == [("phone", "outvoted")]


def test_an_undo_of_an_events_link_holds_when_the_event_is_repeated(tenant):
    fill(tenant)
    undo(tenant, "phone", "ann")
    send(tenant, visit(9, device_id="phone", user_id="ann"))
    assert people(tenant)["phone"] == 1
    with pytest.raises(Conflict):
        undo(tenant, "ann", "phone")


def test_what_nobody_has_is_not_found(tenant):
    fill(tenant)
    for pair in (("nobody", "ann"), ("ann", "nobody")):
        with pytest.raises(NotFound):
            merge(tenant, *pair)
    with pytest.raises(NotFound):
        undo(tenant, "ann", "bob")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_ids_are_merged_and_taken_apart_like_others(tenant, text):
    send(tenant, visit(10, device_id=text), visit(10, user_id="ann"))
    merge(tenant, text, "ann")
    assert people(tenant) == {"ann": 2}
    assert listed(tenant, "ann")[0]["source"] == text
    undo(tenant, text, "ann")
    assert people(tenant) == {"ann": 1, text: 1}


def test_a_merge_stays_with_its_tenant(tenant):
    other = make_tenant("Other")
    fill(tenant)
    fill(other)
    merge(tenant, "tablet", "ann")
    assert (len(people(tenant)), len(people(other))) == (2, 3)
    with pytest.raises(NotFound):
        undo(other, "tablet", "ann")
    assert [each["kind"] for each in listed(other, "ann")] == ["device"]
