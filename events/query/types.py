"""Questions as frozen objects: what `POST /query` takes, validated, with the path of a wrong part.

Names and defaults are the protocol's. A property is an event property by its bare name, a built-in by
`$`, a profile's by `profile:`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from events.ingest import times
from events.query.allowed import refused
from obc_analytics.errors import BadRequest

Op = Literal[
    "is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with", "gt", "gte", "lt", "lte",
    "between", "is_set", "is_not_set", "regex", "before", "after",
]  # fmt: skip
Interval = Literal["hour", "day", "week", "month"]
Measure = Literal[
    "total", "uniques", "wau", "mau", "sessions", "sum", "avg", "min", "max", "p50", "p75", "p90", "p95", "p99",
    "per_user",
]  # fmt: skip
OF_PROPERTY = frozenset({"sum", "avg", "min", "max", "p50", "p75", "p90", "p95", "p99"})

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Events = Name | Annotated[tuple[Name, ...], Meta(min_length=1, max_length=50)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a question."""


class Range(Part, frozen=True, rename={"from_": "from"}):
    """Local dates, both inclusive, or RFC 3339 instants, half-open. The zone defaults to the tenant's."""

    from_: Annotated[str, Meta(max_length=40)]
    to: Annotated[str, Meta(max_length=40)]
    timezone: Annotated[str, Meta(max_length=64)] | None = None


class Filter(Part, frozen=True):
    property: Name
    op: Op = "is"
    value: Any = None

    def __post_init__(self) -> None:
        check_filter(self)


class Breakdown(Part, frozen=True):
    property: Name


class Series(Part, frozen=True):
    """One line of a trend. Several events count as one. `property` is for sum, avg, min, max and p50…p99."""

    event: Events = "*"
    measure: Measure = "total"
    property: Name | None = None
    filters: Annotated[tuple[Filter, ...], Meta(max_length=20)] = ()
    label: Annotated[str, Meta(max_length=200)] | None = None

    def __post_init__(self) -> None:
        if self.measure in OF_PROPERTY and self.property is None:
            raise ValueError(f"the measure {self.measure} needs a property")


class Step(Part, frozen=True):
    """An event with filters of its own: a funnel's step, a retention's start or return, a flow's anchor."""

    event: Events = "*"
    filters: Annotated[tuple[Filter, ...], Meta(max_length=20)] = ()


class Window(Part, frozen=True):
    n: Annotated[int, Meta(ge=1, le=527_040)] = 7
    unit: Literal["minute", "hour", "day", "week"] = "day"

    def __post_init__(self) -> None:
        if self.seconds > 366 * 86_400:
            raise ValueError("a window may have 366 days")

    @property
    def seconds(self) -> int:
        return self.n * {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}[self.unit]


class Exclusion(Part, frozen=True):
    """Ends an attempt when it happens after step `from_step` and before `to_step` (numbered from 1)."""

    event: Events
    from_step: Annotated[int, Meta(ge=1)] = 1
    to_step: Annotated[int, Meta(ge=2)] | None = None
    filters: Annotated[tuple[Filter, ...], Meta(max_length=20)] = ()


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """What all questions share. Without a range: the last 30 local days. Trends answer a breakdown line by line, all
    others with `breakdowns`: `[{"value": […], …what the question without it has…}]`."""

    range: Range | None = None
    filters: Annotated[tuple[Filter, ...], Meta(max_length=30)] = ()
    breakdown: Annotated[tuple[Breakdown, ...], Meta(max_length=3)] = ()
    cohort: str | None = None


class Trends(Question, frozen=True, tag="trends"):
    series: Annotated[tuple[Series, ...], Meta(min_length=1, max_length=10)] = (Series(),)
    interval: Interval = "day"
    formula: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    compare: Literal["previous_period", "previous_year"] | None = None
    rolling: Annotated[int, Meta(ge=1, le=365)] | None = None
    cumulative: bool = False


