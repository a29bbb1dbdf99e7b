"""`manage.py bench` with tiny numbers, on a PostgreSQL and a web server of its own."""

from __future__ import annotations

import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from events.bench.cases import CASES, chosen, peers
from events.bench.questions.asked import QUESTIONS
from events.ingest.rows import COLUMNS


def bench(*names: str, **options) -> dict:
    out = StringIO()
    call_command("bench", *names, json=True, stdout=out, stderr=StringIO(), **options)
    return json.loads(out.getvalue())


def row_of(found: dict, title: str) -> dict:
    return next(table for table in found["tables"] if table["title"].startswith(title))["rows"][0]


@pytest.fixture
def data_dir(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_it_measures_ingestion_and_every_acked_event_is_stored(data_dir):
    found = bench("batches", "sockets", seconds=1)

    batches, frames = row_of(found, "Batches"), row_of(found, "WebSockets")
    assert batches["acked"] > 0
    assert frames["acked"] > 0
    assert {batches["acked = stored = ledger"], frames["acked = stored = ledger"]} == {"yes"}
    assert found["machine"]["cores"] == str(os.cpu_count())
    assert list(data_dir.iterdir()) == []


def test_it_measures_reading(data_dir):
    found = bench("read", rows=2_000)

    assert {row["status"] for row in found["tables"][0]["rows"]} == {200}


def test_questions_over_made_events_are_answered_as_postgresql_answers_them(data_dir):
    found = bench("query", events=3_000, tenants=2)

    questions = found["tables"][0]["rows"]
    assert len(questions) == len(QUESTIONS)
    assert {answer for row in questions for column, answer in row.items() if column.startswith("= ")} == {"yes"}


def test_peers_write_rows_with_ids_of_their_own():
    lines = peers.template(3)

    blocks = [peers.values_of(peers.fresh(lines)) for _ in range(4)]

    assert len({row[COLUMNS.index("event_id")] for block in blocks for row in block}) == 12
    assert {len(row) for block in blocks for row in block} == {len(COLUMNS)}


def test_it_measures_another_server_by_what_can_be_seen_from_outside():
    found = bench("cpu", url="http://127.0.0.1:9", write_key="k")

    assert found["tables"] == []  # not of a server elsewhere


def test_groups_stand_for_their_cases():
    assert chosen(["all"]) == list(CASES)
    assert "read" not in chosen(["ingest"])
    assert chosen(["up", "cpu"]) == ["cpu", "up"]


def test_it_says_which_cases_there_are():
    with pytest.raises(CommandError, match="no such case: speed; there are cpu"):
        call_command("bench", "speed")


def test_it_needs_a_key_for_another_server():
    with pytest.raises(CommandError, match="--write-key"):
        call_command("bench", "batches", url="http://127.0.0.1:1")
