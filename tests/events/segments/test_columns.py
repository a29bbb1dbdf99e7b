"""Derived columns are what their plain definitions say, for any address and device a client may send."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest

from events.segments import columns

SIGNS = (":", "/", "?", "#", "@", "a", "Z", "é", "\n", "🙂")
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
