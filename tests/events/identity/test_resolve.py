"""Who is who, held by an oracle: whatever the order of arrival, whoever shares a device, however aliases run."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import funnels, lifecycle, retention, stickiness, trends
from tests.oracle import identity as oracle
from tests.query_data import asking_of, map_of, question_of, relation_of

START = datetime(2026, 11, 10, 9, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
IDS = ["ann", "bob", "cid", "d1", "d2", "d3"]
MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples


def link(kind, source, target, minute=0, event_id="e"):
    return {"kind": kind, "source": source, "target": target, "ts": START + timedelta(minutes=minute),
            "event_id": event_id}  # fmt: skip


def names(log, ids=IDS):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if map_of(connection, log) is None:
            return {id_: id_ for id_ in ids}
        known = dict(connection.execute("SELECT id, canonical FROM actors").fetchall())
        hashes = connection.execute(
            "SELECT count(*) FROM actors WHERE actor <> md5_number_lower(id) OR who <> md5_number_lower(canonical)"
        ).fetchone()
    assert hashes == (0,)
    assert all(id_ != canonical for id_, canonical in known.items())
    return {id_: known.get(id_, id_) for id_ in ids}


logs = st.lists(
    st.builds(
        link,
        st.sampled_from(["device", "device", "device", "alias", "merge", "undo"]),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.integers(0, 3),
        st.sampled_from(["a", "b", "B", "é"]),
    ).filter(lambda each: each["source"] != each["target"]),
    unique_by=lambda each: (each["ts"], each["event_id"]),  # an event is one fact
    max_size=12,
)


@settings(max_examples=100 * MORE, deadline=None)
@given(log=logs)
def test_the_map_agrees_with_the_oracle(log):
    assert names(log) == oracle.canonical(log, IDS)


@settings(max_examples=30 * MORE, deadline=None)
@given(log=logs, data=st.data())
def test_the_order_of_arrival_does_not_matter(log, data):
    seen = [each for each in log if each["kind"] in ("device", "alias")]
    assert names(data.draw(st.permutations(seen))) == names(seen)


def test_a_late_earlier_event_moves_the_link():
    log = [link("device", "d1", "bob", 5)]
    assert names(log)["d1"] == "bob"
    assert names([*log, link("device", "d1", "ann", 3)])["d1"] == "ann"


def test_of_equal_times_the_lesser_event_id_decides():
    assert names([link("device", "d1", "bob", 0, "b"), link("device", "d1", "ann", 0, "a")])["d1"] == "ann"


def test_two_users_never_merge_by_a_device():
    log = [link("device", "d1", "ann", 1), link("device", "d1", "bob", 2), link("device", "ann", "bob", 3)]
    found = names([*log, link("device", "d2", "ann", 4)])
    assert (found["ann"], found["bob"], found["d1"], found["d2"]) == ("ann", "bob", "ann", "ann")


@pytest.mark.parametrize("ring", [["ann", "bob", "cid", "ann"], ["ann", "bob", "cid"]])
def test_aliases_in_a_chain_or_a_ring_are_one_actor(ring):
    log = [link("alias", a, b, minute) for minute, (a, b) in enumerate(pairwise(ring))]
    assert set(names(log, ["ann", "bob", "cid"]).values()) == {"bob"}


def test_an_undo_takes_a_pair_apart_for_good_until_it_is_joined_by_hand():
    log = [link("device", "d1", "ann", 1), link("device", "d1", "bob", 2), link("undo", "ann", "d1", 9)]
    assert names(log)["d1"] == "bob"
    assert names([*log, link("device", "d1", "ann", 0)])["d1"] == "bob"
    assert names([*log, link("merge", "d1", "ann", 10)])["d1"] == "ann"


def ask(builder, rows, log, **fields):
    question = question_of(range={"from": "2026-11-09", "to": "2026-11-22", "timezone": "UTC"}, **fields)
    with relation_of(rows, log) as relation:
        return builder(asking_of(relation, question, NOW), question)


def row(who, name, day):
    return {"who": who, "name": name, "ts": START + timedelta(days=day)}


ROWS = [row("d1", "visit", 0), row("ann", "buy", 1), row("d2", "visit", 2), row("ann", "visit", 8)]
LOG = [link("device", "d1", "ann")]


def test_every_kind_of_question_counts_linked_ids_once():
    steps = [{"event": "visit"}, {"event": "buy"}]
    funnel = ask(funnels.answer, ROWS, LOG, kind="funnel", steps=steps)
    assert [step["count"] for step in funnel["steps"]] == [2, 1]
    counted = ask(trends.answer, ROWS, LOG, kind="trends", series=[{"event": "*", "measure": "uniques"}])
    assert counted["series"][0]["total"] == 2
    returned = ask(retention.answer, ROWS, LOG, kind="retention", unit="week", periods=2)
    assert returned["cohorts"][0]["counts"] == [2, 1]
    assert ask(lifecycle.answer, ROWS, LOG, kind="lifecycle", interval="week")["returning"] == [0, 1]
    assert [each["users"] for each in ask(stickiness.answer, ROWS, LOG, kind="stickiness")["counts"]][:3] == [1, 0, 1]


# --- by hand ------------------------------------------------------------------------------------------


def test_an_event_that_comes_after_a_merge_joins_no_two_users():
    log = [link("merge", "d1", "ann", 5), link("device", "d1", "bob", 1), link("device", "d1", "cid", 9)]
    for count in (1, 2, 3):
        found = names(log[:count])
        assert (found["d1"], found["ann"], found["bob"], found["cid"]) == ("ann", "ann", "bob", "cid")


def test_a_device_that_others_were_merged_into_takes_them_along_to_its_user():
    log = [link("merge", "d1", "d2", 5), link("device", "d2", "bob", 9), link("device", "d1", "cid", 7)]
    found = names(log)
    assert (found["d1"], found["d2"], found["cid"]) == ("bob", "bob", "cid")


@pytest.mark.parametrize("reverse", [False, True])
def test_the_target_of_a_merge_gives_the_name_whatever_aliases_there_are(reverse):
    aliases = [link("alias", "d1", "ann", 1), link("alias", "d2", "bob", 2)]
    source, target = ("bob", "ann") if reverse else ("ann", "bob")
    assert set(names([*aliases, link("merge", source, target, 9)], ["ann", "bob", "d1", "d2"]).values()) == {target}


def test_undoing_an_older_merge_leaves_a_newer_one_that_built_on_it():
    log = [link("merge", "bob", "ann", 1), link("merge", "cid", "ann", 2), link("merge", "ann", "d1", 3)]
    assert set(names(log, ["ann", "bob", "cid"]).values()) == {"d1"}
    found = names([*log, link("undo", "bob", "ann", 4)])
    assert found == {"bob": "bob", "ann": "d1", "cid": "d1", "d1": "d1", "d2": "d2", "d3": "d3"}


facts = st.lists(
    st.tuples(st.sampled_from(["d1", "d2", "d3"]), st.sampled_from(["ann", "bob", "cid"]), st.integers(0, 3)),
    unique_by=lambda fact: fact[2],
    max_size=4,
)


@settings(max_examples=12 * MORE, deadline=None)
@given(before=facts, after=facts, data=st.data())
def test_all_merges_undone_in_any_order_are_as_if_none_had_been(before, after, data):
    log = [link("device", *fact) for fact in before]
    made = []
    for _ in range(data.draw(st.integers(1, 3))):
        found = names(log)
        actors = sorted(set(found.values()), key=lambda id_: (id_[0] != "d", id_))  # devices before users
        if len(actors) > 1:
            source, target = sorted(data.draw(st.permutations(actors))[:2], key=actors.index)
            made.append(link("merge", source, target, 10 + len(made)))
            log.append(made[-1])
    late = [link("device", device, user, minute, "late") for device, user, minute in after]
    users = {found for id_, found in names([*log, *late]).items() if id_ in ("ann", "bob", "cid")}
    joined = sum(each["source"] in ("ann", "bob", "cid") for each in made)
    assert len(users) == 3 - joined  # only merges of users join users
    log += late
    for each in data.draw(st.permutations(made)):
        log.append({**each, "kind": "undo"})
    apart = {frozenset((each["source"], each["target"])) for each in made}  # for good, whatever events say
    facts_left = [each for each in log if each["kind"] == "device"]
    assert names(log) == names(
        [each for each in facts_left if frozenset((each["source"], each["target"])) not in apart]
    )
