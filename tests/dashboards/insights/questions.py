"""Any question that the builder can make, for property-based tests."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from events.query import types
from events.query.types import Trends

names = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), min_size=1, max_size=12).filter(
    lambda text: "\n" not in text
)
scalars = (
    names
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.just("")
)
ops = st.sampled_from(get_args(types.Op))


@st.composite
def filters(draw: Any) -> types.Filter:
    op = draw(ops)
    if op in {"is_set", "is_not_set"}:
        return types.Filter(draw(names), op)
    if op in {"in", "not_in"}:
        return types.Filter(draw(names), op, draw(st.lists(scalars, min_size=1, max_size=3)))
    if op == "between":
        return types.Filter(draw(names), op, draw(st.lists(scalars, min_size=2, max_size=2)))
    if op in {"before", "after"}:
        return types.Filter(draw(names), op, draw(st.sampled_from(["2026-11-23", "2026-11-23T10:00:00+01:00"])))
    texts = op in {"contains", "not_contains", "starts_with", "regex"}
    return types.Filter(draw(names), op, draw(names if texts else scalars))


some_filters = st.lists(filters(), max_size=2).map(tuple)
events = names | st.lists(names, min_size=2, max_size=3).map(tuple)
steps = st.builds(types.Step, event=events, filters=some_filters)
common = {
    "filters": some_filters,
    "breakdown": st.lists(st.builds(types.Breakdown, property=names), max_size=3).map(tuple),
    "cohort": st.none() | names,
}


def choice(type_: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(type_))


@st.composite
def one_series(draw: Any) -> types.Series:
    measure = draw(choice(types.Measure))
    of = draw(names) if measure in types.OF_PROPERTY else None
    return types.Series(draw(events), measure, of, draw(some_filters), draw(st.none() | names))


trends = st.builds(
    Trends,
    series=st.lists(one_series(), min_size=1, max_size=3).map(tuple),
    interval=choice(types.Interval),
    formula=st.none() | st.sampled_from(["A", "B/A*100"]),
    compare=st.sampled_from([None, "previous_period", "previous_year"]),
    rolling=st.none() | st.integers(1, 365),
    cumulative=st.booleans(),
    **common,
)


@st.composite
def funnels(draw: Any) -> types.Funnel:
    chosen = tuple(draw(st.lists(steps, min_size=2, max_size=4)))
    last = len(chosen)
    exclusions = []
    for event in draw(st.lists(events, max_size=2)):
        start = draw(st.integers(1, last - 1))
        end = draw(st.integers(start + 1, last) | st.none())
        exclusions.append(types.Exclusion(event, start, end, draw(some_filters)))
    return types.Funnel(
        steps=chosen,
        order=draw(st.sampled_from(["ordered", "strict", "any"])),
        counting=draw(st.sampled_from(["uniques", "totals", "sessions"])),
        window=draw(
            st.builds(types.Window, n=st.integers(1, 50), unit=st.sampled_from(["minute", "hour", "day", "week"]))
        ),
        exclusions=tuple(exclusions),
        hold=tuple(draw(st.lists(names, max_size=3))),
        attribution=draw(st.sampled_from(["first", "last", "step:1", f"step:{last}"])),
        **{name: draw(strategy) for name, strategy in common.items()},
    )


retentions = st.builds(
    types.Retention,
    start=steps,
    return_=steps,
    unit=st.sampled_from(["day", "week", "month"]),
    periods=st.integers(1, 60),
    criterion=st.sampled_from(["on", "on_or_after"]),
    clock=st.sampled_from(["rolling", "calendar"]),
    birth=st.sampled_from(["first_time", "recurring"]),
    **common,
)
flows = st.builds(
    types.Flows,
    anchor=steps,
    direction=st.sampled_from(["after", "before"]),
    depth=st.integers(1, 10),
    top=st.integers(1, 20),
    collapse_repeats=st.booleans(),
    **common,
)
lifecycles = st.builds(types.Lifecycle, event=events, interval=choice(types.Interval), **common)
stickinesses = st.builds(
    types.Stickiness, event=events, interval=choice(types.Interval), at_least=st.booleans(), **common
)
questions = st.one_of(trends, funnels(), retentions, flows, lifecycles, stickinesses)
