-- postgres_funnel: from each row the next step behind it, backwards in time, so that each frame only grows
WITH s AS MATERIALIZED (
    SELECT distinct_id, timestamp AS t,
           CASE event_name WHEN 'page_view' THEN 1 WHEN 'literature_search' THEN 2 ELSE 3 END AS step
    FROM analytics_events
    WHERE tenant_id = %(tenant)s AND event_name IN ('page_view', 'literature_search', 'paper_saved')
      AND timestamp >= %(since)s AND timestamp < %(until)s::timestamptz + interval '7 days'
), w2 AS (
    SELECT *, min(t) FILTER (WHERE step = 3) OVER (PARTITION BY distinct_id ORDER BY t DESC) AS t3 FROM s
), w1 AS (
    SELECT *, min(t) FILTER (WHERE step = 2) OVER later AS t2, min(t3) FILTER (WHERE step = 2) OVER later AS t3_of_2
    FROM w2 WHERE step <= 2 WINDOW later AS (PARTITION BY distinct_id ORDER BY t DESC)
), best AS (
    SELECT distinct_id, max(CASE WHEN t3_of_2 <= t + interval '7 days' THEN 3 WHEN t2 <= t + interval '7 days' THEN 2
                            ELSE 1 END) AS level
    FROM w1 WHERE step = 1 AND t >= %(since)s AND t < %(until)s GROUP BY distinct_id
)
SELECT count(*), count(*) FILTER (WHERE level >= 2), count(*) FILTER (WHERE level >= 3) FROM best
