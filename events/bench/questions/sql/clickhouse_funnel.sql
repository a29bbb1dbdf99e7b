-- clickhouse_funnel
SELECT countIf(level >= 1), countIf(level >= 2), countIf(level >= 3) FROM (
    SELECT actor, windowFunnel(604800000000)(
        toUInt64(toUnixTimestamp64Micro(ts)), event_name = 'page_view' AND ts < {until:DateTime64(6,'UTC')},
        event_name = 'literature_search', event_name = 'paper_saved'
    ) AS level
    FROM bench.events
    WHERE event_name IN ('page_view', 'literature_search', 'paper_saved')
      AND ts >= {since:DateTime64(6,'UTC')} AND ts < {until:DateTime64(6,'UTC')} + INTERVAL 7 DAY
    GROUP BY actor
)
