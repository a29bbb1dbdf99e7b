-- period: events, actors, page views and sessions of each bucket, and of all (bucket 0)
WITH cells AS MATERIALIZED (  -- an event without a session is a cell of its own: its time tells its session
    SELECT width_bucket(timestamp, %(edges)s::timestamptz[]) AS bucket, distinct_id, session_id,
           count(*) AS events, count(*) FILTER (WHERE event_name = 'page_view') AS views,
           min(timestamp) AS first, max(timestamp) AS last
    FROM analytics_events
    WHERE tenant_id = %(tenant_id)s AND timestamp >= %(since)s AND timestamp < %(until)s
    GROUP BY 1, 2, 3, CASE WHEN session_id IS NULL THEN timestamp END
), gaps AS (
    SELECT *, coalesce(first - lag(first) OVER by_time > interval '30 minutes', true) AS begins
    FROM cells WHERE session_id IS NULL
    WINDOW by_time AS (PARTITION BY distinct_id ORDER BY first)
), derived AS (
    SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY distinct_id ORDER BY first) AS number FROM gaps
), touches AS MATERIALIZED (  -- one row for each session and bucket it touches
    SELECT bucket, session_id AS session, 0 AS number, sum(views) AS views, min(first) AS first, max(last) AS last
    FROM cells WHERE session_id IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT bucket, distinct_id, number, sum(views), min(first), max(last) FROM derived GROUP BY 1, 2, 3
), actors AS (
    SELECT bucket, distinct_id, sum(events) AS events, sum(views) AS views FROM cells GROUP BY 1, 2
), whole AS (
    SELECT sum(views) AS views, extract(epoch FROM max(last) - min(first))::float8 AS seconds
    FROM touches GROUP BY session, number
), sessions AS (
    SELECT bucket, count(*) AS sessions FROM touches GROUP BY 1
), per_bucket AS (
    SELECT bucket, sum(events)::bigint AS events, count(*) AS users, sum(views)::bigint AS page_views
    FROM actors GROUP BY 1
)
SELECT bucket, events, users, page_views, sessions,
       NULL::bigint AS bounces, NULL::bigint AS viewed, NULL::float8 AS session_seconds
FROM per_bucket JOIN sessions USING (bucket)
UNION ALL
SELECT 0, (SELECT coalesce(sum(events), 0)::bigint FROM per_bucket),
       (SELECT count(DISTINCT distinct_id) FROM actors),
       (SELECT coalesce(sum(page_views), 0)::bigint FROM per_bucket),
       count(*), count(*) FILTER (WHERE views = 1), count(*) FILTER (WHERE views > 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
FROM whole
