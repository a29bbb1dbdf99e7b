"""Files hold all rows of their source, sorted, whatever the number of row groups and months."""

from __future__ import annotations

import uuid

import duckdb
import pytest

from events.segments import columns, files

ROWS = 130_000  # more than a row group
VALUES = {
    "seq": "n",
    "ts": "TIMESTAMP '2026-01-30' + INTERVAL (n * 7919 % 400000) SECOND",
    "distinct_id": "'d' || n % 977",
    "event_name": "'page_view'",
    "properties": """'{"n": ' || n || '}'""",
}


@pytest.fixture
def duck(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with files.connect() as connection:
        raw = ", ".join(f"({VALUES.get(name, 'NULL')})::{type_} AS {name}" for name, type_, _ in columns.RAW)
        connection.execute(f"CREATE VIEW raw AS SELECT {raw} FROM (SELECT unnest(range({ROWS})) AS n)")
        yield connection


def read(duck: duckdb.DuckDBPyConnection, made: list[files.NewFile], what: str) -> list[tuple]:
    paths = files.parquet_list([file.path for file in made])
    return duck.execute(f"SELECT {what} FROM {paths}").fetchall()


@pytest.mark.parametrize("finished", [True, False])
def test_rows_of_each_month_lie_sorted_in_a_file_of_their_own(duck, finished, tmp_path):
    if finished:
        made = files.write(duck, uuid.uuid4(), f"(SELECT {columns.PROJECTION} FROM raw)")
    else:
        source = f"(SELECT *, {dict(columns.DERIVED)['actor']} AS actor FROM raw)"
        made = files.write(duck, uuid.uuid4(), source, lacking=columns.UNFINISHED)
    assert sorted(str(file.month) for file in made) == ["2026-01-01", "2026-02-01"]
    assert read(duck, made, "count(*), count(DISTINCT seq)") == [(ROWS, ROWS)]
    for file in made:
        found = read(duck, [file], "actor, ts, seq, date_trunc('month', ts)::date, view_path")
        assert [row[:3] for row in found] == sorted(row[:3] for row in found)
        assert {(row[3], row[4]) for row in found} == {(file.month, "/")}
        assert (len(found), found[0][0]) == (file.rows, min(row[0] for row in found))
    assert {path.suffix for path in tmp_path.rglob("segments/**/*") if path.is_file()} == {".parquet"}


def test_no_rows_make_no_file(duck, tmp_path):
    assert files.write(duck, uuid.uuid4(), f"(SELECT {columns.PROJECTION} FROM raw WHERE false)") == []
    assert [path for path in tmp_path.rglob("segments/**/*") if path.is_file()] == []
