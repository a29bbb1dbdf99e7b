"""Names of properties → expressions over the relation. A name is bound, never written into the statement."""

from __future__ import annotations

import uuid

from events.query.binds import Binds
from events.segments import promoted
from events.segments.promoted import pointer
from obc_analytics.errors import BadRequest

PROFILE = "profile:"
COHORT = "cohort:"

# built-ins: every expression is text
BUILT_IN: dict[str, str] = {
    "$event_name": "event_name",
    "$event_category": "event_category",
    "$event_id": "event_id",
    "$page_url": "page_url",
    "$path": "path",
    "$referrer": "referrer",
    "$referring_domain": "referring_domain",
    # as an overview lists them: what a page view shows, and the other host that it came from
    "$view_path": "view_path",
    "$referring_site": "CASE WHEN referring_domain IS DISTINCT FROM host THEN referring_domain END",
    "$browser": "browser",
    "$os": "os",
    "$device_type": "device_type",
    "$country": "country",
    "$session_id": "session_id",
    "$user_id": "user_id::VARCHAR",
    "$distinct_id": "distinct_id",
    "$device_id": "device_id",
    "$correlation_id": "correlation_id",
    "$batch_id": "batch_id",
    "$user_agent": "user_agent",
    "$time": "strftime(ts, '%Y-%m-%dT%H:%M:%S.%fZ')",
    **{
        f"$utm_{part}": f"coalesce(properties->>'/utm_{part}',"
        f" nullif(url_decode(regexp_extract(page_url, '[?&]utm_{part}=([^&#]*)', 1)), ''))"
        for part in ("source", "medium", "campaign", "term", "content")
    },
}


def text(name: str, binds: Binds) -> str:
    """The property as text, NULL when it is not set. Raises BadRequest for an unknown built-in.

    `profile:` and `cohort:` names need columns of the relation that asking.py adds for those it was told of.
    """
    if name.startswith(PROFILE):
        return f"json_extract_string(traits, {binds.add(pointer(name.removeprefix(PROFILE)))})"
    if name.startswith(COHORT):
        return cohort_column(cohort_id(name))
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name.startswith("$") and name not in KEPT:
        known = ", ".join(BUILT_IN)
        raise BadRequest(f"{name[:60]!r} is no built-in property; there are {known}.", property=name[:255])
    if name in binds.promoted:
        return promoted.column(name)
    return of_json(name, binds)


def cohort_id(name: str) -> uuid.UUID:
    """The cohort that `cohort:<id>` names. Raises BadRequest."""
    try:
        return uuid.UUID(name.removeprefix(COHORT))
    except ValueError:
        raise BadRequest("There is no cohort of this id.", property=name[:255]) from None


def cohort_column(id_: uuid.UUID) -> str:
    """The column that says `true` for rows of its members, and `false` for all others."""
    return f"cohort_{id_.hex}"


def of_json(name: str, binds: Binds) -> str:
    return f"json_extract_string(properties, {binds.add(pointer(name))})"


# properties of events that begin with `$` all the same
KEPT = frozenset({"$client_timestamp", "$set", "$set_once", "$increment", "$append", "$union", "$unset"})


def number(name: str, binds: Binds) -> str:
    """The property as a number, NULL when it is none."""
    return f"TRY_CAST({text(name, binds)} AS DOUBLE)"