class Funnel(Question, frozen=True, tag="funnel"):
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=20)]
    order: Literal["ordered", "strict", "any"] = "ordered"
    counting: Literal["uniques", "totals", "sessions"] = "uniques"
    window: Window = Window()
    exclusions: Annotated[tuple[Exclusion, ...], Meta(max_length=10)] = ()
    hold: Annotated[tuple[Name, ...], Meta(max_length=3)] = ()
    attribution: Annotated[str, Meta(pattern=r"^(first|last|step:[0-9]{1,2})$")] = "first"

    def __post_init__(self) -> None:
        last = len(self.steps)
        for exclusion in self.exclusions:
            to_step = exclusion.to_step or last
            if not 1 <= exclusion.from_step < to_step <= last:
                raise ValueError(f"an exclusion lies between two steps of 1 to {last}, never before or after them")
        if self.attribution.startswith("step:") and not 1 <= int(self.attribution[5:]) <= last:
            raise ValueError(f"attribution step:k needs a step of 1 to {last}")


class Retention(Question, frozen=True, tag="retention"):
    start: Step = Step()
    return_: Step = msgspec.field(default=Step(), name="return")
    unit: Literal["day", "week", "month"] = "week"
    periods: Annotated[int, Meta(ge=1, le=60)] = 8
    criterion: Literal["on", "on_or_after"] = "on"
    clock: Literal["rolling", "calendar"] = "calendar"
    birth: Literal["first_time", "recurring"] = "first_time"


class Flows(Question, frozen=True, tag="flows"):
    anchor: Step = Step()
    direction: Literal["after", "before"] = "after"
    depth: Annotated[int, Meta(ge=1, le=10)] = 4
    top: Annotated[int, Meta(ge=1, le=20)] = 5
    collapse_repeats: bool = True


class Lifecycle(Question, frozen=True, tag="lifecycle"):
    event: Events = "*"
    interval: Interval = "week"


class Stickiness(Question, frozen=True, tag="stickiness"):
    event: Events = "*"
    interval: Interval = "day"
    at_least: bool = False


class Undivided(Question, frozen=True):
    """A question that no breakdown divides."""

    def __post_init__(self) -> None:
        if self.breakdown:
            raise ValueError("this kind has no breakdown; trends, funnel, retention, flows, lifecycle, stickiness have")


class Errors(Undivided, frozen=True, tag="errors"):
    """Errors by group; `group` (its hash) asks for one of them, with stack and occurrences."""

    interval: Interval = "day"
    order: Literal["count", "users", "last_seen", "first_seen"] = "count"
    group: Annotated[str, Meta(pattern=r"^([0-9a-f]{16}|\$other)$")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class Vitals(Undivided, frozen=True, tag="vitals"):
    """Web vitals by metric, and by page and device (`limit` of those)."""

    interval: Interval = "day"
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class Forms(Undivided, frozen=True, tag="forms"):
    """What became of the attempts to fill in each form, or the one named."""

    interval: Interval = "day"
    form: Annotated[str, Meta(max_length=300)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class Sessions(Undivided, frozen=True, tag="sessions"):
    """Sessions with an event in the range that passes the filters, the newest start first."""

    limit: Annotated[int, Meta(ge=1, le=1_000)] = 50
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="session", kw_only=True):
    """One session with its events: `s` and the client's id, or `d<actor>/<µs>`, as `sessions` lists them."""

    id: Annotated[str, Meta(min_length=2, max_length=256)]
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 200
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Sql(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="sql", kw_only=True):
    sql: Annotated[str, Meta(min_length=1, max_length=20_000)]


class At(Part, frozen=True):
    """Which number of the answer: `bucket` a trend's, `step` a funnel's, `cell` a retention's [cohort, period].

    `series` numbers a trend's line, `breakdown` its values, `converted` tells those who did a funnel's
    step from those who stopped before it, `state` names a lifecycle's part, `n` a stickiness bar.
    """

    bucket: str | None = None
    series: Annotated[int, Meta(ge=0)] = 0
    step: Annotated[int, Meta(ge=1)] | None = None
    cell: tuple[str, int] | None = None
    converted: bool = True
    breakdown: tuple[Any, ...] | None = None
    state: Literal["new", "returning", "resurrecting", "dormant"] | None = None
    n: Annotated[int, Meta(ge=1)] | None = None
    node: str | None = None


Insight = Trends | Funnel | Retention | Flows | Lifecycle | Stickiness


class Actors(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="actors", kw_only=True):
    """The people behind any number of any chart, paged by `offset` and `limit`."""

    of: Insight
    at: At = At()
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Explain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="explain", kw_only=True):
    """Why one actor, by an id as a client names it, counts in a funnel or a retention where it does."""

    of: Funnel | Retention
    actor: Name


