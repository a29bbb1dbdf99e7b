"""The API's description is complete, valid and on a page that keeps the strict policy."""

from __future__ import annotations

import io
import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from events.query import run
from tests.events.api.conftest import API


@pytest.fixture(scope="module")
def described():
    return Client().get(f"{API}/schema").json()


def test_the_description_is_valid_and_made_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_it_is_openapi_31_and_open_to_anyone(described):
    assert described["openapi"].startswith("3.1")


def test_every_operation_says_how_it_fails_and_who_may_ask(described):
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            failing = [status for status in operation["responses"] if status >= "400"]
            assert "401" in failing, (path, method)
            assert operation["security"], (path, method)
            assert operation["summary"], (path, method)


def test_every_path_of_the_api_is_described_once(described):
    paths = {path.removeprefix("/api/v1") for path in described["paths"]}
    assert {"/analytics/batch", "/analytics/events", "/analytics/events/{event_id}", "/tenants"} <= paths
    assert not [path for path in paths if path.endswith("/")]


def test_the_doors_for_events_are_described_with_examples_and_write_keys(described):
    batch = described["paths"]["/api/v1/analytics/batch"]["post"]
    assert batch["requestBody"]["content"]["application/json"]["examples"]
    assert {"writeKey": []} in batch["security"]
    assert set(described["components"]["securitySchemes"]) >= {"secretKey", "writeKey", "cookieAuth"}


def test_the_page_loads_only_files_of_our_own_and_has_no_inline_code(client, transactional_db):
    answer = client.get(f"{API}/docs/")
    page = answer.content.decode()
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=", page) == []
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith("/static/")
        name = re.sub(r"^/static/(v-[0-9a-f]+/)?", "", address)
        assert finders.find(name), address


def test_it_tells_every_kind_of_question_with_its_words(described):
    told = described["paths"]["/api/v1/analytics/query"]["post"]["description"]
    kinds = dict(re.findall(r"^\* `(\w+)`: (.*)$", told, re.M))
    assert kinds.keys() == {builder.__struct_config__.tag for builder in run.BUILDERS}  # type: ignore[attr-defined]
    assert "`order` any | ordered | strict (else ordered)" in kinds["funnel"]
    assert "per_user" in kinds["trends"] and "is_not_set" in told
