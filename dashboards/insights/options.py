"""What a builder offers, and one sentence a choice from what the numbers mean: the page's only source of help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A control. `input`: select, number, text, check or property; `names`: it has as many fields as it needs."""

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    help: str = ""
    input: str = "select"
    placeholder: str = ""
    low: int = 1
    high: int = 0


MEASURES = (
    Choice("total", "Total events", "Counts events."),
    Choice(
        "uniques",
        "Unique people",
        "Counts people once in each bucket; the total counts each once over the whole range, so it is not the sum.",
    ),
    Choice("per_user", "Events per person", "Total events divided by unique people."),
    Choice(
        "sessions",
        "Sessions",
        "Sessions with the event; a gap over 30 minutes starts a new one. Mixpanel also ends them at midnight.",
    ),
    Choice("wau", "Active in 7 days", "People active in the 7 days that end on each bucket's last day."),
    Choice("mau", "Active in 30 days", "People active in the 30 days that end on each bucket's last day."),
    *(
        Choice(name, label, f"{label} of a number property; values that are no number are left out.")
        for name, label in (
            ("sum", "Sum"),
            ("avg", "Average"),
            ("min", "Smallest"),
            ("max", "Largest"),
            ("p50", "Median"),
            ("p75", "75th percentile"),
            ("p90", "90th percentile"),
            ("p95", "95th percentile"),
            ("p99", "99th percentile"),
        )
    ),
)

OPS = (
    Choice("is", "is"),
    Choice("is_not", "is not", "Also holds where the property is not set, as in Mixpanel."),
    Choice("in", "is one of"),
    Choice("not_in", "is none of", "Also holds where the property is not set, as in Mixpanel."),
    Choice("contains", "contains", "Capital and small letters are the same."),
    Choice("not_contains", "does not contain", "Also holds where the property is not set, as in Mixpanel."),
    Choice("starts_with", "starts with"),
    Choice("gt", ">"),
    Choice("gte", "≥"),
    Choice("lt", "<"),
    Choice("lte", "≤"),
    Choice("between", "is between", "Both ends are included."),
    Choice("is_set", "is set"),
    Choice("is_not_set", "is not set"),
    Choice("regex", "matches", "A regular expression (RE2), anywhere in the text."),
    Choice("before", "is before", "A date or time such as 2026-11-23."),
    Choice("after", "is after", "A date or time such as 2026-11-23."),
)

BUCKETS = "Buckets are local to the chosen time zone, through daylight saving; weeks start on Monday."
INTERVAL = Option(
    "interval",
    "By",
    (
        Choice("hour", "Hour", BUCKETS),
        Choice("day", "Day", "Local days: one of 23 or 25 hours is one day."),
        Choice("week", "Week", BUCKETS),
        Choice("month", "Month", BUCKETS),
    ),
)

