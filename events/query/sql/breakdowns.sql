-- breakdowns: events and users by name, device, browser, system and country; an actor counts in each value touched
WITH cells AS MATERIALIZED (
    SELECT distinct_id, event_name,
           device_info ->> 'device_type' AS device, device_info ->> 'browser' AS browser,
           device_info ->> 'os' AS os, device_info ->> 'country' AS country, count(*) AS events
    FROM analytics_events
    WHERE tenant_id = %(tenant_id)s AND timestamp >= %(since)s AND timestamp < %(until)s
    GROUP BY 1, 2, 3, 4, 5, 6
), actors AS (
    SELECT CASE WHEN grouping(event_name) = 0 THEN 'name' WHEN grouping(device) = 0 THEN 'device'
                WHEN grouping(browser) = 0 THEN 'browser' WHEN grouping(os) = 0 THEN 'os' ELSE 'country' END AS kind,
           coalesce(event_name, device, browser, os, country) AS name, distinct_id, sum(events) AS events
    FROM cells
    GROUP BY GROUPING SETS ((event_name, distinct_id), (device, distinct_id), (browser, distinct_id),
                            (os, distinct_id), (country, distinct_id))
), counted AS (
    SELECT kind, name, sum(events)::bigint AS events, count(*) AS users FROM actors GROUP BY 1, 2
), ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY kind
        ORDER BY CASE WHEN kind = 'name' THEN events ELSE users END DESC, events DESC, name COLLATE "C" NULLS LAST
    ) AS rank
    FROM counted
)
SELECT kind, name, events, users FROM ranked WHERE rank <= %(top)s ORDER BY kind, rank
