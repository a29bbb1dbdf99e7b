-- clickhouse_uniques
SELECT '', if(grouping(day) = 0, toString(day), '') AS d, uniqExact(actor)
FROM (SELECT toDate(ts, {zone:String}) AS day, actor FROM bench.events
      WHERE ts >= {since:DateTime64(6,'UTC')} AND ts < {until:DateTime64(6,'UTC')})
GROUP BY GROUPING SETS ((day), ())
