"""What retention means, by brute force. No SQL.

Readings of the specification where it leaves room: `periods` counts period 0; a recurring birth is the
first start event of its bucket; an empty cohort's rolling period is over when it would be for anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]


@dataclass(frozen=True)
class Retention:
    start: Callable[[Row], bool]
    back: Callable[[Row], bool]
    unit: str
    periods: int
    criterion: str
    clock: str
    birth: str
    first: date
    last: date
    zone: ZoneInfo
    now: datetime


def unit_start(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def shifted(day: date, unit: str, count: int) -> date:
    for _ in range(count):
        if unit == "month":
            day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        else:
            day += timedelta(days={"day": 1, "week": 7}[unit])
    return day


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def members(rows: list[Row], question: Retention) -> list[tuple[str, date, datetime]]:
    """(who, cohort, birth)."""
    found = []
    for who in sorted({row["who"] for row in rows}):
        starts = sorted(row["ts"] for row in rows if row["who"] == who and question.start(row))
        if question.birth == "first_time":
            starts = starts[:1]
        inside = [moment for moment in starts if question.first <= local_day(moment, question.zone) <= question.last]
        cohorts: dict[date, datetime] = {}
        for moment in inside:
            cohorts.setdefault(unit_start(local_day(moment, question.zone), question.unit), moment)
        found += [(who, cohort, birth) for cohort, birth in cohorts.items()]
    return found


def bounds(cohort: date, birth: datetime, n: int, question: Retention) -> tuple[datetime, datetime]:
    """Period n of a member."""
    if question.clock == "calendar":
        start, end = (shifted(cohort, question.unit, number) for number in (n, n + 1))
        return midnight(start, question.zone), midnight(end, question.zone)
    length = timedelta(days={"day": 1, "week": 7, "month": 30}[question.unit])
    return birth + n * length, birth + (n + 1) * length


def returned(rows: list[Row], member: tuple[str, date, datetime], n: int, question: Retention) -> bool:
    who, cohort, birth = member
    if n == 0:
        return True
    start, end = bounds(cohort, birth, n, question)
    return any(
        row["who"] == who
        and question.back(row)
        and row["ts"] >= start
        and (question.criterion == "on_or_after" or row["ts"] < end)
        for row in rows
    )


def retention(rows: list[Row], question: Retention) -> dict[str, Any]:
    everybody = members(rows, question)
    cohorts = []
    cohort = unit_start(question.first, question.unit)
    while cohort <= question.last:
        of_cohort = [member for member in everybody if member[1] == cohort]
        after = shifted(cohort, question.unit, 1)
        end = midnight(min(after, question.last + timedelta(days=1)), question.zone)
        births = [birth for _, _, birth in of_cohort] or [end]
        cohorts.append(
            {
                "start": cohort.isoformat(),
                "size": len(of_cohort),
                "counts": [
                    sum(returned(rows, member, n, question) for member in of_cohort) for n in range(question.periods)
                ],
                "complete": [
                    all(bounds(cohort, birth, n, question)[1] <= question.now for birth in births)
                    for n in range(question.periods)
                ],
            }
        )
        cohort = after
    average = []
    for n in range(question.periods):
        known = [each for each in cohorts if each["complete"][n] and each["size"]]
        size = sum(each["size"] for each in known)
        average.append(sum(each["counts"][n] for each in known) / size if size else None)
    return {"cohorts": cohorts, "average": average}
