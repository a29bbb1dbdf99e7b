-- postgres_retention
WITH births AS (
    SELECT distinct_id, min(timestamp) AS birth FROM analytics_events
    WHERE tenant_id = %(tenant)s AND event_name = 'signup_completed' GROUP BY distinct_id
), cohorts AS (
    SELECT distinct_id, date_trunc('week', birth AT TIME ZONE %(zone)s)::date AS week FROM births
    WHERE birth >= %(since)s AND birth < %(until)s
), visits AS (
    SELECT DISTINCT distinct_id, date_trunc('week', timestamp AT TIME ZONE %(zone)s)::date AS week
    FROM analytics_events WHERE tenant_id = %(tenant)s AND timestamp >= %(since)s
)
SELECT week::text, 0, count(*) FROM cohorts GROUP BY week
UNION ALL
SELECT c.week::text, (v.week - c.week) / 7, count(*)
FROM cohorts AS c JOIN visits AS v USING (distinct_id)
WHERE v.week > c.week AND v.week < c.week + 7 * 13 GROUP BY 1, 2