OPTIONS: dict[str, tuple[Option, ...]] = {
    "trends": (
        INTERVAL,
        Option(
            "compare",
            "Compare with",
            (
                Choice("", "Nothing"),
                Choice("previous_period", "Period before", "As many buckets right before, dotted."),
                Choice("previous_year", "Year before", "The same dates a year before, dotted."),
            ),
        ),
        Option(
            "rolling",
            "Rolling mean of",
            help="The mean of each bucket and those before it, reading before the range; empty: as counted.",
            input="number",
            placeholder="off",
            high=365,
        ),
        Option("cumulative", "Cumulative", help="Adds up the plotted points from left to right.", input="check"),
        Option(
            "formula",
            "Formula",
            help="Letters are series, with + - * / ( ) and numbers. Division by zero is empty, not 0.",
            input="text",
            placeholder="B / A * 100",
        ),
    ),
    "funnel": (
        Option(
            "order",
            "Order",
            (
                Choice("ordered", "In this order", "Other events may lie between the steps."),
                Choice("strict", "Strictly", "Nothing else of the person may lie between the steps."),
                Choice("any", "In any order", "Counts how many different steps were done, whatever came first."),
            ),
        ),
        Option(
            "counting",
            "Count",
            (
                Choice(
                    "uniques",
                    "People",
                    "Each person counts once, with the attempt that gets furthest. Mixpanel counts the first attempt "
                    "only, unless its 'optimized re-entry' is on.",
                ),
                Choice(
                    "totals",
                    "Attempts",
                    "Every attempt; a new one starts only after the last has ended, as in Mixpanel.",
                ),
                Choice(
                    "sessions",
                    "Sessions",
                    "All steps lie in one session, and each counts once. Midnight ends none; in Mixpanel it does.",
                ),
            ),
        ),
        Option(
            "window",
            "Within",
            (Choice("minute", "minutes"), Choice("hour", "hours"), Choice("day", "days"), Choice("week", "weeks")),
            help="Counts from step 1, which lies in the range; later steps may fall after it. At most 366 days, as in "
            "Mixpanel.",
            input="window",
        ),
        Option(
            "attribution",
            "Breakdown value from",
            (
                Choice("first", "First step that has it", "The value at the first step that has one."),
                Choice("last", "Last step that has it", "The value at the last step that has one."),
            ),
        ),
    ),
    "retention": (
        Option("unit", "Periods of", (Choice("day", "Days"), Choice("week", "Weeks"), Choice("month", "Months"))),
        Option(
            "periods", "How many", help="Columns after the first, which is the group itself.", input="number", high=60
        ),
        Option(
            "criterion",
            "Counts as back",
            (
                Choice("on", "In that period", "Did it again in exactly that period."),
                Choice("on_or_after", "In it or later", "Did it again in that period or in any later one."),
            ),
        ),
        Option(
            "clock",
            "Periods begin",
            (
                Choice("calendar", "With the calendar", "Local days, weeks from Monday, or months."),
                Choice(
                    "rolling",
                    "With each person",
                    "Period n begins n units after the first event, as with Mixpanel's 24-hour windows; a "
                    "month is 30 days.",
                ),
            ),
        ),
        Option(
            "birth",
            "Joins a group",
            (
                Choice(
                    "first_time",
                    "First time ever",
                    "In the period of their earliest such event, if it lies in the range.",
                ),
                Choice("recurring", "Every time", "In every period in which the person did it."),
            ),
        ),
    ),
    "flows": (
        Option(
            "direction",
            "Show what comes",
            (
                Choice("after", "After it", "The next events of the same session."),
                Choice("before", "Before it", "The events of the same session that led to it."),
            ),
        ),
        Option("depth", "Steps", help="How far from the event.", input="number", high=10),
        Option("top", "Events a step", help="The most frequent; all others are shown as one.", input="number", high=20),
        Option(
            "collapse_repeats",
            "Collapse repeats",
            help="The same event several times in a row counts as one.",
            input="check",
        ),
    ),
    "lifecycle": (INTERVAL,),
    "stickiness": (
        INTERVAL,
        Option(
            "at_least",
            "At least",
            help="Counts people active in n or more intervals, not in exactly n.",
            input="check",
        ),
    ),
}

SQL = Choice("sql", "SQL", "Your own SELECT over all events.")  # has a page of its own, sql/
KINDS = (
    Choice("trends", "Trends", "How much, over time."),
    Choice("funnel", "Funnel", "How many get from one step to the next, and where they stop."),
    Choice("retention", "Retention", "Who comes back, period after period."),
    Choice("flows", "Flows", "What people do next, or did before."),
    Choice(
        "lifecycle",
        "Lifecycle",
        "Active people by interval: new (first activity ever), returning (active in the one before, too), resurrecting "
        "(back after a pause), and below zero dormant (gone since the one before).",
    ),
    Choice("stickiness", "Stickiness", "In how many intervals of the range people were active."),
)
BREAKDOWN = "A person counts in every value they touched; the 25 largest are shown, the rest as one."
BREAKDOWNS = {
    "flows": "Paths by the value of the event they go through; the 10 with the most are shown, the rest as one.",
    "lifecycle": f"{BREAKDOWN} New is who had no activity with the value before.",
}
COHORT = "Only people of this group, as it is now."
HOLD = "Every step has the same value of these as step 1."
EXCLUSION = "An attempt ends when this happens between the two steps; steps reached before still count."
VALUE = 'A number compares as a number; write "5" in quotes for the text.'
