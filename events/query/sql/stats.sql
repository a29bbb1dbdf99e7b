-- stats: totals, and the same by name, category and local day; an actor counts in each value touched
WITH cells AS MATERIALIZED (
    SELECT distinct_id, event_name, event_category,
           width_bucket(timestamp, %(edges)s::timestamptz[]) AS day, count(*) AS events
    FROM analytics_events
    WHERE tenant_id = %(tenant_id)s AND timestamp >= %(since)s AND timestamp < %(until)s
    GROUP BY 1, 2, 3, 4
), actors AS (
    SELECT CASE WHEN grouping(event_name) = 0 THEN 'name' WHEN grouping(event_category) = 0 THEN 'category'
                WHEN grouping(day) = 0 THEN 'day' ELSE 'total' END AS kind,
           coalesce(event_name, event_category) AS name, day, distinct_id, sum(events) AS events
    FROM cells
    GROUP BY GROUPING SETS ((event_name, distinct_id), (event_category, distinct_id), (day, distinct_id), (distinct_id))
), counted AS (
    SELECT kind, name, day, sum(events)::bigint AS events, count(*) AS users FROM actors GROUP BY 1, 2, 3
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY events DESC, name COLLATE "C" NULLS LAST) AS rank
    FROM counted
)
SELECT kind, name, day, events, users FROM ranked WHERE kind = 'day' OR rank <= %(top)s ORDER BY kind, rank
