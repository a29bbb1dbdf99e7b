"""The actors behind a point, or the total, of a trend's line: the same rows as trends.py counts."""

from __future__ import annotations

from datetime import timedelta

from events.query import conditions, trends
from events.query.asking import Asking
from events.query.buckets import Buckets, buckets_of
from events.query.spans import midnight
from events.query.types import OF_PROPERTY, At, Series, Trends
from events.query.values import OTHER, check_chosen
from events.query.windows import DAYS, is_value
from obc_analytics.errors import BadRequest


def actors_of_trends(asking: Asking, question: Trends, at: At) -> str:
    """A statement of the column `who`. Without `at.bucket` it is the line's total; with a formula `at.series`
    still names one of the question's series. Of `per_user`, `total` and the like: all who took part."""
    if at.series >= len(question.series):
        raise BadRequest(f"the question has {len(question.series)} series, from 0", path="$.at.series")
    check_chosen(at.breakdown, question.breakdown)
    series = question.series[at.series]
    buckets = buckets_of(asking.period, question.interval, asking.now)
    bucket = None if at.bucket is None else number_of(at.bucket, buckets.labels)
    if series.measure in DAYS and bucket is not None:
        return _of_window(asking, question, series, at, buckets, bucket)
    build = trends.of_property_sql if series.measure in OF_PROPERTY else trends.counted_sql
    measure = "uniques" if series.measure in DAYS else series.measure
    counted = Series(series.event, measure, series.property, series.filters)
    tests = [f"b = {bucket}"] if bucket is not None else []
    tests += ["x IS NOT NULL"] if series.measure in OF_PROPERTY else []
    tests += [f"v{number} = {asking.binds.add(str(value))}" for number, value in enumerate(at.breakdown or ())]
    ctes = build(
        asking, question, counted, buckets, 0, trends.kept_for(asking, question, at.series, buckets), actors=True
    )
    return f"{ctes} SELECT DISTINCT who FROM coded WHERE {' AND '.join(tests) or 'true'}"


def number_of(label: str, labels: tuple[str, ...]) -> int:
    """Which bucket a label names. Raises BadRequest."""
    if label not in labels:
        raise BadRequest(f"no such bucket: they are {', '.join(labels[:40])}", path="$.at.bucket")
    return labels.index(label)


def _of_window(asking: Asking, question: Trends, series: Series, at: At, buckets: Buckets, bucket: int) -> str:
    """`wau` and `mau`: the 7 or 30 local days that end on the bucket's last day."""
    zone, until = asking.period.zone, buckets.edges[bucket + 1]
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    since = midnight(last - timedelta(days=DAYS[series.measure] - 1), zone)
    end = midnight(last + timedelta(days=1), zone)
    chosen = conditions.step(series.event, (*asking.filters, *series.filters), asking.binds)
    if at.breakdown:
        value = tuple(str(each) for each in at.breakdown)
        kept = trends.kept_for(asking, question, at.series, buckets) if OTHER in value else ()
        totals = trends.totals_of(asking, question, series, buckets, 0, kept) if OTHER in value else []
        chosen += " AND " + is_value(asking, question, value, [row[1:-2] for row in totals])
    trends.told(asking, question, series)
    return f"WITH e AS ({asking.events(since, end)}) SELECT DISTINCT who FROM e WHERE {chosen}"
