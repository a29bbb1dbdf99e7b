"""What the background jobs do to all tenants' segments, and `manage.py segments`."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from events.models import Segment
from events.segments import clean, cut, files, maintenance, manifest, merge, slices
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def two():
    return make_tenant("Acme"), make_tenant("Zeta")


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(maintenance, "OLD", timedelta(0))


def fill(tenant, count=3):
    send(tenant, *[make_event(timestamp="2026-10-01T00:00:00Z") for _ in range(count)])


def live(tenant):
    with tenant_scope(tenant.id):
        return list(Segment.objects.filter(tenant=tenant, replaced_at=None))


def damage(tenant):
    files.absolute(live(tenant)[0].path).write_bytes(b"x" * 100)


# --- jobs -----------------------------------------------------------------------------------------------


def test_a_young_and_short_tail_is_left(two):
    fill(two[0])
    assert maintenance.cut_tails() == 0


def test_an_old_tail_is_cut_for_every_tenant(two, at_once):
    fill(two[0], 2)
    fill(two[1], 3)
    assert (maintenance.cut_tails(), maintenance.cut_tails()) == (5, 0)
    assert [[file.rows for file in live(tenant)] for tenant in two] == [[2], [3]]


def test_a_long_tail_is_cut_however_young(two, monkeypatch):
    monkeypatch.setattr(maintenance, "LOOP_ABOVE", 3)
    fill(two[0], 2)
    fill(two[1], 3)
    assert maintenance.cut_tails() == 3


def test_a_backlog_is_merged_as_soon_as_it_is_cut(two, at_once, monkeypatch):
    monkeypatch.setattr(slices, "MAX_ROWS", 4)
    monkeypatch.setattr(maintenance, "MAX_ROWS", 4)
    fill(two[0], 30)
    fill(two[1], 3)
    assert maintenance.cut_tails() == 33
    assert [[file.rows for file in live(tenant)] for tenant in two] == [[30], [3]]


def test_many_small_cuts_are_no_backlog(two, at_once, monkeypatch):
    monkeypatch.setattr(maintenance, "MAX_ROWS", 4)
    monkeypatch.setattr(maintenance, "merge", lambda tenant_id: pytest.fail("merged"))
    fill(two[0], 4)
    fill(two[1], 3)
    assert maintenance.cut_tails() == 7
    assert [[file.rows for file in live(tenant)] for tenant in two] == [[4], [3]]


def test_who_is_busy_does_not_hold_up_the_others(two, at_once):
    fill(two[0], 2)
    fill(two[1], 3)
    with manifest.maintenance(two[0].id):
        assert maintenance.cut_tails() == 3
    assert maintenance.cut_tails() == 2


def test_one_tenants_failure_is_logged_and_does_not_stop_the_others(two, at_once, monkeypatch, caplog):
    fill(two[0], 2)
    fill(two[1], 3)
    write = files.write

    def fail_for_the_first(duck, tenant_id, source, **how):
        if tenant_id == two[0].id:
            raise OSError("the disk is full")
        return write(duck, tenant_id, source, **how)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", fail_for_the_first)
        assert maintenance.cut_tails() == 3
    failures = [record for record in caplog.records if record.exc_info]
    assert [record.tenant_id for record in failures] == [str(two[0].id)]
    assert maintenance.cut_tails() == 2


def test_files_are_merged_and_the_old_ones_deleted_after_their_grace(two, monkeypatch):
    monkeypatch.setattr(merge, "AT_LEAST", 2)
    for _ in range(2):
        fill(two[1])
        cut.cut(two[1].id)
    assert (maintenance.merge_files(), maintenance.clean_files()) == (2, 0)
    monkeypatch.setattr(clean, "GRACE", timedelta(0))
    assert maintenance.clean_files() == 2
    assert [file.rows for file in live(two[1])] == [6]


def test_damage_is_counted_logged_and_says_the_repair(two, caplog):
    for tenant in two:
        fill(tenant)
        cut.cut(tenant.id)
    assert maintenance.verify_files() == 0
    damage(two[1])
    assert maintenance.verify_files() == 1
    assert "manage.py segments rebuild" in caplog.text


# --- the command ----------------------------------------------------------------------------------------


def segments(*arguments):
    printed = io.StringIO()
    try:
        call_command("segments", *arguments, stdout=printed)
    finally:
        segments.printed = printed.getvalue()
    return segments.printed


def test_status_tells_files_rows_size_and_tail(two):
    fill(two[0], 4)
    cut.cut(two[0].id)
    fill(two[0], 2)
    acme, zeta = json.loads(segments("status", "--json"))
    (file,) = live(two[0])
    assert acme == {
        "tenant": "acme", "files": 1, "rows": 4, "bytes": file.size, "bytes_per_event": round(file.size / 4, 1),
        "watermark": file.max_seq, "tail": 2, "damaged": 0,
    }  # fmt: skip
    assert (zeta["files"], zeta["bytes_per_event"], zeta["tail"]) == (0, None, 0)


def test_status_is_a_table_for_people(two):
    head, *lines = segments("status").splitlines()
    assert head.split()[:3] == ["tenant", "files", "rows"]
    assert [line.split()[0] for line in lines] == ["acme", "zeta"]


def test_it_cuts_and_merges_one_tenant(two, monkeypatch):
    monkeypatch.setattr(merge, "AT_LEAST", 2)
    for _ in range(2):
        for tenant in two:
            fill(tenant)
        assert json.loads(segments("cut", "--tenant", "acme", "--json")) == [{"tenant": "acme", "rows_cut": 3}]
    assert json.loads(segments("merge", "--tenant", "acme", "--json")) == [{"tenant": "acme", "files_merged": 2}]
    assert live(two[1]) == []


def test_verify_fails_on_damage_and_names_the_repair_that_mends_it(two):
    fill(two[0])
    cut.cut(two[0].id)
    assert "whole" in segments("verify")
    damage(two[0])
    with pytest.raises(CommandError, match=r"manage\.py segments rebuild --tenant acme") as error:
        segments("verify")
    assert error.value.returncode == 1
    assert "100 bytes instead of" in segments.printed
    assert json.loads(segments("status", "--json"))[0]["damaged"] == 1
    assert json.loads(segments("rebuild", "--tenant", "acme", "--json")) == [{"tenant": "acme", "rows_rebuilt": 3}]
    assert json.loads(segments("verify", "--json"))[0]["damage"] == ""


def test_an_unknown_tenant_is_said(two):
    with pytest.raises(CommandError, match="nobody"):
        segments("status", "--tenant", "nobody")
