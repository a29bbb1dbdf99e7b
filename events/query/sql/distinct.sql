-- distinct: users with an id, devices and sessions (those without an id by gaps of more than 30 minutes)
WITH seen AS (
    SELECT user_id, device_id, session_id, distinct_id, timestamp
    FROM analytics_events
    WHERE tenant_id = %(tenant_id)s AND timestamp >= %(since)s AND timestamp < %(until)s
), sets AS (
    SELECT CASE WHEN grouping(user_id) = 0 THEN 'user' WHEN grouping(device_id) = 0 THEN 'device' ELSE 'session' END
               AS kind,
           coalesce(user_id::text, device_id, session_id) AS name
    FROM seen GROUP BY GROUPING SETS ((user_id), (device_id), (session_id))
), gaps AS (
    SELECT coalesce(timestamp - lag(timestamp) OVER (PARTITION BY distinct_id ORDER BY timestamp)
                    > interval '30 minutes', true) AS begins
    FROM seen WHERE session_id IS NULL
)
SELECT count(*) FILTER (WHERE kind = 'user') AS users, count(*) FILTER (WHERE kind = 'device') AS devices,
       count(*) FILTER (WHERE kind = 'session') + (SELECT count(*) FILTER (WHERE begins) FROM gaps) AS sessions
FROM sets WHERE name IS NOT NULL
