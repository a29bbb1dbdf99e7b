"""Web vitals: the 75th percentile by metric, by page and device, and over time, against web.dev's thresholds.

    measured AS (SELECT metric, value, page, device, bucket FROM e WHERE event_name = 'web_vital' …)
    SELECT …, quantile_cont(value, 0.75) FROM measured
    GROUP BY GROUPING SETS ((metric), (metric, bucket), (metric, page, device))

A value at a threshold is in the better class (https://web.dev/articles/defining-core-web-vitals-thresholds).
What is no number from 0 to 1e9 is not measured.
"""

from __future__ import annotations

from typing import Any

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import Buckets, buckets_of, number_sql
from events.query.types import Vitals
from events.query.values import NONE

# metric: (good up to, poor above); milliseconds, CLS without unit
THRESHOLDS = {"LCP": (2500, 4000), "INP": (200, 500), "CLS": (0.1, 0.25), "FCP": (1800, 3000), "TTFB": (800, 1800)}
BINS = 24  # of a distribution, from 0 to twice the poor threshold; one more holds what lies beyond


def rating(metric: str, value: float) -> str:
    good, poor = THRESHOLDS[metric]
    return "good" if value <= good else "needs-improvement" if value <= poor else "poor"


def answer(asking: Asking, question: Vitals) -> dict[str, Any]:
    """`{"buckets", "incomplete", "metrics": [{"metric", "good", "poor", "p75", "rating", "count", "shares",
    "trend", "histogram": [{"from", "to", "count"}]}], "pages": [{"page", "device", "count", "metrics": {metric:
    {"p75", "rating", "count"}}}]}`; metrics in the order of THRESHOLDS, those measured only."""
    asking.prepare(names_in(asking.filters))
    buckets = buckets_of(asking.period, question.interval, asking.now)
    asking.rows(f"CREATE OR REPLACE TEMP TABLE measured AS {_measured_sql(asking, buckets)}")
    rows = asking.rows("""
        SELECT metric, page, device, bucket, grouping(page) = 0 AS of_page, grouping(bucket) = 0 AS of_bucket,
            quantile_cont(value, 0.75), count(*), count(*) FILTER (value <= good), count(*) FILTER (value > poor)
        FROM measured GROUP BY GROUPING SETS ((metric), (metric, bucket), (metric, page, device))
    """)
    bins = asking.rows("SELECT metric, bin, count(*) FROM measured GROUP BY ALL")
    trends = {(row[0], row[3]): row[6] for row in rows if row[5]}
    wholes = {row[0]: row for row in rows if not row[4] and not row[5]}
    counts = {(metric, bin_): count for metric, bin_, count in bins}
    return {
        "buckets": list(buckets.labels),
        "incomplete": list(buckets.incomplete),
        "metrics": [_metric(wholes[metric], trends, counts, buckets) for metric in THRESHOLDS if metric in wholes],
        "pages": _pages([row for row in rows if row[4]], question.limit),
    }


def _measured_sql(asking: Asking, buckets: Buckets) -> str:
    table = ", ".join(f"('{metric}', {good}, {poor})" for metric, (good, poor) in THRESHOLDS.items())
    return f"""
        WITH e AS ({asking.events(buckets.since, buckets.until)}),
        x AS (
            SELECT json_extract_string(properties, '/metric') AS metric,
                TRY_CAST(json_extract_string(properties, '/value') AS DOUBLE) AS value,
                coalesce(path, '{NONE}') AS page, coalesce(device_type, '{NONE}') AS device,
                {number_sql(buckets.edges, asking.binds)} AS bucket
            FROM e WHERE event_name = 'web_vital' AND {conditions.all_of(asking.filters, asking.binds)}
        )
        SELECT x.*, good, poor, least(floor(value / (2 * poor / {BINS}.0)), {BINS})::INTEGER AS bin
        FROM x JOIN (VALUES {table}) AS t (metric, good, poor) USING (metric) WHERE value BETWEEN 0 AND 1e9
    """


def _metric(
    whole: tuple[Any, ...], trends: dict[Any, float], counts: dict[Any, int], buckets: Buckets
) -> dict[str, Any]:
    metric, p75, count, good, poor = whole[0], whole[6], whole[7], whole[8], whole[9]
    width = 2 * THRESHOLDS[metric][1] / BINS
    return {
        "metric": metric,
        "good": THRESHOLDS[metric][0],
        "poor": THRESHOLDS[metric][1],
        "p75": p75,
        "rating": rating(metric, p75),
        "count": count,
        "shares": {"good": good, "needs-improvement": count - good - poor, "poor": poor},
        "trend": [trends.get((metric, number)) for number in range(buckets.count)],
        "histogram": [_bin(bin_, width, counts.get((metric, bin_), 0)) for bin_ in range(BINS + 1)],
    }


def _bin(number: int, width: float, count: int) -> dict[str, Any]:
    return {"from": number * width, "to": (number + 1) * width if number < BINS else None, "count": count}


def _pages(rows: list[tuple[Any, ...]], limit: int) -> list[dict[str, Any]]:
    """Most measured first."""
    pages: dict[tuple[str, str], dict[str, Any]] = {}
    for metric, page, device, _, _, _, p75, count, _, _ in rows:
        entry = pages.setdefault((page, device), {"page": page, "device": device, "count": 0, "metrics": {}})
        entry["count"] += count
        entry["metrics"][metric] = {"p75": p75, "rating": rating(metric, p75), "count": count}
    return sorted(pages.values(), key=lambda entry: (-entry["count"], entry["page"], entry["device"]))[:limit]
