"""The actors behind a point, or the total, of a trend's line: the same rows as trends.py counts."""

from __future__ import annotations

from datetime import timedelta

from events.query import trends, trends_counts, trends_numbers, trends_windows
from events.query.asking import Asking
from events.query.buckets import Buckets, buckets_of
from events.query.spans import midnight
from events.query.trends_lines import Lines
from events.query.trends_measuring import Measuring
from events.query.trends_windows import DAYS
from events.query.types import OF_PROPERTY, At, Trends
from events.query.values import OTHER, check_chosen, is_chosen, is_value
from obc_analytics.errors import BadRequest


def actors_of_trends(asking: Asking, question: Trends, at: At) -> str:
    """A statement of the column `who`. Without `at.bucket` it is the line's total; with a formula `at.series`
    still names one of the question's series. Of `per_user`, `total` and the like: all who took part."""
    if at.series >= len(question.series):
        raise BadRequest(f"the question has {len(question.series)} series, from 0", path="$.at.series")
    check_chosen(at.breakdown, question.breakdown)
    buckets = buckets_of(asking.period, question.interval, asking.now)
    bucket = None if at.bucket is None else number_of(at.bucket, buckets.labels)
    measure = question.series[at.series].measure
    if measure in DAYS and bucket is not None:
        return _of_window(asking, question, at, buckets, bucket)
    tests = [f"b = {bucket}"] if bucket is not None else []
    tests += ["x IS NOT NULL"] if measure in OF_PROPERTY else []
    tests += is_chosen(at.breakdown, question.breakdown, asking.binds)
    measuring = _measuring(asking, question, at.series, buckets)
    if measure in OF_PROPERTY:
        ctes = trends_numbers.numbers_sql(asking, measuring, actors=True)
    else:
        counted = trends_windows.as_uniques(measuring) if measure in DAYS else measuring
        ctes = trends_counts.counted_sql(asking, counted, actors=True)
    return f"{ctes} SELECT DISTINCT who FROM coded WHERE {' AND '.join(tests) or 'true'}"


def number_of(label: str, labels: tuple[str, ...]) -> int:
    """Which bucket a label names. Raises BadRequest."""
    if label not in labels:
        raise BadRequest(f"no such bucket: they are {', '.join(labels[:40])}", path="$.at.bucket")
    return labels.index(label)


def _of_window(asking: Asking, question: Trends, at: At, buckets: Buckets, bucket: int) -> str:
    """`wau` and `mau`: the 7 or 30 local days that end on the bucket's last day."""
    series, zone, until = question.series[at.series], asking.period.zone, buckets.edges[bucket + 1]
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    since = midnight(last - timedelta(days=DAYS[series.measure] - 1), zone)
    end = midnight(last + timedelta(days=1), zone)
    key = tuple(str(each) for each in at.breakdown or ())
    measuring, among = Measuring(series, question.breakdown, buckets, 0, ()), []
    if OTHER in key:  # all but the values that the answer tells apart
        measuring = _measuring(asking, question, at.series, buckets)
        among = [row[1:-2] for row in trends_windows.totals_of(asking, measuring)]
    measuring.prepare(asking)
    chosen = measuring.chosen(asking)
    if key:
        chosen += " AND " + is_value(question.breakdown, key, among, asking.binds)
    return f"WITH e AS ({asking.events(since, end)}) SELECT DISTINCT who FROM e WHERE {chosen}"


def _measuring(asking: Asking, question: Trends, number: int, buckets: Buckets) -> Measuring:
    """One of the question's series as its answer measures it: with the values that a formula has met before."""
    found: list[Lines] = []
    for series in question.series[:number] if question.formula and question.breakdown else ():
        earlier = Measuring(series, question.breakdown, buckets, 0, trends.kept_of(question, found))
        # which values are the largest is a matter of totals alone
        found.append(trends.measure(asking, trends_windows.as_uniques(earlier) if series.measure in DAYS else earlier))
    return Measuring(question.series[number], question.breakdown, buckets, 0, trends.kept_of(question, found))
