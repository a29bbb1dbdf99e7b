"""What the page of SQL says of a statement: its address, what is saved of it, and words to write it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboards.insights.view import View, view_of
from dashboards.models import SavedInsight
from events.query.types import Sql, parse_question

KIND, USUAL = "sql", "table"
MOST_OF_ADDRESS = 12_000  # characters, escaped: servers and proxies take 16 KB of request line
LISTED = 200  # properties beside the editor


@dataclass(frozen=True, slots=True)
class Statement:
    """`text` is what stands in the editor. `saved`: the insight that the address names."""

    text: str
    view: View
    saved: SavedInsight | None = None

    @property
    def saved_text(self) -> str:
        return str(self.saved.question.get("sql", "")) if self.saved else ""

    @property
    def changed(self) -> bool:
        """Whether saving would change the statement that is saved."""
        return self.saved is not None and self.text != self.saved_text

    @property
    def address(self) -> str:
        """Below the tenant's root; without the statement where it is as it was saved, or too long for an address."""
        named = {"id": str(self.saved.id)} if self.saved else {}
        if self.text and (self.changed or not self.saved):
            named["sql"] = self.text
        if self.view.chart:
            named["chart"] = self.view.chart
        query = urlencode(named)
        if len(query) > MOST_OF_ADDRESS:
            query = urlencode({name: value for name, value in named.items() if name != "sql"})
        return f"sql/?{query}" if query else "sql/"

    def question(self) -> Sql:
        """Raises BadRequest for an empty or too long one."""
        return parse_question({"kind": KIND, "sql": self.text})  # type: ignore[return-value]


def read(query: Mapping[str, str], saved: SavedInsight | None) -> Statement:
    """Of an address or a form. Forms send lines as CR LF."""
    kept = saved if saved is not None and saved.kind == KIND else None
    usual = view_of(kept.view or {}, KIND) if kept else None
    text = query.get("sql", str(kept.question.get("sql", "")) if kept else "")
    view = view_of(query, KIND, usual)
    if view.chart == USUAL and not (usual and usual.chart):
        view = View()
    return Statement(text.replace("\r\n", "\n"), view, kept)


# name and statement; each answers at once on a tenant without events
EXAMPLES = (
    (
        "Events a day",
        "SELECT timestamp::DATE AS day, count(*) AS events, count(DISTINCT who) AS people\n"
        "FROM events\nWHERE timestamp >= current_date - 30\nGROUP BY ALL\nORDER BY day",
    ),
    (
        "Pages, by people",
        "SELECT path, count(DISTINCT who) AS people, count(*) AS views\n"
        "FROM events\nWHERE event_name = 'page_view'\nGROUP BY ALL\nORDER BY people DESC\nLIMIT 50",
    ),
    (
        "Values of a property",
        "SELECT (properties->>'$.type') AS type, count(*) AS events\n"
        "FROM events\nWHERE event_name = 'error'\nGROUP BY ALL\nORDER BY events DESC\nLIMIT 50",
    ),
    (
        "Minutes from a person's first event to the next one",
        "WITH numbered AS (\n  SELECT who, timestamp, row_number() OVER (PARTITION BY who ORDER BY timestamp) AS n,\n"
        "    lead(timestamp) OVER (PARTITION BY who ORDER BY timestamp) AS following\n  FROM events\n)\n"
        "SELECT median(date_diff('second', timestamp, following)) / 60 AS minutes, count(*) AS people\n"
        "FROM numbered\nWHERE n = 1 AND following IS NOT NULL",
    ),
)

# what a click inserts, and what it does
FUNCTIONS = (
    ("count(DISTINCT who)", "People."),
    ("count(*) FILTER (WHERE )", "Rows that pass a condition."),
    ("date_trunc('week', timestamp)", "The start of the hour, day, week (Monday) or month."),
    ("date_diff('minute', , )", "Whole units between two times."),
    ("strftime(timestamp, '%H')", "A part of a time as text: %Y %m %d %H %M."),
    ("TRY_CAST( AS DOUBLE)", "A number, or NULL where it is none."),
    ("coalesce(, )", "The first that is not NULL."),
    ("nullif(, )", "NULL where both are equal."),
    ("avg()", "The mean."),
    ("sum()", "The sum."),
    ("min()", "The smallest."),
    ("max()", "The largest."),
    ("median()", "The middle value."),
    ("quantile_cont(, 0.9)", "A percentile."),
    ("arg_max(, timestamp)", "The value where another is largest: the last one."),
    ("arg_min(, timestamp)", "The value where another is smallest: the first one."),
    ("approx_count_distinct()", "Different values, quickly and nearly."),
    ("string_agg(, ', ')", "Texts of a group, joined."),
    ("list()", "Values of a group as a list."),
    ("unnest()", "A row for each part of a list."),
    ("json_keys(properties)", "The names in a JSON object."),
    ("lower()", "Small letters."),
    ("length()", "Characters of a text."),
    ("contains(, '')", "Whether a text holds another."),
    ("starts_with(, '')", "Whether a text begins with another."),
    ("regexp_matches(, '')", "Whether a pattern (RE2) is found."),
    ("regexp_extract(, '', 1)", "What a pattern's group found."),
    ("split_part(, '/', 1)", "A part of a text, counted from 1."),
    ("replace(, '', '')", "A text with another put in."),
    ("round(, 2)", "Rounded."),
    ("row_number() OVER (PARTITION BY who ORDER BY timestamp)", "Counts a person's events."),
    ("lag(timestamp) OVER (PARTITION BY who ORDER BY timestamp)", "The value of the row before."),
    ("lead(timestamp) OVER (PARTITION BY who ORDER BY timestamp)", "The value of the row after."),
    ("generate_series(1, 10)", "Whole numbers, as a table."),
)
