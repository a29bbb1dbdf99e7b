-- ledger: last, and sorted, so that two writers never wait for each other in a circle
INSERT INTO ingest_outcomes AS known (tenant_id, minute, door, key_id, outcome, reason, count)
SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (tenant_id, minute, door, key_id, outcome, reason) DO UPDATE SET count = known.count + excluded.count
