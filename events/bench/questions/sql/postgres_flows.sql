-- postgres_flows
WITH e AS MATERIALIZED (
    SELECT distinct_id, session_id, timestamp, seq, event_name AS name FROM analytics_events
    WHERE tenant_id = %(tenant)s AND timestamp >= %(since)s
), marked AS (
    SELECT *, name IS DISTINCT FROM lag(name) OVER (PARTITION BY distinct_id, session_id ORDER BY timestamp, seq) AS starts
    FROM e WHERE (distinct_id, session_id) IN (
        SELECT distinct_id, session_id FROM e WHERE name = 'literature_search' AND timestamp < %(until)s
    )
), steps AS (
    SELECT timestamp, name AS n0, lead(name, 1) OVER w AS n1, lead(name, 2) OVER w AS n2, lead(name, 3) OVER w AS n3,
           lead(name, 4) OVER w AS n4
    FROM marked WHERE starts WINDOW w AS (PARTITION BY distinct_id, session_id ORDER BY timestamp, seq)
), paths AS MATERIALIZED (
    SELECT n0, coalesce(n1, '$end') AS n1, CASE WHEN n1 IS NOT NULL THEN coalesce(n2, '$end') END AS n2,
           CASE WHEN n2 IS NOT NULL THEN coalesce(n3, '$end') END AS n3,
           CASE WHEN n3 IS NOT NULL THEN coalesce(n4, '$end') END AS n4, count(*) AS n
    FROM steps WHERE n0 = 'literature_search' AND timestamp < %(until)s GROUP BY 1, 2, 3, 4, 5
)
SELECT k, source, target, sum(n)::bigint FROM (
    SELECT 0 AS k, n0 AS source, n1 AS target, n FROM paths UNION ALL SELECT 1, n1, n2, n FROM paths
    UNION ALL SELECT 2, n2, n3, n FROM paths UNION ALL SELECT 3, n3, n4, n FROM paths
) AS links
WHERE target IS NOT NULL GROUP BY 1, 2, 3
