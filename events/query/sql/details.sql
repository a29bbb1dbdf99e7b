-- details: pages, referrers, errors and web vitals of the range, each in rows of one kind
WITH cells AS MATERIALIZED (  -- what differs only by query string is one cell; the costly parsing comes after
    SELECT event_name, distinct_id,
           CASE event_name WHEN 'page_view' THEN properties ->> 'path' WHEN 'error' THEN properties ->> 'type'
                ELSE properties ->> 'metric' END AS a,
           CASE event_name WHEN 'page_view' THEN split_part(split_part(page_url, '?', 1), '#', 1)
                WHEN 'error' THEN left(properties ->> 'message', 300)
                ELSE CASE WHEN jsonb_typeof(properties -> 'value') = 'number' THEN properties ->> 'value' END END AS b,
           CASE event_name WHEN 'page_view' THEN split_part(split_part(referrer, '?', 1), '#', 1) END AS c,
           count(*) AS n, min(timestamp) AS first, max(timestamp) AS last
    FROM analytics_events
    WHERE tenant_id = %(tenant_id)s AND timestamp >= %(since)s AND timestamp < %(until)s
      AND event_name IN ('page_view', 'error', 'web_vital')
    GROUP BY 1, 2, 3, 4, 5
), pages AS (
    SELECT 'page' AS kind, path AS name, NULL AS detail, sum(n)::bigint AS count, count(DISTINCT distinct_id) AS users,
           NULL::timestamptz AS first_seen, NULL::timestamptz AS last_seen, NULL::float8 AS p75
    FROM (SELECT coalesce(nullif(left(coalesce(
                     nullif(a, ''), substring(b FROM '^[A-Za-z][A-Za-z0-9+.-]*://[^/]*(.*)'), b), 1000), ''), '/') AS path,
                 distinct_id, n
          FROM (SELECT a, b, distinct_id, sum(n) AS n FROM cells WHERE event_name = 'page_view' GROUP BY 1, 2, 3) AS page
         ) AS view
    GROUP BY path ORDER BY count DESC, path COLLATE "C" LIMIT %(top)s
), referrers AS (
    SELECT 'referrer', host, NULL, sum(n)::bigint AS count, count(DISTINCT distinct_id) AS users,
           NULL::timestamptz, NULL::timestamptz, NULL::float8
    FROM (SELECT lower(substring(b FROM '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?([^/:]+)')) AS own,
                 lower(substring(c FROM '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?([^/:]+)')) AS host, distinct_id, n
          FROM (SELECT b, c, distinct_id, sum(n) AS n FROM cells
                WHERE event_name = 'page_view' AND c <> '' GROUP BY 1, 2, 3) AS visit) AS view
    WHERE host IS NOT NULL AND host IS DISTINCT FROM own
    GROUP BY host ORDER BY users DESC, count DESC, host COLLATE "C" LIMIT %(top)s
), errors AS (
    SELECT 'error', type, min(message COLLATE "C"), sum(n)::bigint AS count, count(DISTINCT distinct_id) AS users,
           min(first), max(last) AS last_seen, NULL::float8
    FROM (SELECT coalesce(left(a, 200), 'Error') AS type, coalesce(b, '') AS message, distinct_id, n, first, last
          FROM cells WHERE event_name = 'error') AS seen
    GROUP BY type, regexp_replace(message, '[0-9]+', '#', 'g')
    ORDER BY count DESC, last_seen DESC, type COLLATE "C" LIMIT %(top)s
), vitals AS (
    SELECT 'vital', metric, NULL, count(*) AS count, count(DISTINCT distinct_id) AS users,
           NULL::timestamptz, NULL::timestamptz, percentile_cont(0.75) WITHIN GROUP (ORDER BY value)
    FROM (SELECT a AS metric, distinct_id,
                 CASE WHEN b::numeric BETWEEN 0 AND 1e9 THEN b::float8 END AS value
          FROM cells, generate_series(1, n)
          WHERE event_name = 'web_vital' AND a IN ('LCP', 'INP', 'CLS', 'FCP', 'TTFB')) AS measured
    WHERE value IS NOT NULL GROUP BY metric
)
SELECT * FROM pages UNION ALL SELECT * FROM referrers UNION ALL SELECT * FROM errors UNION ALL SELECT * FROM vitals
