-- postgres_breakdown
SELECT plan, coalesce(day::text, ''), count(*) FROM (
    SELECT properties ->> 'plan' AS plan, (timestamp AT TIME ZONE %(zone)s)::date AS day
    FROM analytics_events
    WHERE tenant_id = %(tenant)s AND event_name = 'page_view' AND timestamp >= %(since)s AND timestamp < %(until)s
) AS views
GROUP BY GROUPING SETS ((plan, day), (plan))
