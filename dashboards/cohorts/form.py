"""A cohort's draft as what the form's templates show."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.cohorts.draft import DAYS
from dashboards.insights.draft import Draft, many, one, rows
from dashboards.insights.form import MOST, Control, FilterRow, Texts, filter_row, filter_rows, ident
from dashboards.insights.options import Choice, Option

MATCH = (Choice("all", "all of"), Choice("any", "any of"))
OF_GROUP = (*MATCH, Choice("none", "none of"))
TYPES = (
    Choice("did", "did"),
    Choice("did_not", "did not do"),
    Choice("is", "are people whose"),
)
TIMES = (
    Choice("at_least", "at least"),
    Choice("at_most", "at most", "Those who never did are among them."),
    Choice("exactly", "exactly"),
)
WHEN = (
    Choice("last", "in the last", "Local days, today included."),
    Choice("between", "between", "Both days are included."),
    Choice("ever", "ever"),
)
GROUPS, CONDITIONS = 6, 10
PROPERTY_HELP = (
    "Names of profile: are what identify told; a built-in such as $browser is what the latest event with it says."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One condition: an event with how often and when, or what is known of the person."""

    name: str
    type: Control
    events: Texts
    times: Control
    n: str
    when: Control
    last_days: str
    dates: tuple[str, str]
    filters: list[FilterRow]
    known: FilterRow
    removable: bool

    @property
    def of_person(self) -> bool:
        return self.type.value == "is"

    @property
    def counts(self) -> bool:
        return self.type.value == "did"

    @property
    def filters_name(self) -> str:
        return f"{self.name}.filters"

    @property
    def id(self) -> str:
        return ident(self.name)


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    match: Control
    rows: list[Row]
    more: bool
    removable: bool

    @property
    def conditions_name(self) -> str:
        return f"{self.name}.conditions"


@dataclass(frozen=True, slots=True)
class Form:
    match: Control
    groups: list[Group]
    more: bool


def form_of(draft: Draft) -> Form:
    groups = rows(draft, "groups")
    return Form(
        match=_choice("match", "People who match", MATCH, one(draft, "match")),
        groups=[_group(group, f"groups.{number}", len(groups) > 1) for number, group in enumerate(groups[:GROUPS])],
        more=len(groups) < GROUPS,
    )


def _group(group: Draft, name: str, removable: bool) -> Group:
    conditions = rows(group, "conditions")[:CONDITIONS]
    return Group(
        name=name,
        match=_choice(f"{name}.match", "Match", OF_GROUP, one(group, "match")),
        rows=[_row(row, f"{name}.conditions.{at}", len(conditions) > 1) for at, row in enumerate(conditions)],
        more=len(conditions) < CONDITIONS,
        removable=removable,
    )


def _row(row: Draft, name: str, removable: bool) -> Row:
    events = many(row, "event")
    return Row(
        name=name,
        type=_choice(f"{name}.type", "What", TYPES, one(row, "type")),
        events=Texts(f"{name}.event", events, len(events) < MOST["events"]),
        times=_choice(f"{name}.times", "How often", TIMES, one(row, "times")),
        n=one(row, "n") or "1",
        when=_choice(f"{name}.when", "When", WHEN, one(row, "when") or "last"),
        last_days=one(row, "last_days") or DAYS,
        dates=(one(row, "from"), one(row, "to")),
        filters=filter_rows(row, f"{name}.filters"),
        known=filter_row(row, name),
        removable=removable,
    )


def _choice(name: str, label: str, choices: tuple[Choice, ...], value: str) -> Control:
    return Control(Option(name, label, choices), name, [value or choices[0].value])
