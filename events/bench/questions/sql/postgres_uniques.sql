-- postgres_uniques
WITH cells AS MATERIALIZED (
    SELECT DISTINCT (timestamp AT TIME ZONE %(zone)s)::date AS day, distinct_id
    FROM analytics_events WHERE tenant_id = %(tenant)s AND timestamp >= %(since)s AND timestamp < %(until)s
)
SELECT '', day::text, count(*) FROM cells GROUP BY day
UNION ALL
SELECT '', '', count(*) FROM (SELECT DISTINCT distinct_id FROM cells) AS everyone
