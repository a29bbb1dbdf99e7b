-- clickhouse_breakdown
SELECT plan, if(grouping(day) = 0, toString(day), '') AS d, count()
FROM (SELECT JSONExtractString(properties, 'plan') AS plan, toDate(ts, {zone:String}) AS day FROM bench.events
      WHERE event_name = 'page_view' AND ts >= {since:DateTime64(6,'UTC')} AND ts < {until:DateTime64(6,'UTC')})
GROUP BY GROUPING SETS ((plan, day), (plan))
