-- ledger: lines of the range, by bucket of the time of receipt
SELECT width_bucket(minute, %(edges)s::timestamptz[]) AS bucket, outcome, reason, door, key_id,
       sum(count)::bigint AS count
FROM ingest_outcomes
WHERE tenant_id = %(tenant_id)s AND minute >= %(since)s AND minute < %(until)s
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
