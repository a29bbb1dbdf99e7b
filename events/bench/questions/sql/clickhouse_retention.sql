-- clickhouse_retention
SELECT toString(week), toInt64(dateDiff('week', week, visit)) AS period, count() FROM (
    SELECT actor, minIf(ts, event_name = 'signup_completed') AS birth, countIf(event_name = 'signup_completed') AS born,
           toMonday(birth, {zone:String}) AS week,
           arrayDistinct(arrayConcat([week], arrayFilter(w -> w > week,
               groupUniqArrayIf(toMonday(ts, {zone:String}), ts >= {since:DateTime64(6,'UTC')})))) AS weeks
    FROM bench.events GROUP BY actor
    HAVING born > 0 AND birth >= {since:DateTime64(6,'UTC')} AND birth < {until:DateTime64(6,'UTC')}
) ARRAY JOIN weeks AS visit
GROUP BY week, period HAVING period < 13
