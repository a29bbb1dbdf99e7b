"""The steps of the pipeline, each a small function: `None` goes on, a `Drop` ends it.

A step reads and changes its `Draft`, one event on its way to becoming a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from events.ingest import agents, clean, ids, times
from events.ingest.decode import Parsed
from events.ingest.sender import Sender

MAX_NAME = MAX_ID = 255
MAX_CATEGORY = 100
MAX_URL = 8_192
MAX_AGENT = 2_048
MAX_PROPERTIES = 255
MAX_PROPERTIES_BYTES = 64 * 1024
MAX_DEVICE_BYTES = 8 * 1024
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE = timedelta(hours=24)
SKEW = timedelta(seconds=60)
ORIGINAL_TIME = "$client_timestamp"  # property that keeps a moved time as the client sent it

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Drop:
    """The event is not stored. `quarantine`: kept raw, to be replayed after a fix."""

    reason: str
    message: str
    quarantine: bool = True


@dataclass(slots=True)
class Batch:
    """What the events of one request share."""

    sender: Sender
    batch_id: str | None
    skew: timedelta | None  # how far the client's clock is behind, when by more than SKEW
    over_month: bool = False
    browser: str | None = None  # the request's own user agent, when a browser sent it


@dataclass(slots=True)
class Draft:
    parsed: Parsed
    index: int
    id: str
    key: str = ""  # its name in the answer's `results`
    event_id: str = ""
    event_name: str = ""
    event_category: str | None = None
    user_id: str | None = None  # as the client names the user
    user_uuid: str | None = None
    distinct_id: str = ""
    device_id: str | None = None
    session_id: str | None = None
    correlation_id: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    properties_json: str = "{}"
    timestamp: datetime = times.EPOCH
    page_url: str | None = None
    referrer: str | None = None
    user_agent: str | None = None
    device_info: dict[str, Any] | None = None
    device_json: str | None = None
    warnings: list[str] | None = None
    seq: int = 0

    def warn(self, reason: str) -> None:
        if self.warnings is None:
            self.warnings = [reason]
        elif reason not in self.warnings:
            self.warnings.append(reason)


Step = Callable[[Draft, Batch], Drop | None]


def check_shape(draft: Draft, batch: Batch) -> Drop | None:
    """An event is an object that could be read."""
    if draft.parsed.too_deep:
        return Drop("too_deep", f"Objects and lists may be nested {clean.MAX_DEPTH} deep.")
    if draft.parsed.event is None:
        return Drop("missing_name", "An event is a JSON object with an event_name.")
    return None


def check_id(draft: Draft, batch: Batch) -> Drop | None:
    """The sender's id, by which a retry is recognised; without one the server gives one."""
    given = draft.parsed.event.event_id  # type: ignore[union-attr]
    if given is None or given == "":
        draft.event_id = draft.id
        return None
    if type(given) is not str or len(given) > MAX_ID or not clean.is_clean(given):
        return Drop("invalid_event_id", f"event_id must be a string of at most {MAX_ID} characters without NUL.")
    draft.event_id = draft.key = given
    return None


def check_name(draft: Draft, batch: Batch) -> Drop | None:
    name = draft.parsed.event.event_name  # type: ignore[union-attr]
    if type(name) is not str or not name.strip():
        return Drop("missing_name", "event_name must be a string that is not empty.")
    if len(name) > MAX_NAME:
        return Drop("name_too_long", f"event_name may have {MAX_NAME} characters.")
    draft.event_name = name
    return None


def check_properties(draft: Draft, batch: Batch) -> Drop | None:
    properties = draft.parsed.event.properties  # type: ignore[union-attr]
    if properties is None:
        return None
    if type(properties) is not dict:
        return Drop("properties_not_object", "properties must be a JSON object.")
    if len(properties) > MAX_PROPERTIES:
        return Drop("too_many_properties", f"properties may have {MAX_PROPERTIES} keys.")
    if clean.deeper_than(properties, clean.MAX_DEPTH):
        return Drop("too_deep", f"Objects and lists may be nested {clean.MAX_DEPTH} deep.")
    draft.properties = properties
    return None


def check_time(draft: Draft, batch: Batch) -> Drop | None:
    """The client's time; moved when its clock is wrong, and never far in the future."""
    given = draft.parsed.event.timestamp  # type: ignore[union-attr]
    received = batch.sender.received_at
    if given is None:
        draft.timestamp = received
        return None
    found = times.parse(given)
    if found is None:
        return Drop("invalid_timestamp", "timestamp must be RFC 3339 or milliseconds since 1970.")
    try:
        moved = found + batch.skew if batch.skew else found
    except OverflowError:
        return Drop("invalid_timestamp", "timestamp is out of range.")
    if moved < OLDEST:
        return Drop("too_old", "timestamp lies before 1990.", quarantine=False)
    if moved > received + FUTURE:
        draft.warn("future_timestamp")
        moved = received
    if moved is not found:
        draft.properties = {**draft.properties, ORIGINAL_TIME: given}
    draft.timestamp = moved
    return None


