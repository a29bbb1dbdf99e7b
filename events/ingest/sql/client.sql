-- client: the newest counters of a sender; they only ever grow, and may arrive out of order
INSERT INTO client_reports AS known (tenant_id, document_id, tracked, acked, dropped, first_seen, last_seen)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, document_id) DO UPDATE SET
    tracked = greatest(known.tracked, excluded.tracked),
    acked = greatest(known.acked, excluded.acked),
    dropped = CASE WHEN excluded.tracked >= known.tracked THEN excluded.dropped ELSE known.dropped END,
    last_seen = greatest(known.last_seen, excluded.last_seen)
