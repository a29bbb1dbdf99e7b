-- postgres_breakdown_uniques
WITH cells AS MATERIALIZED (
    SELECT DISTINCT properties ->> 'plan' AS plan, (timestamp AT TIME ZONE %(zone)s)::date AS day, distinct_id
    FROM analytics_events
    WHERE tenant_id = %(tenant)s AND event_name = 'page_view' AND timestamp >= %(since)s AND timestamp < %(until)s
)
SELECT plan, day::text, count(*) FROM cells GROUP BY plan, day
UNION ALL
SELECT plan, '', count(*) FROM (SELECT DISTINCT plan, distinct_id FROM cells) AS everyone GROUP BY plan
