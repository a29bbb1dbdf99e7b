"""Errors, web vitals and forms against the oracle."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import errors, forms, vitals
from events.query.grouping import group_of
from events.query.types import parse_question
from obc_analytics.errors import BadRequest, NotFound
from tests.events.query.test_trends import close
from tests.oracle import quality as oracle
from tests.query_data import asking_of, question_of, relation_of

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 28, tzinfo=UTC)
RANGE = {"from": "2026-10-24", "to": "2026-10-27", "timezone": "UTC"}
times = st.builds(
    lambda hours, odd: SINCE + timedelta(hours=hours, microseconds=odd),
    st.integers(-30, 130),
    st.sampled_from([0, 1, -1]),
)
people = st.sampled_from(["ann", "bob", "cid"])
STACK = "E\n at f (https://a.example/m.js:1:{})"


def rows_of(names, properties):
    row = st.fixed_dictionaries(
        {"who": people, "name": st.sampled_from(names), "ts": times, "properties": properties},
        optional={"url": st.sampled_from(["https://a.example/x", "https://a.example/y?z=1", None])},
    )
    return st.lists(row, max_size=40)


def ask(module, rows, **fields):
    for number, row in enumerate(rows):
        row["seq"] = number
    question = question_of(range=RANGE, **fields)
    with relation_of(rows) as relation:
        return module.answer(asking_of(relation, question, NOW), question)


def iso(moment):
    return moment.isoformat().replace("+00:00", "Z")


error_rows = rows_of(
    ["error", "error", "click"],
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["TypeError", "RangeError", "", None, 5]),
            "message": st.sampled_from(["x is 1", "x is 22", "y", None, ["a"], "'; DROP TABLE e"]),
            "stack": st.sampled_from([STACK.format(1), STACK.format(2), "no frames", None]),
        },
    ),
)


def said(row):
    """As the relation reads properties: text, or nothing."""
    return {
        name: value if isinstance(value, str) or value is None else json.dumps(value, separators=(",", ":"))
        for name, value in row["properties"].items()
    }


@settings(max_examples=80, deadline=None)
@given(rows=error_rows)
def test_error_groups_agree_with_the_oracle(rows):
    found = ask(errors, rows, kind="errors")
    wanted = oracle.errors([{**row, "properties": said(row)} for row in rows], SINCE, UNTIL)
    has_past = any(row["name"] == "error" and row["ts"] < SINCE for row in rows)
    assert {
        group["group"]: (group["count"], group["users"], group["first_seen"], group["last_seen"], group["new"])
        for group in found["groups"]
    } == {
        hash_: (
            each["count"],
            each["users"],
            iso(each["first"]),
            iso(each["last"]),
            has_past and each["first"] >= SINCE,
        )
        for hash_, each in wanted.items()
    }
    assert all(sum(group["trend"]) == group["count"] for group in found["groups"])
    assert found["total"] == sum(found["trend"]) == sum(each["count"] for each in wanted.values())


def error(day, who="ann", **properties):
    return {"who": who, "name": "error", "ts": SINCE + timedelta(days=day), "properties": properties}


def test_one_group_has_its_stack_its_occurrences_and_where_they_are():
    rows = [
        {**error(0, message="x is 1", stack=STACK.format(1), release="1.0"), "url": "https://a.example/x"},
        {**error(1, "bob", message="x is 2", stack=STACK.format(2), handled=True), "url": "https://a.example/x"},
        error(1, message="other"),
    ]
    group = group_of(None, "x is 1", STACK.format(9)).hash
    detail = ask(errors, rows, kind="errors", group=group)["detail"]
    assert detail["stack"] == STACK.format(2)
    assert [(row["distinct_id"], row["message"], row["handled"]) for row in detail["occurrences"]] == [
        ("bob", "x is 2", "true"), ("ann", "x is 1", None)]  # fmt: skip
    assert detail["path"] == [{"value": "/x", "count": 2, "users": 2}]
    assert {"value": "1.0", "count": 1, "users": 1} in detail["release"]


def test_a_group_that_did_not_happen_in_the_range_is_not_found():
    with pytest.raises(NotFound):
        ask(errors, [error(-1, message="x")], kind="errors", group=group_of(None, "x", None).hash)


@pytest.mark.parametrize("group", ["", "x" * 16, "0" * 17, "'; DROP"])
def test_what_is_no_group_is_refused(group):
    with pytest.raises(BadRequest):
        parse_question({"kind": "errors", "group": group})


def test_too_many_different_errors_are_told_as_one_group_and_none_is_lost(monkeypatch):
    monkeypatch.setattr(errors, "MOST_TEXTS", 2)
    rows = [error(0, message=word) for word in ("a", "a", "b", "b", "c", "d")]
    found = ask(errors, rows, kind="errors")
    assert found["total"] == sum(group["count"] for group in found["groups"]) == 6
    assert {group["group"]: group["count"] for group in found["groups"]}["$other"] == 2


# --- web vitals ---------------------------------------------------------------------------------------

ODD_VALUES = [0, 0.1, 0.25, 200, 2500, 2500.5, 4000, 1e12, -1, "180", "x", None, True, [1]]
vital_rows = rows_of(
    ["web_vital", "web_vital", "click"],
    st.fixed_dictionaries(
        {"metric": st.sampled_from(["LCP", "CLS", "INP", "odd", None])},
        optional={"value": st.sampled_from(ODD_VALUES)},
    ),
)


@settings(max_examples=80, deadline=None)
@given(rows=vital_rows)
def test_vitals_agree_with_the_oracle(rows):
    found = ask(vitals, rows, kind="vitals")
    measured = oracle.measured(rows, SINCE, UNTIL)
    assert {entry["metric"] for entry in found["metrics"]} == set(measured)
    for entry in found["metrics"]:
        wanted = oracle.vital([value for _, value in measured[entry["metric"]]], entry["metric"])
        assert close([entry["p75"]], [wanted["p75"]])
        assert (entry["count"], entry["rating"]) == (wanted["count"], wanted["rating"])
        assert (entry["shares"]["good"], entry["shares"]["poor"]) == (wanted["good"], wanted["poor"])
        assert sum(bin_["count"] for bin_ in entry["histogram"]) == wanted["count"]
    by_page = {}
    for metric, pairs in measured.items():
        for row, value in pairs:
            page = {"https://a.example/x": "/x", "https://a.example/y?z=1": "/y"}.get(row.get("url"), "$none")
            by_page.setdefault((page, metric), []).append(value)
    shown = {(row["page"], metric): each for row in found["pages"] for metric, each in row["metrics"].items()}
    assert {key: each["count"] for key, each in shown.items()} == {key: len(values) for key, values in by_page.items()}
    for (page, metric), each in shown.items():
        assert close([each["p75"]], [oracle.percentile(by_page[page, metric], 0.75)])


# --- forms --------------------------------------------------------------------------------------------

form_rows = rows_of(
    ["form_start", "form_start", "form_submit", "form_abandon", "click"],
    st.fixed_dictionaries(
        {"form": st.sampled_from(["login", "sign up"])},
        optional={"success": st.sampled_from([True, False, False]), "field": st.sampled_from(["name", "mail"])},
    ),
)


@settings(max_examples=120, deadline=None)
@given(rows=form_rows)
def test_forms_agree_with_the_oracle_and_every_start_has_one_outcome(rows):
    found = ask(forms, rows, kind="forms")
    wanted = oracle.forms(rows, SINCE, UNTIL)
    assert {entry["form"] for entry in found["forms"]} == set(wanted)
    for entry in found["forms"]:
        mine = wanted[entry["form"]]
        assert {name: entry[name] for name in ("starts", "submits", "succeeded", "failed", "abandoned", "left")} == {
            name: mine[name] for name in ("starts", "submits", "succeeded", "failed", "abandoned", "left")
        }
        assert entry["users"] == len(mine["who"])
        assert close([entry["median_seconds"]], [oracle.median(mine["seconds"])])
        assert entry["starts"] == sum(entry[outcome] for outcome in forms.OUTCOMES)
    assert sum(found["starts"]) == sum(entry["starts"] for entry in found["forms"])
    assert sum(field["abandoned"] for field in found["fields"]) == sum(e["abandoned"] for e in found["forms"])


def form_event(name, minute, **properties):
    at = SINCE + timedelta(minutes=minute)
    return {"who": "ann", "name": name, "ts": at, "properties": {"form": "login", **properties}}


def test_fields_and_messages_of_failed_submits_are_counted():
    rows = [
        form_event("form_start", 0),
        form_event("form_submit", 1, success=False, errors=["too short", "<b>"], field="password"),
        form_event("form_submit", 2, success=False, errors="no list", field="password"),
        form_event("form_start", 60),
        form_event("form_abandon", 61, field="mail"),
    ]
    found = ask(forms, rows, kind="forms", form="login")
    assert found["fields"] == [
        {"form": "login", "field": "password", "abandoned": 0, "failed": 2},
        {"form": "login", "field": "mail", "abandoned": 1, "failed": 0},
    ]
    assert {(each["message"], each["count"]) for each in found["errors"]} == {("too short", 1), ("<b>", 1)}
    assert ask(forms, rows, kind="forms", form="other")["forms"] == []
