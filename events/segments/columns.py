"""Columns of the relation: how PostgreSQL hands a row out, and what a segment keeps of it.

The tail and a segment go through the same projection, so that a row reads the same from both.
"""

from __future__ import annotations

# name, DuckDB type, PostgreSQL expression: one CSV line of COPY ... TO STDOUT (FORMAT csv)
RAW: tuple[tuple[str, str, str], ...] = (
    ("seq", "BIGINT", "seq"),
    ("event_id", "VARCHAR", "event_id"),
    ("id", "UUID", "id"),
    ("ts", "TIMESTAMP", "timestamp AT TIME ZONE 'UTC'"),
    ("received", "TIMESTAMP", "created_at AT TIME ZONE 'UTC'"),
    ("event_name", "VARCHAR", "event_name"),
    ("event_category", "VARCHAR", "event_category"),
    ("distinct_id", "VARCHAR", "distinct_id"),
    ("user_id", "UUID", "user_id"),
    ("device_id", "VARCHAR", "device_id"),
    ("session_id", "VARCHAR", "session_id"),
    ("correlation_id", "VARCHAR", "correlation_id"),
    ("batch_id", "VARCHAR", "batch_id"),
    ("page_url", "VARCHAR", "page_url"),
    ("referrer", "VARCHAR", "referrer"),
    ("user_agent", "VARCHAR", "user_agent"),
    ("device_info", "VARCHAR", "device_info::text"),
    ("properties", "VARCHAR", "properties::text"),
)

PROFILE_EVENTS = ("$identify", "$profile")
_NUMBER = "json_type(properties, '/value') IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')"

# Patterns of which RE2 knows at each character where it is ("one-pass") take a fifth of the time of those that it
# may have to read twice. Few of them, and no macro such as split_part: each costs a part of a millisecond in the
# plan of a statement, and every question with a tail plans these.
_SCHEME = "^[A-Za-z][A-Za-z0-9+.-]*://"
_AFTER_HOST = f"substr(page_url, length(regexp_extract(page_url, '{_SCHEME}[^/?#]*')) + 1)"


def _of(event_name: str, expression: str) -> str:
    """The expression for events of that name, NULL for all others."""
    return f"CASE event_name WHEN '{event_name}' THEN {expression} END"


def _host(url: str) -> str:
    """The host of an absolute address, lower case, without user and port; NULL for anything else."""
    alone = f"regexp_extract({url}, '{_SCHEME}([^/?#:]*)', 1)"
    after_user = f"regexp_extract({url}, '{_SCHEME}(?:[^/?#@]*@)?([^/?#:]*)', 1)"
    return f"nullif(lower(CASE WHEN contains({url}, '@') THEN {after_user} ELSE {alone} END), '')"


def _of_device(number: int) -> str:
    """One of four facts; the list is one expression in all of them, and the JSON is read once."""
    return f"json_extract_string(device_info, ['/browser', '/os', '/device_type', '/country'])[{number}]"


# what is computed once, when a row leaves PostgreSQL, so that no question has to
DERIVED: tuple[tuple[str, str], ...] = (
    # a stable 64-bit hash of the raw id: DuckDB's hash() changes between versions
    ("actor", "md5_number_lower(distinct_id)"),
    ("path", f"nullif(regexp_extract({_AFTER_HOST}, '^[^?#]*'), '')"),
    ("referring_domain", _host("referrer")),
    ("browser", _of_device(1)),
    ("os", _of_device(2)),
    ("device_type", _of_device(3)),
    ("country", _of_device(4)),
    ("host", _host("page_url")),
    # what an overview reads of page views, errors and web vitals: out of the JSON it is five times the work
    ("view_path", _of("page_view", "coalesce(left(coalesce(nullif(properties->>'/path', ''), path), 1000), '/')")),
    ("error_type", _of("error", "coalesce(left(properties->>'/type', 200), 'Error')")),
    ("error_message", _of("error", "coalesce(left(properties->>'/message', 300), '')")),
    ("vital_metric", _of("web_vital", "left(properties->>'/metric', 20)")),
    ("vital_value", _of("web_vital", f"CASE WHEN {_NUMBER} THEN TRY_CAST(properties->>'/value' AS DOUBLE) END")),
    # what profiles are made of, few rows among all: the columns of all rows are fifty times as much to read
    ("profile_ops", f"CASE WHEN event_name IN {PROFILE_EVENTS} THEN properties END"),
    ("profile_event", f"CASE WHEN event_name IN {PROFILE_EVENTS} THEN event_id END"),
)

NAMES = (*[name for name, _, _ in RAW], *[name for name, _ in DERIVED])
PROJECTION = ", ".join([*[name for name, _, _ in RAW], *[f"{expression} AS {name}" for name, expression in DERIVED]])

DERIVED_NAMES = frozenset(name for name, _ in DERIVED)
UNFINISHED = DERIVED_NAMES - {"actor"}  # what a row can be sorted without: to sort fewer columns first is less work


def completed(source: str, lacking: frozenset[str]) -> str:
    """A FROM clause: `source` with the derived columns that it lacks, made of the others."""
    made = [f"{expression} AS {name}" for name, expression in DERIVED if name in lacking]
    return f"(SELECT *, {', '.join(made)} FROM {source})" if made else source


COPY_OUT = (
    f"COPY (SELECT {', '.join(expression for _, _, expression in RAW)} FROM analytics_events WHERE {{where}})"
    " TO {target} (FORMAT csv)"
)

COPY_BUFFER = 1 << 20  # bytes; COPY hands out row by row, and 10 of them a write cost 0.9 µs a row more

# allow_quoted_nulls: COPY writes NULL as nothing and the empty text as "", and both are kept apart. parallel: a second
# thread begins at a line that looks like a row, and a text may hold lines that do. buffer_size: 64 MB otherwise
READ_CSV = (
    "read_csv({path}, columns = {{"
    + ", ".join(f"'{name}': '{type_}'" for name, type_, _ in RAW)
    + "}}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n',"
    " nullstr = '', allow_quoted_nulls = false, parallel = false, max_line_size = 4194304, buffer_size = 8388608,"
    " strict_mode = true)"
)


def rows_of(csv_path: str) -> str:
    """A FROM clause: the rows of a CSV file that COPY_OUT wrote, projected. The path is ours, not a user's."""
    return f"(SELECT {PROJECTION} FROM {_read_csv(csv_path)})"


def raw_rows_of(csv_path: str) -> str:
    """The same without the columns UNFINISHED."""
    raw = ", ".join(name for name, _, _ in RAW)
    return f"(SELECT {raw}, {dict(DERIVED)['actor']} AS actor FROM {_read_csv(csv_path)})"


def _read_csv(path: str) -> str:
    return READ_CSV.format(path="'" + path.replace("'", "''") + "'")
