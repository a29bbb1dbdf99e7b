-- unstage: rows that are new; the numbers of the others are missing from the answer
INSERT INTO analytics_events ({columns})
SELECT {columns} FROM staging ORDER BY tenant_id, event_id
ON CONFLICT (tenant_id, event_id) DO NOTHING
RETURNING seq
