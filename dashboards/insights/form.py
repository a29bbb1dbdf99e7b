"""A draft as what the form's templates show: rows of events, filters and options, each with its full name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dashboards.cohorts import naming
from dashboards.insights import options, values
from dashboards.insights.draft import Draft, many, one, rows
from dashboards.insights.options import Choice, Option
from dashboards.templatetags import obc
from events.query.properties import COHORT
from events.query.types import OF_PROPERTY

LETTERS = "ABCDEFGHIJ"
MOST = {
    "series": 10,
    "steps": 20,
    "exclusions": 10,
    "breakdown": 3,
    "hold": 3,
    "filters": 20,
    "values": 500,
    "events": 50,
}


@dataclass(frozen=True, slots=True)
class Control:
    """One control with what is chosen in it. `help` is the sentence of the choice, or of the control."""

    option: Option
    name: str
    texts: Sequence[str]
    second: str = ""  # of a window: its unit

    @property
    def value(self) -> str:
        return self.texts[-1] if self.texts else ""

    @property
    def chosen(self) -> list[tuple[Choice, bool]]:
        value = self.second or self.value
        known = any(choice.value == value for choice in self.option.choices)
        return [
            (choice, choice.value == value or (not known and not number))
            for number, choice in enumerate(self.option.choices)
        ]

    @property
    def help(self) -> str:
        found = [choice.help for choice, chosen in self.chosen if chosen]
        return (found[0] if found and found[0] else "") or self.option.help

    @property
    def id(self) -> str:
        return ident(self.name)


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts under one name: events that count as one, or a filter's values."""

    name: str
    texts: list[str]
    more: bool = True  # whether another may be added

    @property
    def items(self) -> Iterator[tuple[int, str, str]]:
        """(number, text, id) of each field; one empty field where there is none."""
        for number, text in enumerate(self.texts or [""]):
            yield number, text, ident(f"{self.name}.{number}")

    @property
    def several(self) -> bool:
        return len(self.texts) > 1


@dataclass(frozen=True, slots=True)
class FilterRow:
    name: str
    chosen: str  # the property
    op: Control
    values: Texts | None  # None: the op takes none
    inside: bool | None = None  # of a cohort: in it, or not in it

    @property
    def id(self) -> str:
        return ident(f"{self.name}.property")

    @property
    def between(self) -> bool:
        return self.op.value == "between"


@dataclass(frozen=True, slots=True)
class Row:
    """An event, or several as one, with filters of its own: a series, a step, an exclusion, an anchor."""

    name: str
    title: str
    events: Texts
    filters: list[FilterRow] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    has_filters: bool = True
    placeholder: str = "Choose an event"
    first: bool = True  # nothing to move it above
    last: bool = True
    removable: bool = False

    @property
    def filters_name(self) -> str:
        return f"{self.name}.filters"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one kind under a heading, and whether there may be one more."""

    name: str
    title: str
    rows: list[Row]
    more: bool = False
    add: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    kind: str
    groups: list[Group]
    options: list[Control]
    filters: list[FilterRow]
    breakdown: list[tuple[str, str, str]]
    cohort: str
    hold: Texts | None

    @property
    def kinds(self) -> list[tuple[Choice, bool]]:
        return [(choice, choice.value == self.kind) for choice in options.KINDS]

    @property
    def about(self) -> str:
        return next((choice.help for choice in options.KINDS if choice.value == self.kind), "")

    @property
    def breakdown_help(self) -> str:
        return options.BREAKDOWNS.get(self.kind, options.BREAKDOWN)

    @property
    def may_break_down(self) -> bool:
        return len(self.breakdown) < MOST["breakdown"]


def ident(name: str) -> str:
    """An id for a field: names are unique in a form."""
    return f"f-{obc.ident(name)}"


def form_of(draft: Draft) -> Form:
    kind = one(draft, "kind")
    return Form(
        kind=kind,
        groups=GROUPS[kind](draft),
        options=[_control(option, draft) for option in _options(kind, draft)],
        filters=filter_rows(draft, "filters"),
        breakdown=[
            (f"breakdown.{number}", ident(f"breakdown.{number}.property"), one(row, "property"))
            for number, row in enumerate(rows(draft, "breakdown"))
        ],
        cohort=one(draft, "cohort"),
        hold=Texts("hold", many(draft, "hold"), len(many(draft, "hold")) < MOST["hold"]) if kind == "funnel" else None,
    )


def _options(kind: str, draft: Draft) -> Iterator[Option]:
    for option in options.OPTIONS[kind]:
        if option.name != "attribution":
            yield option
        elif rows(draft, "breakdown") or one(draft, "attribution") not in (
            "",
            "first",
        ):  # it says which step's value a breakdown takes
            steps = [
                Choice(f"step:{number}", f"Step {number}", f"The value at step {number}.")
                for number, _ in enumerate(rows(draft, "steps"), 1)
            ]
            yield Option(option.name, option.label, (*option.choices, *steps))


def _control(option: Option, draft: Draft, prefix: str = "") -> Control:
    if option.input == "window":
        window = draft.get("window") if isinstance(draft.get("window"), dict) else {}
        return Control(option, "window", [one(window, "n") or "7"], one(window, "unit") or "day")
    return Control(option, f"{prefix}{option.name}", many(draft, option.name))


def filter_rows(draft: Draft, name: str) -> list[FilterRow]:
    return [filter_row(row, f"{name}.{number}") for number, row in enumerate(rows(draft, "filters"))]


def filter_row(row: Draft, name: str) -> FilterRow:
    op = one(row, "op") or "is"
    control = Control(Option("op", "is", options.OPS), f"{name}.op", [op])
    texts = many(row, "value")
    if op == "is" and one(row, "property").startswith((naming.PREFIX, COHORT)):
        return FilterRow(name, one(row, "property"), control, None, inside=texts[-1:] != ["false"])
    if op in values.NO_VALUE:
        return FilterRow(name, one(row, "property"), control, None)
    if op == "between":
        return FilterRow(name, one(row, "property"), control, Texts(f"{name}.value", [*texts, "", ""][:2], more=False))
    if op not in values.LIST_OPS:
        texts = texts[:1]
    return FilterRow(
        name,
        one(row, "property"),
        control,
        Texts(f"{name}.value", texts, op in values.LIST_OPS and len(texts) < MOST["values"]),
    )


def _row(draft: Draft, name: str, title: str, **more: object) -> Row:
    prefix = f"{name}." if name else ""
    events = many(draft, "event")
    return Row(
        name=name,
        title=title,
        events=Texts(f"{prefix}event", events, len(events) < MOST["events"]),
        filters=filter_rows(draft, f"{prefix}filters") if name else [],
        **more,  # type: ignore[arg-type]
    )


def _listed(draft: Draft, name: str, title: str, least: int) -> list[Row]:
    """The rows of a list; those below `least` of them can't be taken away."""
    found = rows(draft, name) or [{}]
    last = len(found) - 1
    return [
        _row(row, f"{name}.{number}", title.format(number=number + 1, letter=LETTERS[number % 10]),
             first=number == 0, last=number == last, removable=len(found) > least,
             controls=_measure(row, f"{name}.{number}.") if name == "series" else [])
        for number, row in enumerate(found)
    ]  # fmt: skip