def keep_optional(draft: Draft, batch: Batch) -> Drop | None:
    """Optional columns never cost an event: what does not fit is cut, what is no text is left out."""
    event = draft.parsed.event
    assert event is not None
    draft.user_id = _text(draft, event.user_id, MAX_ID)
    draft.device_id = _text(draft, event.device_id, MAX_ID)
    draft.session_id = _text(draft, event.session_id, MAX_ID)
    draft.correlation_id = _text(draft, event.correlation_id, MAX_ID)
    draft.event_category = _text(draft, event.event_category, MAX_CATEGORY)
    draft.page_url = _text(draft, event.page_url, MAX_URL)
    draft.referrer = _text(draft, event.referrer, MAX_URL)
    draft.user_agent = _text(draft, event.user_agent, MAX_AGENT)
    draft.device_info = _device(draft, event.device_info)
    return None


def _text(draft: Draft, value: Any, longest: int) -> str | None:
    if value is None or value == "":
        return None
    if type(value) is not str:
        if type(value) is not int:  # ids are often numbers
            draft.warn("sanitised")
            return None
        value = str(value)
    if len(value) > longest:
        draft.warn("truncated")
        return value[:longest]
    return value


def _device(draft: Draft, value: Any) -> dict[str, Any] | None:
    if not value:
        return None
    if type(value) is not dict or clean.deeper_than(value, clean.MAX_DEPTH):
        draft.warn("sanitised")
        return None
    return value


def sanitise(draft: Draft, batch: Batch) -> Drop | None:
    """Replace what PostgreSQL can't keep; costs nothing for an event that can't hold any of it."""
    if not draft.parsed.suspect:
        return None
    for name in ("event_name", "event_category", "user_id", "device_id", "session_id", "correlation_id",
                 "page_url", "referrer", "user_agent"):  # fmt: skip
        value = getattr(draft, name)
        if value is not None and not clean.is_clean(value):
            setattr(draft, name, clean.text(value))
            draft.warn("sanitised")
    for name in ("properties", "device_info"):
        value = getattr(draft, name)
        cleaned = clean.json_value(value)
        if cleaned != value:  # NaN differs from itself, so it shows here too
            setattr(draft, name, cleaned)
            draft.warn("sanitised")
    return None


def drop_bots(draft: Draft, batch: Batch) -> Drop | None:
    if not batch.sender.tenant.drop_bots:
        return None
    agent = draft.user_agent or batch.browser
    if agent and agents.is_bot(agent):
        return Drop("bot", "Sent by a known crawler.", quarantine=False)
    return None


def spend_quota(draft: Draft, batch: Batch) -> Drop | None:
    if batch.over_month:
        return Drop("quota", "The tenant's events of this month are used up.", quarantine=False)
    return None


def enrich(draft: Draft, batch: Batch) -> Drop | None:
    """What the browser said of itself, when the event does not say it."""
    if draft.user_agent is None:
        draft.user_agent = batch.browser
    if draft.device_info is None and draft.user_agent:
        draft.device_info = agents.device_info(draft.user_agent)
    return None


def identify(draft: Draft, batch: Batch) -> Drop | None:
    """The actor: the user when known, else the device, the session, the event alone."""
    draft.distinct_id = draft.user_id or draft.device_id or draft.session_id or draft.event_id
    if draft.user_id:
        draft.user_uuid = ids.user_uuid(draft.user_id, batch.sender.tenant.id)
    return None


def bound_size(draft: Draft, batch: Batch) -> Drop | None:
    """Encode what goes to jsonb, last, when it is final; its size in bytes is known only then."""
    if draft.properties:
        encoded = encode(draft.properties)
        if len(encoded) > MAX_PROPERTIES_BYTES:
            return Drop("properties_too_large", f"properties may have {MAX_PROPERTIES_BYTES // 1024} KB.")
        draft.properties_json = encoded.decode()
    if draft.device_info:
        encoded = encode(draft.device_info)
        if len(encoded) > MAX_DEVICE_BYTES:
            draft.warn("truncated")
            draft.device_info = None
        else:
            draft.device_json = encoded.decode()
    return None


def skew_of(sent_at: Any, received_at: datetime) -> timedelta | None:
    """How far to move the times of a request, by its `sent_at`; None when the clock is right."""
    sent = times.parse(sent_at) if sent_at is not None else None
    if sent is None or abs(received_at - sent) <= SKEW:
        return None
    return received_at - sent
