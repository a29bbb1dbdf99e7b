"""What OpenAPI says of `/api/v1/analytics/`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from events.api import query_docs, serializers
from events.dictionary import reading
from events.identity.profiles import ORDERS
from events.query import people_sql
from events.query.ledger import STEPS
from events.query.rows import ORDERINGS
from events.query.spans import COMPARES
from obc_analytics.openapi import WRITE_AUTH, failures

IN, OUT = ["Events in"], ["Answers out"]
EVENT = {
    "event_id": "0192f3c1-7a10-7c55-9d0e-3f4b2a1c0d9e",
    "event_name": "button_click",
    "event_category": "interaction",
    "timestamp": "2026-11-23T10:00:00Z",
    "user_id": "5b1c7c1e-0c57-4a86-8f0c-5d3a1f4e2b6a",
    "session_id": "s-71",
    "properties": {"context": "dashboard"},
    "page_url": "https://app.example/projects",
}
BATCH = {"batch_id": "b-01", "sent_at": "2026-11-23T10:00:00.120Z", "events": [EVENT]}
BATCH_ANSWER = {
    "batch_id": "b-01", "server_time": "2026-11-23T10:00:00.180Z", "accepted": 1, "duplicates": 0, "rejected": 0,
    "results": {EVENT["event_id"]: {"result": "ok", "seq": 8812}},
}  # fmt: skip
SINGLE_ANSWER = {
    "event_id": EVENT["event_id"], "server_time": "2026-11-23T10:00:00.180Z", "result": "ok", "seq": 8812,
}  # fmt: skip
ROW = {
    **EVENT, "id": "0192f3c1-7a10-7c55-9d0e-000000000001", "seq": 8812,
    "tenant_id": "0b6c5a2e-6c0e-4d55-9c07-2f1f0f7f8e11", "distinct_id": EVENT["user_id"], "device_id": None,
    "referrer": None, "user_agent": None, "device_info": {"browser": "Chrome", "os": "macOS"},
    "correlation_id": None, "batch_id": "b-01", "created_at": "2026-11-23T10:00:00.170Z",
    "processed_at": "2026-11-23T10:00:00.175Z",
}  # fmt: skip
STATS = {
    "since": "2026-11-23T00:00:00Z", "until": None, "timezone": "UTC", "total_events": 3, "unique_users": 2,
    "identified_users": 1, "unique_devices": 2, "sessions": 2,
    "events_by_name": [{"name": "page_view", "count": 3, "users": 2}],
    "events_by_category": [{"category": None, "count": 3, "users": 2}],
    "events_by_day": [{"day": "2026-11-23", "events": 3, "users": 2}], "as_of_seq": 8812,
}  # fmt: skip


def ok(serializer: Any, example: dict[str, Any], description: str = "") -> OpenApiResponse:
    return OpenApiResponse(serializer, description=description, examples=[OpenApiExample("answer", value=example)])


def text(name: str, description: str = "", **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description, **options)


TENANT = OpenApiParameter(
    "tenant_id", OpenApiTypes.UUID, description="Which tenant; needed by a session of several tenants only"
)
RANGE = [
    text("since", "From this instant on: RFC 3339, or milliseconds since 1970"),
    text("until", "Before this instant"),
]
TIMEZONE = text("timezone", "IANA name; default: the tenant's")
QUESTION = {
    "kind": "trends", "range": {"from": "2026-11-22", "to": "2026-11-23", "timezone": "UTC"}, "interval": "day",
    "series": [{"event": "page_view", "measure": "uniques"}], "filters": [{"property": "$browser", "value": "Chrome"}],
}  # fmt: skip
FUNNEL = {
    "kind": "funnel", "steps": [{"event": "signup"}, {"event": "purchase"}], "window": {"n": 7, "unit": "day"},
}  # fmt: skip
QUERY_ANSWER = {
    "kind": "trends", "buckets": ["2026-11-22", "2026-11-23"], "incomplete": [False, True],
    "series": [{"label": "page_view", "breakdown": [], "values": [12, 3], "total": 14}],
    "as_of_seq": 8812, "timing_ms": 21.4,
}  # fmt: skip
EXPLANATION = {
    "actor": "ada", "counted": True, "summary": "got through 1 of 2 steps", "as_of_seq": 8812,
    "attempts": [{"started": "2026-11-23T10:02:00Z", "ended": "2026-11-30T10:02:00Z", "counts": True, "steps": [
        {"step": 1, "event": "signup", "status": "done", "at": "2026-11-23T10:02:00Z"}]}],
}  # fmt: skip
PEOPLE_ANSWER = {"people": [{"id": "ada", "name": "Ada", "events": 12}], "total": 1, "as_of_seq": 8812}
PERSON = {
    "id": "ada", "name": "Ada", "email": None, "first_seen": "2026-11-20T08:00:00Z",
    "last_seen": "2026-11-23T10:00:00Z", "events": 12,
}  # fmt: skip
MERGE_ANSWER = {
    "person": PERSON, "joined": {**PERSON, "id": "phone-7", "name": None, "events": 143},
    "ids": ["phone-7", "tablet-2"], "moves": {"ids": 2, "events": 143}, "as_of_seq": 8812,
}  # fmt: skip
PAIR = {"source": "phone-7", "target": "ada"}
LINKS_ANSWER = {
    "links": [{**PAIR, "kind": "merge", "at": "2026-11-23T10:00:00Z", "event_id": None, "by": "olga",
               "state": "joined", "undone_at": None, "undone_by": None}], "as_of_seq": 8812,
}  # fmt: skip
KNOWN_NAME = {
    "name": "plan", "kind": "property", "volume": 900, "first_seen": "2026-09-01T08:00:00Z",
    "last_seen": "2026-11-23T10:00:00Z", "types": ["text"], "examples": ["free", "team"], "events": ["signup"],
    "description": "What they pay for", "hidden": False, "verified": True,
}  # fmt: skip
NAMES_ANSWER = {"results": [KNOWN_NAME], "total": 1, "capped": False, "sampled": False, "as_of_seq": 8812}
VALUES_ANSWER = {"results": [{"value": "team", "count": 900}], "as_of_seq": 8812}
READ_FAILURES = failures(400, 401, 403, 404, 429, 504)
WRITE_FAILURES = failures(400, 401, 403, 413, 429, 503)

_list = extend_schema(
    tags=OUT,
    operation_id="list_events",
    summary="Events, filtered, newest first",
    description=(
        "Pages are found by key: `next` and `previous` stay true while rows arrive. Any filter searches all rows; "
        "past 3 s the answer is 504, to be narrowed with `since`. Only while over 100,000 events wait to be cut, a "
        "filter other than `user_id` and `distinct_id` without `since` searches 7 days, and `window` says so."
    ),
    parameters=[
        TENANT,
        *[text(name) for name in ("event_name", "event_category")],
        text("user_id", "The user as the client names it"),
        text("distinct_id", "The actor: the user when known, else the device"),
        *[text(name) for name in ("session_id", "correlation_id", "batch_id", "page_url__contains")],
        text("properties.<key>", 'A property\'s value; 5 finds 5 and "5", null finds null and "null"'),
        *RANGE,
        text("ordering", enum=ORDERINGS),
        OpenApiParameter("limit", OpenApiTypes.INT, description="At most 1,000; default 100"),
        text("cursor", "From `next` or `previous`"),
    ],
    responses={
        200: ok(serializers.EventPageSerializer, {"next": None, "previous": None, "results": [ROW]}),
        **READ_FAILURES,
    },
)

ANALYTICS: dict[str, Any] = {
    "batch": extend_schema(
        tags=IN,
        operation_id="send_batch",
        summary="Send many events",
        description=(
            "200 even where some events were not stored: `results` has each one's verdict. The answer comes after "
            "COMMIT. Bodies may be gzip, and may be sent as text/plain."
        ),
        auth=WRITE_AUTH,  # type: ignore[arg-type]
        request=serializers.BatchSerializer,
        examples=[OpenApiExample("batch", value=BATCH, request_only=True)],
        responses={200: ok(serializers.BatchAnswerSerializer, BATCH_ANSWER), **WRITE_FAILURES},
    ),
    "events": extend_schema(
        tags=IN,
        operation_id="send_event",
        summary="Send one event",
        auth=WRITE_AUTH,  # type: ignore[arg-type]
        request=serializers.SingleSerializer,
        examples=[OpenApiExample("event", value=EVENT, request_only=True)],
        responses={
            201: ok(serializers.SingleAnswerSerializer, SINGLE_ANSWER, "Stored"),
            200: ok(serializers.SingleAnswerSerializer, {**SINGLE_ANSWER, "result": "duplicate"}, "Known already"),
            422: ok(
                serializers.SingleAnswerSerializer,
                {**SINGLE_ANSWER, "result": "drop", "reason": "bot", "message": "Sent by a known crawler."},
                "Not stored, and never will be",
            ),
            **WRITE_FAILURES,
        },
    ),
    "list": _list,
    "retrieve": extend_schema(
        tags=OUT,
        operation_id="get_event",
        summary="One event by the sender's id",
        parameters=[TENANT, OpenApiParameter("event_id", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses={200: ok(serializers.EventSerializer, ROW), **READ_FAILURES},
    ),
    "stats": extend_schema(
        tags=OUT,
        operation_id="get_stats",
        summary="Totals over a range",
        parameters=[TENANT, *RANGE, TIMEZONE],
        responses={200: ok(serializers.StatsSerializer, STATS), **READ_FAILURES},
    ),
    "dashboard": extend_schema(
        tags=OUT,
        operation_id="get_dashboard",
        summary="All that an overview shows",
        parameters=[
            TENANT,
            text("range", "24h, 7d (default), 30d, 90d, or local days such as 2026-10-01..2026-10-31"),
            TIMEZONE,
            text("compare", enum=(*COMPARES, "none")),
        ],
        responses={200: serializers.DashboardSerializer, **READ_FAILURES},
    ),
    "ledger": extend_schema(
        tags=OUT,
        operation_id="get_ledger",
        summary="What became of every event received",
        parameters=[TENANT, *RANGE, text("by", enum=tuple(STEPS)), TIMEZONE],
        responses={200: serializers.LedgerSerializer, **READ_FAILURES},
    ),
    "connections": extend_schema(
        tags=OUT,
        operation_id="get_connections",
        summary="WebSocket connections of the tenant",
        parameters=[TENANT],
        responses={200: serializers.ConnectionsSerializer, **failures(401, 403, 404, 429)},
    ),
}

SQL_COLUMNS = ", ".join(f"`{name}` {type_}{f' ({what})' if what else ''}" for name, type_, what in people_sql.COLUMNS)

_PARTS = {
    "kind": {"type": "string", "description": "Which insight"},
    "range": {"type": "object", "description": "`from` and `to`: local days, inclusive, or instants"},
    "filters": {"type": "array", "items": {"type": "object"}, "description": "`property`, `op`, `value`"},
    "breakdown": {"type": "array", "items": {"type": "object"}, "maxItems": 3},
}

QUERY: dict[str, Any] = {
    "create": extend_schema(
        tags=OUT,
        operation_id="query",
        summary="Every insight: one question, one answer",
        description=(
            "A wrong question is 400, with the path of the wrong part in `details`, and in `allowed` what may stand "
            "there; one that takes too long is 504, with what to narrow.\n\n"
            "With a `breakdown` trends answer line by line, funnel, retention, flows, lifecycle and stickiness with "
            "`breakdowns`: a list of `value` and what the question without it has. Beyond the largest 25 values (of "
            "flows 10) is `$other`, not set `$none`.\n\n"
            '`{"kind": "sql", "sql": "select event_name, count(*) from events group by 1"}` answers one SELECT in '
            "DuckDB's dialect over the tenant's rows: at most 10,000 rows and 10 s. "
            f"Columns of `events`: {SQL_COLUMNS}.\n\n"
            f"{query_docs.kinds()}\n\n"
            '`{"kind": "sessions"}` lists sessions with an event in the range that passes the filters, whole and the '
            'newest first, by `limit` and `offset`; `{"kind": "session", "id": "…"}` is one of them with its events.'
        ),
        parameters=[TENANT],
        request={"application/json": {"type": "object", "required": ["kind"], "properties": _PARTS}},
        examples=[
            OpenApiExample("trends", value=QUESTION, request_only=True),
            OpenApiExample("funnel", value=FUNNEL, request_only=True),
        ],
        responses={200: ok(serializers.AnswerSerializer, QUERY_ANSWER), **READ_FAILURES, **failures(413, 503)},
    ),
}

EXPLAIN: dict[str, Any] = {
    "create": extend_schema(
        tags=OUT,
        operation_id="explain",
        summary="Why one actor counts in a funnel or a retention where it does",
        description=(
            "For each attempt and step, or each birth and period: the event, window or rule that decided. `actor` is "
            "an id as a client names it; linked ids count as one. 404 for an id without events."
        ),
        parameters=[TENANT],
        request={
            "application/json": {
                "type": "object",
                "required": ["of", "actor"],
                "properties": {
                    "of": {"type": "object", "description": "A funnel's or a retention's question"},
                    "actor": {"type": "string"},
                },
            }
        },
        examples=[OpenApiExample("funnel", value={"of": FUNNEL, "actor": "ada"}, request_only=True)],
        responses={200: ok(serializers.AnswerSerializer, EXPLANATION), **READ_FAILURES, **failures(413, 503)},
    ),
}

NAME_KIND = text("kind", enum=["event", "property", "profile"], default="event")
NAMES: dict[str, Any] = {
    "dictionary": extend_schema(
        tags=OUT,
        operation_id="dictionary",
        summary="The data dictionary: names of events or properties, most frequent first",
        description=(
            "`volume` counts events of the last 30 days (UTC, today included). `capped`: a tenant has more names of "
            "this kind than are kept, and rare ones were left out. `sampled`: many rows are yet to be counted, and "
            "properties come from 200,000 of them. Hidden names are counted like all others."
        ),
        parameters=[
            TENANT,
            NAME_KIND,
            text("search", "Names, or descriptions, that hold this text"),
            text("sort", enum=reading.SORTS, default="volume"),
            text("hidden", "1: hidden names, too", enum=["0", "1"], default="0"),
            OpenApiParameter("limit", OpenApiTypes.INT, description="At most 500; default 50"),
        ],
        responses={200: ok(serializers.NamesSerializer, NAMES_ANSWER), **READ_FAILURES, **failures(503)},
    ),
    "tell": extend_schema(
        tags=OUT,
        operation_id="describe_name",
        summary="Describe, hide or verify a name (analysts, and keys with the scope manage)",
        parameters=[TENANT, NAME_KIND, text("name", "The name, as it came", required=True)],
        request=serializers.WordsSerializer,
        examples=[
            OpenApiExample("verify", value={"description": "What they pay for", "verified": True}, request_only=True)
        ],
        responses={200: ok(serializers.KnownNameSerializer, KNOWN_NAME), **READ_FAILURES, **failures(503)},
    ),
    "values": extend_schema(
        tags=OUT,
        operation_id="values",
        summary="Values of a property in the last 30 days, most frequent first",
        parameters=[
            TENANT,
            text("property", "As in questions: `plan`, `$browser`, `profile:city`", required=True),
            text("prefix", "Values that begin with this text"),
            OpenApiParameter("limit", OpenApiTypes.INT, description="At most 500; default 50"),
        ],
        responses={200: ok(serializers.AnswerSerializer, VALUES_ANSWER), **READ_FAILURES, **failures(503)},
    ),
}

PROFILES: dict[str, Any] = {
    "list": extend_schema(
        tags=OUT,
        operation_id="profiles",
        summary="People, seen last first or by another order; with `id`, one of them with ids, traits and events",
        description="Linked ids are one person; any of them opens it. 404 for an id that nobody has.",
        parameters=[
            TENANT,
            text("id", "Any id of one person; `limit` and `offset` are then of its events"),
            text("search", "People one of whose ids, or whose name or email, holds this text"),
            text("order", "The latest, or the most, first", enum=tuple(ORDERS), default="last_seen"),
            OpenApiParameter("limit", OpenApiTypes.INT, description="At most 1,000; default 100"),
            OpenApiParameter("offset", OpenApiTypes.INT, description="Default 0"),
        ],
        responses={200: ok(serializers.AnswerSerializer, PEOPLE_ANSWER), **READ_FAILURES, **failures(503)},
    ),
}

TEXT = {"type": "string", "minLength": 1, "maxLength": 255}
MERGED = {"type": "object", "required": ["id", "into"], "properties": {"id": TEXT, "into": TEXT}}
UNDONE = {"type": "object", "required": ["source", "target"], "properties": {"source": TEXT, "target": TEXT}}
LINKS: dict[str, Any] = {
    "list": extend_schema(
        tags=OUT,
        operation_id="profile_links",
        summary="Why the ids of a person are one: events and merges that joined them, newest first",
        description=(
            "`state`: `joined`; `undone` by somebody, and so it stays until they are merged; `outvoted`: a device "
            "that an earlier event, or somebody, gave to another."
        ),
        parameters=[TENANT, text("id", "Any id of the person", required=True)],
        responses={200: ok(serializers.AnswerSerializer, LINKS_ANSWER), **READ_FAILURES, **failures(503)},
    ),
}
MERGE: dict[str, Any] = {
    "preview": extend_schema(
        tags=OUT,
        operation_id="preview_merge",
        summary="What joining two people would do (analysts)",
        description=(
            "`joined` goes by the id of `person` afterwards. Of a user and somebody who is only a device, the user's "
            "id stays, whichever is named as `into`. 409 for two ids of one person."
        ),
        parameters=[
            TENANT,
            text("id", "Any id of the person who is joined", required=True),
            text("into", "Any id of the person who stays", required=True),
        ],
        responses={200: ok(serializers.AnswerSerializer, MERGE_ANSWER), **READ_FAILURES, **failures(409, 503)},
    ),
    "merge": extend_schema(
        tags=OUT,
        operation_id="merge",
        summary="Make two people one (analysts)",
        description="An entry is added to the log of links; the next answer counts by it. `link` is what to undo.",
        parameters=[TENANT],
        request={"application/json": MERGED},
        examples=[OpenApiExample("merge", value={"id": "phone-7", "into": "ada"}, request_only=True)],
        responses={
            201: ok(serializers.AnswerSerializer, {**MERGE_ANSWER, "link": PAIR}, "Joined"),
            **READ_FAILURES,
            **failures(409, 413, 503),
        },
    ),
    "undo": extend_schema(
        tags=OUT,
        operation_id="undo_link",
        summary="Take two ids apart (analysts)",
        description=(
            "Whatever joined them: an event that says so again does not; merging them does. Other links stay, also "
            "those that were made later. 404 for two ids that nothing joined."
        ),
        parameters=[TENANT],
        request={"application/json": UNDONE},
        examples=[OpenApiExample("undo", value=PAIR, request_only=True)],
        responses={
            200: ok(serializers.AnswerSerializer, {**PAIR, "state": "undone"}),
            **READ_FAILURES,
            **failures(409, 413),
        },
    ),
}
