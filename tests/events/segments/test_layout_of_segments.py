"""Segments of an earlier version are read as they are, with the columns of today, and written anew in time."""

from __future__ import annotations

import hashlib

import duckdb
import pytest

from events.models import Segment
from events.query import run as running
from events.query.relation import SegmentUnreadable
from events.query.types import parse_question
from events.segments import columns, cut, files, merge, promoted
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope
from tests.events.segments.test_segments import content, fill, own_folder, segments, tenant  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

LAYOUT = "963be0da916eef86"
LATER = (
    "host",
    "view_path",
    "error_type",
    "error_message",
    "vital_metric",
    "vital_value",
    "profile_ops",
    "profile_event",
)


def test_columns_change_only_in_ways_that_earlier_files_allow():
    """A derived column that is new needs nothing: files without it have it made. One that means something else needs
    another name. A new raw column stands in no file: its migration sets watermarks to 0 and retires all segments.
    Note the new digest here."""
    found = hashlib.blake2b(repr((columns.RAW, columns.DERIVED)).encode(), digest_size=8).hexdigest()
    assert found == LAYOUT


def write_as_before(tenant, without):  # noqa: F811
    """The tenant's files as a version wrote them that had fewer columns."""
    for segment in segments(tenant):
        path = files.absolute(segment.path)
        with duckdb.connect() as duck:
            duck.execute(f"CREATE TABLE kept AS SELECT * EXCLUDE ({', '.join(without)}) FROM read_parquet('{path}')")
            path.unlink()
            duck.execute(f"COPY kept TO '{path}' ({files.OPTIONS})")
        size, checksum = files.measure(path)
        with tenant_scope(tenant.id):
            Segment.objects.filter(id=segment.id).update(size=size, checksum=checksum)
    promoted._columns.clear()
    running.forget()


@pytest.fixture
def old(tenant):  # noqa: F811
    """One file of an earlier version, one of today's, and a tail."""
    place = {"page_url": "https://a.example/p?q", "properties": {"message": "x", "metric": "LCP", "value": 3}}
    fill(tenant, 6, **place)
    cut.cut(tenant.id)
    write_as_before(tenant, LATER)
    fill(tenant, 3, **place)
    cut.cut(tenant.id)
    fill(tenant, 1, **place)
    return tenant


def test_files_without_a_derived_column_answer_like_others(old):
    for row in content(old):
        found = dict(zip(columns.NAMES, row, strict=True))
        assert (found["host"], found["view_path"]) == ("a.example", "/p")
    question = parse_question({"kind": "trends", "breakdown": [{"property": "metric"}, {"property": "$path"}]})
    (line,) = running.run(TenantConfig.of(old), question)["series"]
    assert (line["breakdown"], line["total"]) == (["LCP", "/p"], 10)


def test_merging_writes_them_anew_once(old):
    before = content(old)
    assert merge.merge(old.id) == 1
    with duckdb.connect() as duck:
        assert [files.lacking(duck, segment.path) for segment in segments(old)] == [frozenset(), frozenset()]
    assert content(old) == before
    assert merge.merge(old.id) == 0


def test_a_file_without_a_raw_column_is_said_to_be_unreadable(old):
    write_as_before(old, ["referrer"])
    with pytest.raises(SegmentUnreadable):
        content(old)