AnyQuestion = (
    Trends
    | Funnel
    | Retention
    | Flows
    | Lifecycle
    | Stickiness
    | Errors
    | Vitals
    | Forms
    | Sessions
    | Session
    | Sql
    | Actors
)


def check_filter(filter_: Filter) -> None:
    """The value that an op needs; ValueError says which."""
    value, op = filter_.value, filter_.op
    if op in {"is_set", "is_not_set"}:
        return
    if op in {"in", "not_in"}:
        if not isinstance(value, list) or not 1 <= len(value) <= 500 or not all(map(is_scalar, value)):
            raise ValueError(f"{op} needs a list of 1 to 500 texts, numbers or booleans")
    elif op == "between":
        if not isinstance(value, list) or len(value) != 2 or not all(map(is_scalar, value)):
            raise ValueError("between needs a list of two values")
    elif op in {"before", "after"}:
        if times.parse(value) is None:
            raise ValueError(f"{op} needs a time: 2026-11-23, RFC 3339 or milliseconds since 1970")
    elif not is_scalar(value):
        raise ValueError(f"{op} needs a text, a number or a boolean")
    elif op in {"contains", "not_contains", "starts_with", "regex"} and not isinstance(value, str):
        raise ValueError(f"{op} needs a text")


def is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and not (isinstance(value, str) and len(value) > 10_000)


def parse_question(value: Any) -> AnyQuestion:
    """A question from decoded JSON. Raises BadRequest naming the path of the wrong part."""
    return _parsed(value, AnyQuestion)


def parse_explain(value: Any) -> Explain:
    """`{"of": …, "actor": …}` from decoded JSON. Raises BadRequest as parse_question does."""
    return _parsed({**value, "kind": "explain"} if isinstance(value, dict) else value, Explain)


def _parsed(value: Any, type_: Any) -> Any:
    try:
        msgspec.json.encode(value)  # json.loads, by which some questions come, takes half characters
        value = with_times(value)
        return msgspec.convert(value, type=type_)
    except msgspec.ValidationError as error:
        raise refused(error, type_, value) from None
    except (RecursionError, OverflowError) as error:
        raise BadRequest("The question is nested too deep.", path="$") from error
    except UnicodeEncodeError as error:
        raise BadRequest("A text holds half a character (a lone surrogate).", path="$") from error


def with_times(value: Any) -> Any:
    """The question with milliseconds since 1970 in its range, or its `of`'s, as RFC 3339."""
    if not isinstance(value, dict):
        return value
    changed = {}
    if isinstance(range_ := value.get("range"), dict):
        moments = {name: times.parse(range_[name]) for name in ("from", "to") if type(range_.get(name)) is int}
        changed["range"] = range_ | {name: moment.isoformat() for name, moment in moments.items() if moment}
    if "of" in value:
        changed["of"] = with_times(value["of"])
    return value | changed


def to_json(question: AnyQuestion) -> dict[str, Any]:
    """The question as plain JSON data, as it would be sent."""
    return msgspec.to_builtins(question)
