"""Rows of many kilobytes: neither a cut nor a merge of them needs more memory than it may have, or stops for ever."""

from __future__ import annotations

import json
import random

import pytest

from events.models import Segment
from events.segments import copying, cut, files, manifest, merge, slices
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send
from tests.query_data import content

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def tenant():
    return make_tenant()


def fill(tenant, count, kilobytes):
    texts = (random.Random(n).randbytes(kilobytes << 9).hex() for n in range(count))
    send(tenant, *[make_event(properties={"text": text}) for text in texts])


def rows_of_files(tenant):
    with tenant_scope(tenant.id):
        return list(Segment.objects.filter(replaced_at=None).order_by("min_seq").values_list("rows", flat=True))


def test_a_slice_of_wide_rows_has_fewer_of_them(tenant, monkeypatch):
    monkeypatch.setattr(slices, "MAX_WIDE", 4_500)
    fill(tenant, 10, kilobytes=1)
    before = content(tenant)
    assert cut.cut(tenant.id) == 10
    assert rows_of_files(tenant) == [4, 4, 2]
    assert content(tenant) == before


def test_rows_that_memory_is_too_short_for_are_written_in_halves(tenant, monkeypatch):
    fill(tenant, 120, kilobytes=60)
    monkeypatch.setattr(files, "MEMORY_MB", 24)
    assert cut.cut(tenant.id) == 120
    assert len(rows_of_files(tenant)) > 1
    rows = [row[0] for row in content(tenant)]
    assert len(rows) == len(set(rows)) == 120
    assert list(files.folder(tenant.id).rglob("*.tmp")) == []


def test_what_memory_is_too_short_for_does_not_keep_the_rest_from_being_merged(tenant, monkeypatch):
    for _ in range(4):
        fill(tenant, 40, kilobytes=60)
        cut.cut(tenant.id)
    for _ in range(8):
        fill(tenant, 1, kilobytes=1)
        cut.cut(tenant.id)
    before = content(tenant)
    monkeypatch.setattr(files, "MEMORY_MB", 24)
    monkeypatch.setattr(merge, "WIDE", 1 << 20)
    assert merge.merge(tenant.id) == 6
    assert content(tenant) == before


def test_a_file_of_wide_rows_is_not_small_however_few_they_are(tenant, monkeypatch):
    monkeypatch.setattr(merge, "CLASSES", (1_000,))
    monkeypatch.setattr(merge, "AT_LEAST", 2)
    for _ in range(2):
        fill(tenant, 10, kilobytes=8)
        cut.cut(tenant.id)
    assert merge.merge(tenant.id) == 0


def test_a_server_that_may_not_write_into_the_folder_is_asked_once(tenant, tmp_path):
    with manifest.connect() as connection:
        if not connection.info.host.startswith("/"):
            pytest.skip("the server is not of a data folder")
        (tmp_path / "postgres.json").write_text(json.dumps({"host": connection.info.host}))
        connection.execute("SET ROLE pg_read_all_data")  # as a login that is no superuser
        assert not copying.does_write_files(connection)
        connection.execute("RESET ROLE")
        assert not copying.does_write_files(connection)
    fill(tenant, 3, kilobytes=1)
    assert cut.cut(tenant.id) == 3
    assert list((tmp_path / "tmp").iterdir()) == []
