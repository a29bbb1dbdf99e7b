"""Events, quarantine and ledger as lines of COPY's text format (PostgreSQL: COPY, "Text Format")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from events.ingest.steps import Draft

NULL = r"\N"
COLUMNS = (
    "seq", "processed_at", "tenant_id", "created_at", "id", "event_id", "user_id", "distinct_id", "device_id",
    "session_id", "event_name", "event_category", "properties", "timestamp", "page_url", "referrer", "user_agent",
    "device_info", "correlation_id", "batch_id",
)  # fmt: skip
COPY_INTO = "COPY {table} (" + ", ".join(COLUMNS) + ") FROM STDIN"

# stand for separator and null while the line is escaped as a whole; no value may hold them
_SEPARATOR, _NULL = "\x1f", "\x1e"


def escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def line(values: Sequence[str | None]) -> str:
    """One COPY line without its end. Escaping the whole joined line is three times faster than each value."""
    joined = _SEPARATOR.join([_NULL if value is None else value for value in values])
    if joined.count(_SEPARATOR) != len(values) - 1 or joined.count(_NULL) != values.count(None):
        return "\t".join([NULL if value is None else escape(value) for value in values])
    return escape(joined).replace(_NULL, NULL).replace(_SEPARATOR, "\t")


def event_line(draft: Draft, tenant_id: str, created_at: str, batch_id: str | None) -> str:
    """All columns but the first two: `seq` and `processed_at` are known to the writer only."""
    return line(
        (
            tenant_id,
            created_at,
            draft.id,
            draft.event_id,
            draft.user_uuid,
            draft.distinct_id,
            draft.device_id,
            draft.session_id,
            draft.event_name,
            draft.event_category,
            draft.properties_json,
            draft.timestamp.isoformat(),
            draft.page_url,
            draft.referrer,
            draft.user_agent,
            draft.device_json,
            draft.correlation_id,
            batch_id,
        )
    )


def block(lines: Iterable[str]) -> bytes:
    return "".join([text + "\n" for text in lines]).encode()
