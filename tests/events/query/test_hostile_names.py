"""Hostile names and values at every place of every kind of question: bound, never executed, and counted like others.

The data holds one small world for each text of the corpus and one for an ordinary word, all alike but for the text.
So the ordinary world is the oracle: an answer about a hostile text is the ordinary one with the text in its place.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import msgspec
import pytest

from events.query import explain, finding, property_values, run
from events.query.relation import Relation
from events.query.snapshot import File, Snapshot
from events.query.types import Filter, parse_explain, parse_question
from events.segments import columns, files
from obc_analytics.errors import BadRequest
from tests.query_data import TENANT, asking_of, raw_row

WORD = "Ordinary-Word"
CORPUS = {
    "statement": "'; DROP TABLE tail; --",
    "identifier": '"; DROP TABLE tail; /*',
    "union": "x') UNION ALL SELECT * FROM read_csv('/etc/passwd') --",
    "placeholders": "a$1 $p0 $p1 {}{0}{names} %s%(x)s% :p \\x00\\'",
    "pointer": "a/b~c~1d/0.*[0]",
    "controls": "a\r\nb\tc\x01\ufffd",
    "bidi": "\u202egnp.exe\u2066e\u0301🙂",
    "blank": " ",
    "huge": "x'\"$1" * 38,
}
FIRST = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RANGE = {"from": "2026-11-01", "to": "2026-11-14", "timezone": "UTC"}


def world(text: str) -> list[dict[str, Any]]:
    """Two people: one goes from `text` to `text` + "!" and returns a week later, the other stops at the first."""

    def row(who: str, name: str, minutes: int, **properties: Any) -> dict[str, Any]:
        return {
            "who": who, "name": name, "ts": FIRST + timedelta(minutes=minutes), "session": text, "device": text,
            "category": text, "url": text, "referrer": text, "device_info": {"browser": text, "os": text},
            "properties": {text: text, "plan": text, "n": minutes, **properties},
        }  # fmt: skip

    return [
        row(text, text, 0),
        row(text, text + "!", 30),
        row(text, text, 7 * 1440),
        row(text + "?", text, 45, **{text: text + "?"}),
        row(text, "$identify", 1, **{"$set": {text: text, "name": text}}),
        row(text, "error", 50, type=text, message=text, stack=text),
        row(text, "web_vital", 51, metric="LCP", value=2000),
        row(text, "form_start", 52, form=text),
        row(text, "form_submit", 53, form=text, success=True, field=text),
    ]


def questions(text: str) -> dict[str, dict[str, Any]]:
    first, second = {"event": text}, {"event": text + "!"}
    mine = {"property": "plan", "value": text}

    def where(op: str, value: Any = text, name: str = text) -> dict[str, Any]:
        filter_ = {"property": name, "op": op, "value": value}
        return {"kind": "trends", "series": [{"event": [text, text + "!"], "filters": [filter_, mine]}]}

    funnel = {"kind": "funnel", "steps": [first, second]}
    trend = {"kind": "trends", "series": [first]}
    return {
        "event": trend,
        "events as one": {"kind": "trends", "series": [{"event": [text, text + "!"], "measure": "uniques"}]},
        **{op: where(op) for op in ("is", "is_not", "contains", "not_contains", "starts_with", "is_set", "is_not_set")},
        **{op: where(op) for op in ("lt", "gte")},
        **{op: where(op, "2026-11-10") for op in ("before", "after")},
        **{op: where(op, [text, text + "?"]) for op in ("in", "not_in", "between")},
        "built-in": where("is", name="$session_id"),
        "url": where("contains", name="$page_url"),
        "trait": where("is", name="profile:" + text),
        "label": {"kind": "trends", "series": [{**first, "label": text}]},
        "measure": {"kind": "trends", "series": [{**first, "measure": "sum", "property": text}]},
        "breakdown": {"kind": "trends", "series": [first], "breakdown": [{"property": text}, {"property": "$browser"}]},
        "breakdown by trait": {"kind": "trends", "series": [first], "breakdown": [{"property": "profile:" + text}]},
        "formula": {"kind": "trends", "series": [first], "formula": "A+A", "filters": [mine]},
        "funnel": funnel,
        "funnel with all": {
            **funnel, "hold": [text, "plan"], "breakdown": [{"property": text}], "filters": [mine], "order": "any",
            "exclusions": [{"event": text + "?", "filters": [mine]}], "attribution": "step:1",
        },
        "funnel by session": {**funnel, "counting": "sessions"},
        "retention": {"kind": "retention", "start": first, "return": {**first, "filters": [mine]}, "periods": 2},
        "flows": {"kind": "flows", "anchor": {**first, "filters": [mine]}, "depth": 2},
        "lifecycle": {"kind": "lifecycle", "event": text, "filters": [mine]},
        "stickiness": {"kind": "stickiness", "event": [text, text + "!"], "filters": [mine]},
        "vitals": {"kind": "vitals", "filters": [mine]},
        "forms": {"kind": "forms", "form": text, "filters": [mine]},
        "actors of a trend": {"kind": "actors", "of": {**trend, "range": RANGE}},
        "actors of a value": {
            "kind": "actors",
            "of": {**trend, "breakdown": [{"property": text}], "range": RANGE},
            "at": {"breakdown": [text]},
        },
        "actors of a step": {"kind": "actors", "of": {**funnel, "range": RANGE}, "at": {"step": 2}},
        "actors of a flow": {
            "kind": "actors",
            "of": {"kind": "flows", "anchor": {**first, "filters": [mine]}, "range": RANGE},
            "at": {"node": f"1:{text}!"},
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def relation(tmp_path_factory):
    """All worlds: every second row in a Parquet file, with its promoted columns, the others in the tail."""
    from django.conf import settings

    with pytest.MonkeyPatch.context() as patch, duckdb.connect() as connection:
        patch.setattr(settings, "DATA_DIR", tmp_path_factory.mktemp("data"))
        rows = [row for text in (WORD, *CORPUS.values()) for row in world(text)]
        connection.execute("SET TimeZone = 'UTC'")
        for table, part in (("old", rows[::2]), ("new", rows[1::2])):
            fields = ", ".join(f"{name} {type_}" for name, type_, _ in columns.RAW)
            connection.execute(f"CREATE TEMP TABLE {table} ({fields})")
            marks = ", ".join("?" * len(columns.RAW))
            start = 1 + (table == "new")
            values = [raw_row(start + 2 * number, row) for number, row in enumerate(part)]
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
        made = files.write(connection, TENANT.id, f"(SELECT {columns.PROJECTION} FROM old)")
        connection.execute(f"CREATE TEMP TABLE tail AS SELECT {columns.PROJECTION} FROM new")
        known = tuple(File(file.path, file.rows, file.min_time, file.max_time) for file in made)
        yield Relation(connection, Snapshot(TENANT.id, 0, 0, 0, 0, known, None, len(rows) // 2, len(rows)))
        assert connection.execute("SELECT count(*) FROM tail").fetchone() == (len(rows) // 2,)
        assert connection.execute("SELECT count(*) FROM duckdb_databases() WHERE NOT internal").fetchone() == (1,)


def ask(relation: Relation, fields: dict[str, Any]) -> dict[str, Any]:
    question = parse_question(fields if fields["kind"] == "actors" else {"range": RANGE, **fields})
    answer = run.BUILDERS[type(question)](asking_of(relation, question, NOW), question)
    return msgspec.json.decode(msgspec.json.encode(answer))


def in_place_of(word: str, text: str, answer: Any) -> Any:
    """The answer with each text that holds the word holding the other text."""
    if isinstance(answer, dict):
        return {in_place_of(word, text, key): in_place_of(word, text, value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [in_place_of(word, text, value) for value in answer]
    return answer.replace(word, text) if isinstance(answer, str) else answer


@pytest.mark.parametrize("place", questions(WORD))
def test_an_answer_about_a_hostile_text_is_the_ordinary_one(relation, place):
    ordinary = ask(relation, questions(WORD)[place])
    assert WORD in json.dumps(questions(WORD)[place])
    for name, text in CORPUS.items():
        found = ask(relation, questions(text)[place])
        assert found == in_place_of(WORD, text, ordinary), name


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_pickers_find_the_values_of_a_hostile_name(relation, text):
    asking = asking_of(relation, parse_question({"kind": "trends"}), NOW)
    question = property_values.Values(property=text, prefix=text)
    found = property_values.values(asking, question)["results"]
    assert {"value": text, "count": 8} in found


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_a_hostile_filter_finds_its_events_for_the_explorer(relation, text):
    filters = (Filter(property=text, op="is", value=text), Filter(property="$event_name", op="is", value=text))
    found = finding.numbers_in(relation, TENANT, FIRST, NOW, filters, 10)
    assert len(found) == 2


def explained(relation: Relation, text: str, of: str) -> Any:
    question = parse_explain({"of": {**questions(text)[of], "range": RANGE}, "actor": text})
    return explain.answer(asking_of(relation, question, NOW), question)


@pytest.mark.parametrize("of", ["funnel", "funnel with all", "retention"])
def test_explain_tells_of_a_hostile_actor_what_it_tells_of_others(relation, of):
    ordinary = msgspec.to_builtins(explained(relation, WORD, of))
    assert ordinary["counted"]
    for name, text in CORPUS.items():
        found = msgspec.to_builtins(explained(relation, text, of))
        found, wanted = without_ids(found), without_ids(in_place_of(WORD, text, ordinary))
        assert found == wanted, name


def without_ids(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: without_ids(value) for key, value in told.items() if key != "event_id"}
    return [without_ids(value) for value in told] if isinstance(told, list) else told


# --- where only a few words are allowed -----------------------------------------------------------------

NARROW: dict[str, Any] = {
    "formula": lambda text: {"kind": "trends", "formula": text},
    "interval": lambda text: {"kind": "trends", "interval": text},
    "measure": lambda text: {"kind": "trends", "series": [{"measure": text}]},
    "compare": lambda text: {"kind": "trends", "compare": text},
    "op": lambda text: {"kind": "trends", "filters": [{"property": "plan", "op": text, "value": 1}]},
    "built-in": lambda text: {"kind": "trends", "filters": [{"property": "$" + text, "value": 1}]},
    "built-in breakdown": lambda text: {"kind": "trends", "breakdown": [{"property": "$" + text}]},
    "from": lambda text: {"kind": "trends", "range": {"from": text, "to": "2026-11-14"}},
    "timezone": lambda text: {"kind": "trends", "range": {**RANGE, "timezone": text}},
    "attribution": lambda text: {"kind": "funnel", "steps": [{}], "attribution": text},
    "order": lambda text: {"kind": "funnel", "steps": [{}], "order": text},
    "unit": lambda text: {"kind": "retention", "unit": text},
    "group": lambda text: {"kind": "errors", "group": text},
    "sort": lambda text: {"kind": "errors", "order": text},
    "bucket": lambda text: {"kind": "actors", "of": {"kind": "trends"}, "at": {"bucket": text}},
    "cell": lambda text: {"kind": "actors", "of": {"kind": "retention"}, "at": {"cell": [text, 0]}},
    "node": lambda text: {"kind": "actors", "of": {"kind": "flows"}, "at": {"node": text}},
    "state": lambda text: {
        "kind": "actors",
        "of": {"kind": "lifecycle"},
        "at": {"bucket": "2026-11-02", "state": text},
    },
    "unknown": lambda text: {"kind": "trends", text: text},
    "kind": lambda text: {"kind": text},
}


@pytest.mark.parametrize("place", NARROW)
def test_where_few_words_are_allowed_a_hostile_one_is_refused_with_its_place(relation, place):
    for text in CORPUS.values():
        with pytest.raises(BadRequest) as said:
            ask(relation, NARROW[place](text))
        assert said.value.details.get("path") or said.value.details.get("property")


def test_a_hostile_pattern_is_matched_or_refused(relation):
    for text in (*CORPUS.values(), "(", "[", "*", "a{1000000}", "(a*)*b", "\\", "(?i", "\\C"):
        try:
            ask(relation, {"kind": "trends", "filters": [{"property": "plan", "op": "regex", "value": text}]})
        except BadRequest as said:
            assert said.details["path"] == "$.filters"


@pytest.mark.parametrize("value", [1e308, -0.0, 2**63, -(2**70), True, "1e400", "nan", "", "\x00", "\ud800"])
@pytest.mark.parametrize("op", ["is", "gt", "lte", "in", "contains", "before"])
def test_an_odd_value_is_compared_or_refused(relation, op, value):
    filter_ = {"property": "n", "op": op, "value": [value] if op == "in" else value}
    try:
        ask(relation, {"kind": "trends", "filters": [filter_]})
    except BadRequest as said:
        assert said.details["path"].startswith("$.filters") or value == "\ud800"
