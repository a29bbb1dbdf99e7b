"""Each step of the pipeline, without a database."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from events.ingest import Sender, decode_batch
from events.ingest.ids import user_uuid, uuid7s
from events.ingest.pipeline import prepare
from events.models import Outcome
from tenants.auth import TenantConfig
from tests.factories import CHROME, GOOGLEBOT, at

TENANT = TenantConfig(uuid.uuid4(), "acme", "Acme")
RECEIVED = at("2026-11-23 10:00")


def job_of(*events, user_agent=CHROME, tenant=TENANT, over_month=False, **beside):
    sender = Sender(tenant, None, "http", user_agent, None, RECEIVED)
    body = json.dumps({"events": list(events), **beside}).encode()
    return prepare(decode_batch(body), sender, over_month=over_month)


def draft_of(event=None, **options):
    job = job_of({"event_name": "x", **(event or {})}, **options)
    assert not job.refused
    return job.rows[0].draft


def line_of(event, **options):
    job = job_of(event, **options)
    assert not job.rows
    return job.refused[0][3]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({}, "missing_name"),
        ({"event_name": ""}, "missing_name"),
        ({"event_name": "  "}, "missing_name"),
        ({"event_name": 5}, "missing_name"),
        ({"event_name": None}, "missing_name"),
        (5, "missing_name"),
        ({"event_name": "x" * 256}, "name_too_long"),
        ({"event_name": "x", "event_id": 5}, "invalid_event_id"),
        ({"event_name": "x", "event_id": {}}, "invalid_event_id"),
        ({"event_name": "x", "event_id": "x" * 256}, "invalid_event_id"),
        ({"event_name": "x", "event_id": "a\x00b"}, "invalid_event_id"),
        ({"event_name": "x", "properties": []}, "properties_not_object"),
        ({"event_name": "x", "properties": "{}"}, "properties_not_object"),
        ({"event_name": "x", "properties": {"a": "x" * 65_536}}, "properties_too_large"),
        ({"event_name": "x", "properties": {str(n): n for n in range(256)}}, "too_many_properties"),
        ({"event_name": "x", "properties": {"1": {"2": {"3": {"4": {"5": {"6": {"7": {"8": {}}}}}}}}}}, "too_deep"),
        ({"event_name": "x", "timestamp": "yesterday"}, "invalid_timestamp"),
        ({"event_name": "x", "timestamp": True}, "invalid_timestamp"),
        ({"event_name": "x", "timestamp": {}}, "invalid_timestamp"),
        ({"event_name": "x", "timestamp": 1e300}, "invalid_timestamp"),
    ],
)
def test_what_cannot_be_stored_is_quarantined_with_its_reason(event, reason):
    assert line_of(event) == (Outcome.QUARANTINED, reason)


def test_the_quarantine_keeps_the_event_as_it_came():
    job = job_of({"event_name": "x" * 256})
    assert json.loads(job.quarantine[0].raw) == {"event_name": "x" * 256}


def test_limits_are_inclusive():
    draft = draft_of(
        {
            "event_name": "x" * 255,
            "event_id": "i" * 255,
            "properties": {str(n): n for n in range(255)},
        }
    )
    assert len(draft.event_name) == 255
    assert draft_of({"properties": {"1": {"2": {"3": {"4": {"5": {"6": {"7": {"8": 1}}}}}}}}}).properties


@pytest.mark.parametrize("event", [{"timestamp": "1989-12-31T23:59:59Z"}, {"timestamp": 0}])
def test_a_time_before_1990_is_dropped_and_not_quarantined(event):
    assert line_of({"event_name": "x", **event}) == (Outcome.DROPPED, "too_old")


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-11-23T09:00:00Z", "2026-11-23 09:00"),
        ("2026-11-23T10:00:00+01:00", "2026-11-23 09:00"),
        ("2026-11-23T09:00:00", "2026-11-23 09:00"),
        (1_795_424_400_000, "2026-11-23 09:00"),
        ("1795424400000", "2026-11-23 09:00"),
        (None, "2026-11-23 10:00"),
    ],
)
def test_times_are_read_as_rfc_3339_or_milliseconds(given, stored):
    assert draft_of({"timestamp": given}).timestamp == at(stored)


@pytest.mark.parametrize("behind", [timedelta(hours=-3), timedelta(days=400), timedelta(minutes=2)])
def test_a_wrong_clock_is_corrected_by_sent_at_and_the_original_kept(behind):
    sent, happened = RECEIVED - behind, RECEIVED - behind - timedelta(seconds=30)
    draft = draft_of({"timestamp": happened.isoformat()}, sent_at=sent.isoformat())
    assert draft.timestamp == RECEIVED - timedelta(seconds=30)
    assert draft.properties["$client_timestamp"] == happened.isoformat()


def test_a_clock_wrong_by_a_minute_is_left_alone():
    sent = RECEIVED - timedelta(seconds=60)
    draft = draft_of({"timestamp": sent.isoformat()}, sent_at=sent.isoformat())
    assert (draft.timestamp, draft.properties) == (sent, {})


def test_a_time_far_in_the_future_is_stored_as_received_with_a_warning():
    draft = draft_of({"timestamp": "2026-11-24T10:00:01Z"})
    assert (draft.timestamp, draft.warnings) == (RECEIVED, ["future_timestamp"])
    assert draft.properties == {"$client_timestamp": "2026-11-24T10:00:01Z"}
    assert draft_of({"timestamp": "2026-11-24T10:00:00Z"}).warnings is None


@pytest.mark.parametrize("sent_at", ["nonsense", {}, [], True, 1e300, ""])
def test_a_sent_at_that_is_no_time_is_ignored(sent_at):
    assert draft_of({"timestamp": "2026-11-23T09:00:00Z"}, sent_at=sent_at).timestamp == at("2026-11-23 09:00")


def test_what_postgresql_cannot_keep_is_replaced_with_a_warning():
    draft = draft_of(
        {"event_name": "a\x00b", "page_url": "\ud800", "properties": {"\x00": [float("nan"), "\udfff", {"x": 1e308}]}}
    )
    assert draft.event_name == "a\ufffdb"
    assert draft.page_url == "\ufffd"
    assert json.loads(draft.properties_json) == {"\ufffd": [None, "\ufffd", {"x": 1e308}]}
    assert draft.warnings == ["sanitised"]


def test_optional_columns_are_cut_with_a_warning():
    draft = draft_of({"event_category": "c" * 101, "page_url": "u" * 9_000, "session_id": "s" * 300})
    assert (len(draft.event_category), len(draft.page_url), len(draft.session_id)) == (100, 8_192, 255)
    assert draft.warnings == ["truncated"]


def test_optional_columns_of_a_wrong_type_are_left_out_with_a_warning():
    draft = draft_of({"session_id": {}, "device_info": "phone", "page_url": []})
    assert (draft.session_id, draft.page_url, draft.warnings) == (None, None, ["sanitised"])


def test_ids_that_are_numbers_are_taken_as_text():
    draft = draft_of({"user_id": 42, "device_id": 7})
    assert (draft.user_id, draft.distinct_id, draft.device_id, draft.warnings) == ("42", "42", "7", None)


@pytest.mark.parametrize(
    ("event", "actor"),
    [
        ({"user_id": "u", "device_id": "d", "session_id": "s"}, "u"),
        ({"device_id": "d", "session_id": "s"}, "d"),
        ({"session_id": "s", "event_id": "e"}, "s"),
        ({"event_id": "e"}, "e"),
    ],
)
def test_the_actor_is_the_user_else_device_else_session_else_the_event(event, actor):
    assert draft_of(event).distinct_id == actor


def test_a_users_uuid_is_kept_and_another_id_gets_one_of_its_own():
    given = str(uuid.uuid4())
    assert draft_of({"user_id": given.upper()}).user_uuid == given
    assert draft_of({"user_id": "ada"}).user_uuid == str(uuid.uuid5(TENANT.id, "ada"))
    assert user_uuid("ada", uuid.uuid4()) != draft_of({"user_id": "ada"}).user_uuid


def test_a_crawler_is_dropped_by_the_agent_of_the_event_or_of_the_browser():
    assert line_of({"event_name": "x", "user_agent": GOOGLEBOT}) == (Outcome.DROPPED, "bot")
    assert line_of({"event_name": "x"}, user_agent=GOOGLEBOT) == (Outcome.DROPPED, "bot")


@pytest.mark.parametrize("agent", ["Python-urllib/3.11", "curl/8.1", None, "python-requests/2.31"])
def test_a_server_that_sends_is_no_crawler_and_no_browser(agent):
    draft = draft_of(user_agent=agent)
    assert (draft.user_agent, draft.device_info) == (None, None)


def test_a_tenant_may_keep_crawlers():
    tenant = TenantConfig(uuid.uuid4(), "acme", "Acme", drop_bots=False)
    assert draft_of({"user_agent": GOOGLEBOT}, tenant=tenant).user_agent == GOOGLEBOT


def test_the_browser_and_system_are_read_from_the_agent_when_the_event_does_not_say():
    assert draft_of().device_info["browser"] == "Chrome"
    assert draft_of({"device_info": {"browser": "Own"}}).device_info == {"browser": "Own"}


def test_a_used_up_month_drops_events_and_says_so():
    assert line_of({"event_name": "x"}, over_month=True) == (Outcome.DROPPED, "quota")


def test_ids_are_version_7_and_rise_within_a_call():
    made = uuid7s(5_000, 1_795_420_800_000)
    assert {uuid.UUID(id_).version for id_ in made} == {7}
    assert made[:4_096] == sorted(made[:4_096])
    assert len(set(made)) == 5_000


@pytest.mark.parametrize("value", ["a\tb", "a\nb", "a\\b", "\\N", "\x1e", "\x1f", "\\.", "", "\r", "\u2028", "'\"$"])
def test_any_text_survives_as_a_copy_line(value):
    row = job_of({"event_name": "x", "page_url": value, "referrer": "r"}).rows[0]
    fields = row.line.split("\t")
    assert len(fields) == 18
    assert fields[13] == "r"


@pytest.mark.parametrize(
    "client", [5, [], {}, {"document_id": 5}, {"document_id": "x" * 65}, {"document_id": "\x00"}, None]
)
def test_a_client_report_that_is_none_is_ignored(client):
    assert job_of(client=client).client is None


def test_a_client_report_is_bounded():
    found = job_of(client={"document_id": "d", "tracked": -1, "acked": 2**60, "dropped": {"r" * 99: "x"}}).client
    assert found == {"document_id": "d", "tracked": 0, "acked": 0, "dropped": {"r" * 40: 0}}
