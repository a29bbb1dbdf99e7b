-- clickhouse_flows: a session's names as one array, repeats as one; from each anchor on, the five that follow
SELECT toInt64(k), path[k + 1] AS source, path[k + 2] AS target, sum(n) FROM (
    SELECT path, count() AS n FROM (
        SELECT arrayCompact(x -> x.3, arraySort(groupArray((ts, seq, event_name)))) AS runs
        FROM bench.events WHERE ts >= {since:DateTime64(6,'UTC')}
        GROUP BY actor, session_id HAVING countIf(event_name = 'literature_search') > 0
    )
    ARRAY JOIN arrayMap(at -> arrayPushBack(arrayMap(x -> toString(x.3), arraySlice(runs, at, 5)), '$end'),
        arrayFilter((at, x) -> x.3 = 'literature_search' AND x.1 < {until:DateTime64(6,'UTC')}, arrayEnumerate(runs), runs)
    ) AS path
    GROUP BY path
) ARRAY JOIN range(4) AS k
WHERE k + 2 <= length(path)
GROUP BY k, source, target
