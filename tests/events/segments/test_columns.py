"""Any text comes out of PostgreSQL as it is; derived columns are what their plain definitions say for any of it."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest

from events.segments import columns, manifest

SIGNS = (":", "/", "?", "#", "@", "a", "Z", "é", "\n", "👩‍🔬")
BEFORE = ("", "a://", "Z+1.-://a@", "1://", "é://", "a:/", "//a")
HOST = "nullif(lower(regexp_extract({}, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]*)', 1)), '')"
# one pattern each, as the columns were defined first; what they are now is faster
PLAIN = {
    "path": "nullif(regexp_extract(page_url, '^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?([^?#]*)', 1), '')",
    "host": HOST.format("page_url"),
    "referring_domain": HOST.format("referrer"),
}
DEVICES = ("browser", "os", "device_type", "country")
ODD = ('""', "null", "1.50", "true", '{"os": "x"}', "[1]", '"\\u0041\\n"')


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as connection:
        yield connection


def test_parts_of_an_address_are_those_of_the_plain_patterns(duck):
    texts = [first + "".join(rest) for first in BEFORE for n in range(5) for rest in product(SIGNS, repeat=n)]
    duck.execute("CREATE TABLE places AS SELECT t AS page_url, t AS referrer FROM (SELECT unnest(?) AS t)", [texts])
    duck.execute("INSERT INTO places VALUES (NULL, NULL)")
    derived = dict(columns.DERIVED)
    for name, plain in PLAIN.items():
        different = (
            f"SELECT page_url, {plain}, {derived[name]} FROM places WHERE {plain} IS DISTINCT FROM {derived[name]}"
        )
        assert duck.execute(f"{different} LIMIT 5").fetchall() == []
        assert duck.execute(f"SELECT count(DISTINCT {derived[name]}) FROM places").fetchall()[0][0] > 100


def test_facts_of_a_device_are_read_as_one_alone(duck):
    texts = [f'{{"{name}": {value}, "other": {value}}}' for name in DEVICES for value in ODD]
    texts += ["{}", "[]", "null", '"browser"', '{"a/browser": 1}', '{"browser": "x", "os": "y", "country": "z"}']
    duck.execute("CREATE TABLE devices AS SELECT unnest(?) AS device_info UNION ALL SELECT NULL", [texts])
    derived = dict(columns.DERIVED)
    for name in DEVICES:
        rows = duck.execute(f"SELECT {derived[name]}, device_info->>'/{name}' FROM devices").fetchall()
        assert [now for now, _ in rows] == [alone for _, alone in rows]
        assert {"true", '{"os":"x"}'} < {now for now, _ in rows}


HOSTILE = ("\\", "N", "n", "x41", "\n", "\r", "\t", "\b\f\v", "\x01\x7f", '"', ",", " ", "'", "é🙂", "#", ".")
ROWS = """
CREATE TEMP TABLE analytics_events AS
SELECT n AS seq, '00000000-0000-0000-0000-000000000001'::uuid AS id, NULL::uuid AS user_id, now() AS timestamp,
       now() AS created_at, to_jsonb(t) AS properties, to_jsonb(t || t) AS device_info, {texts}
FROM unnest(%s::text[]) WITH ORDINALITY AS given (t, n)
"""


@pytest.mark.django_db
def test_any_text_comes_out_of_postgresql_as_it_is(duck, tmp_path):
    texts = [None, *("".join(signs) for n in range(4) for signs in product(HOSTILE, repeat=n)), "\\N\n\\.\n"]
    names = [name for name, type_, _ in columns.RAW if type_ == "VARCHAR"]
    plain = [name for name in names if name not in {"properties", "device_info"}]
    with manifest.connect() as connection:
        connection.execute(ROWS.format(texts=", ".join(f"t AS {name}" for name in plain)), [texts])
        with connection.cursor().copy(columns.COPY_OUT.format(where="true", target="STDOUT")) as copy:
            (tmp_path / "rows").write_bytes(b"".join(copy))
        kept = connection.execute("SELECT properties::text, device_info::text FROM analytics_events ORDER BY seq")
        documents = kept.fetchall()
    selected = ", ".join([*plain, "properties", "device_info"])
    found = duck.execute(f"SELECT {selected} FROM {columns.rows_of(str(tmp_path / 'rows'))} ORDER BY seq").fetchall()
    assert found == [(text,) * len(plain) + document for text, document in zip(texts, documents, strict=True)]


def line(**texts):
    """A row as COPY writes it: each text in quotes, and quotes in it doubled."""
    id_ = "00000000-0000-0000-0000-000000000001"
    values = {"seq": "1", "id": id_, "ts": "2026-01-01 00:00:00", "received": "2026-01-01 00:00:00", "properties": "{}"}
    values |= {name: '"' + text.replace('"', '""') + '"' for name, text in texts.items()}
    return ",".join(values.get(name, "") for name, _, _ in columns.RAW) + "\n"


@pytest.mark.parametrize("text", ["\n" + line() * 12, ('x","\n' + line() + '\n"') * 6], ids=["rows", "open quotes"])
def test_a_text_that_looks_like_rows_is_read_as_a_text(duck, tmp_path, text):
    """However large the file: DuckDB's parallel reader took such lines for rows where its buffers ended."""
    duck.execute("SET threads = 2")
    rows = 10_000
    (tmp_path / "rows").write_text(line(session_id=text, page_url=text, user_agent=text) * rows)
    source = columns.rows_of(str(tmp_path / "rows"))
    same = f"SELECT count(*) FILTER (page_url = ? AND session_id = page_url), count(*) FROM {source}"
    assert duck.execute(same, [text]).fetchall() == [(rows, rows)]
