"""Properties that many rows have are columns of a file; an answer is the same with and without them."""

from __future__ import annotations

import duckdb
import pytest

from events.query import run
from events.query.relation import open_relation
from events.query.types import parse_question
from events.segments import promoted
from events.segments.cut import cut
from tenants.auth import TenantConfig
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)

ODD = ("plan", "a/b", "t~x", "", 'q"uote', "';--", "é中")


@pytest.fixture
def tenant(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return make_tenant()


def by_value(tenant, name):
    question = parse_question({"kind": "trends", "breakdown": [{"property": name}]})
    answer = run.run(TenantConfig(tenant.id, tenant.slug, tenant.name), question)
    return {line["breakdown"][0]: line["total"] for line in answer["series"]}


@pytest.mark.parametrize("name", [name for name in ODD if name])
def test_a_breakdown_reads_column_json_and_tail_alike(tenant, name):
    send(tenant, *[make_event(properties=dict.fromkeys(ODD, "old")) for _ in range(3)])
    cut(tenant.id)
    send(tenant, *[make_event(properties={"other": n}) for n in range(200)])
    cut(tenant.id)  # a file in which the name is no column, or another one's
    send(tenant, make_event(properties={name: "new"}), make_event(properties={name: None}))

    assert by_value(tenant, name) == {"old": 3, "new": 1, "$none": 201}


def test_a_file_has_columns_for_frequent_short_properties(tenant):
    send(tenant, *[make_event(properties={"plan": "team", "essay": "x" * 500}) for _ in range(5)])
    cut(tenant.id)

    with open_relation(tenant.id) as relation:
        assert relation.promoted_among(["plan", "essay", "missing"]) == {"plan"}


def test_a_name_never_stands_in_a_statement():
    with duckdb.connect() as connection:
        connection.execute("""CREATE TABLE cutting AS SELECT '{"a\\"; DROP TABLE cutting; --": 1}' AS properties""")
        keys = promoted.choose(connection, "cutting")
        statement, _ = promoted.selection(keys, "cutting")

    assert keys == ['a"; DROP TABLE cutting; --']
    assert "DROP" not in statement