def _measure(row: Draft, prefix: str) -> list[Control]:
    measure = Control(
        Option("measure", "Measure", options.MEASURES), f"{prefix}measure", many(row, "measure") or ["total"]
    )
    of = Option("property", "of", input="property", placeholder="Choose a property")
    label = Option("label", "Name", input="text", placeholder="Name in the chart")
    named = [_control(label, row, prefix)]
    return [measure, *([_control(of, row, prefix)] if measure.value in OF_PROPERTY else []), *named]


def _trends(draft: Draft) -> list[Group]:
    found = _listed(draft, "series", "{letter}", 1)
    return [Group("series", "Events", found, len(found) < MOST["series"], "Add an event")]


def _funnel(draft: Draft) -> list[Group]:
    steps = _listed(draft, "steps", "{number}", 2)
    excluded = [_exclusion(row, number, len(steps)) for number, row in enumerate(rows(draft, "exclusions"))]
    return [
        Group("steps", "Steps", steps, len(steps) < MOST["steps"], "Add a step"),
        Group("exclusions", "Without", excluded, len(excluded) < MOST["exclusions"] and len(steps) > 1,
              "Exclude an event", options.EXCLUSION),
    ]  # fmt: skip


def _exclusion(row: Draft, number: int, steps: int) -> Row:
    name = f"exclusions.{number}"
    numbered = [Choice(str(step), f"Step {step}") for step in range(1, steps + 1)]
    after = Option("from_step", "after", tuple(numbered[:-1]))
    before = Option("to_step", "before", (Choice("", "the last step"), *numbered[1:]))
    controls = [_control(after, row, f"{name}."), _control(before, row, f"{name}.")]
    return _row(row, name, "", controls=controls, removable=True)


def _retention(draft: Draft) -> list[Group]:
    start, back = (_row(_inner(draft, name), name, "", placeholder=values.ANY) for name in ("start", "return"))
    return [Group("start", "First did", [start]), Group("return", "Then came back and did", [back])]


def _flows(draft: Draft) -> list[Group]:
    anchor = _row(_inner(draft, "anchor"), "anchor", "", placeholder=values.ANY)
    return [Group("anchor", "Paths through", [anchor])]


def _activity(draft: Draft) -> list[Group]:
    row = _row(draft, "", "", has_filters=False, placeholder=values.ANY)
    return [Group("event", "Active means", [row], help="Any of these events makes a person active.")]


def _inner(draft: Draft, name: str) -> Draft:
    found = draft.get(name)
    return found if isinstance(found, dict) else {}


GROUPS = {
    "trends": _trends,
    "funnel": _funnel,
    "retention": _retention,
    "flows": _flows,
    "lifecycle": _activity,
    "stickiness": _activity,
}
