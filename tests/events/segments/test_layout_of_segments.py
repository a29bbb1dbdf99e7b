"""What stands in a segment may change only together with a migration that has every segment cut again."""

from __future__ import annotations

import hashlib
from importlib import import_module

import pytest
from django.db import connection

from events.segments import columns, cut
from tests.events.segments.test_segments import content, fill, own_folder, segments, tenant  # noqa: F401

LAYOUT = "74f08bbe2623a02c"


def test_new_columns_come_with_a_migration_that_cuts_again():
    """Segments cut before lack them: add a migration like events/0005_cut_again, then note the new digest here."""
    found = hashlib.blake2b(repr((columns.RAW, columns.DERIVED)).encode(), digest_size=8).hexdigest()
    assert found == LAYOUT


@pytest.mark.django_db(transaction=True)
def test_the_migration_makes_every_row_the_tails_and_the_next_cut_takes_them_all(tenant):  # noqa: F811
    fill(tenant, 12)
    cut.cut(tenant.id)
    before = content(tenant)
    with connection.as_login(), connection.cursor() as cursor:
        cursor.execute(import_module("events.migrations.0005_cut_again").CUT_AGAIN)
    assert segments(tenant) == []
    assert content(tenant) == before
    assert cut.cut(tenant.id) == 12
    assert content(tenant) == before
